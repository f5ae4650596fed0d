//! Months that are closed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{BillPeriod, OutletId, TownId};

use crate::closing::period::{CloseMonth, MonthClose, Obstacle, Organisation, PeriodKind};
use crate::database::{period, yuan};

/// What stands in the way of a close.
pub(in crate::closing) async fn obstacles(
    conn: &mut PgConnection,
    organisation: OutletId,
    kind: PeriodKind,
    month: BillPeriod,
) -> Result<Vec<Obstacle>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select obstacle as "obstacle!", number as "number!", first from month_obstacles($1, $2::text, $3)"#,
        organisation.0,
        kind.code(),
        month.number()
    )
    .fetch_all(conn)
    .await?;
    let obstacles =
        rows.into_iter().map(|r| Obstacle { code: r.obstacle, number: r.number, first: r.first });
    Ok(obstacles.collect())
}

/// The month that closes next: the first that is open, or has anything.
pub(in crate::closing) async fn next_month(
    conn: &mut PgConnection,
    organisation: OutletId,
    kind: PeriodKind,
) -> Result<Option<BillPeriod>, sqlx::Error> {
    let month = sqlx::query_scalar!(
        "select coalesce((select open_period from period_pointer where organisation_id = $1 and kind = $2::text),
            first_month($1, $2::text)) as month",
        organisation.0,
        kind.code()
    )
    .fetch_one(conn)
    .await?;
    Ok(month.map(period))
}

/// Every organisation, town by town.
pub(in crate::closing) async fn organisations(
    conn: &mut PgConnection,
) -> Result<Vec<Organisation>, sqlx::Error> {
    let rows = sqlx::query!("select id, name, town_id from organisation order by town_id, name")
        .fetch_all(conn)
        .await?;
    let all = rows.into_iter().map(|r| Organisation {
        id: OutletId(r.id),
        name: r.name,
        town: r.town_id.map(TownId),
    });
    Ok(all.collect())
}

/// Closes a month; none where there is no such organisation.
pub(in crate::closing) async fn close_month(
    conn: &mut PgConnection,
    order: CloseMonth,
    now: DateTime<Utc>,
) -> Result<Option<MonthClose>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        with closed as (
            insert into month_close (organisation_id, kind, period, entries, amount, digest, closed_by, closed_at)
            select id, $2::text, $3::int, 0, 0, '', $4::int, $5::timestamptz from organisation where id = $1
            returning *
        )
        select o.name, c.entries, c.amount, c.digest, c.seal from closed c join organisation o on o.id = c.organisation_id
        "#,
        order.organisation.0,
        order.kind.code(),
        order.period.number(),
        order.by.0,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| MonthClose {
        organisation: r.name,
        kind: order.kind,
        period: order.period,
        entries: r.entries,
        amount: yuan(r.amount),
        digest: r.digest,
        seal: r.seal,
        closed_at: now,
    }))
}

/// The last close of each organisation and kind.
pub(in crate::closing) async fn last_closed(
    conn: &mut PgConnection,
    organisation: Option<OutletId>,
) -> Result<Vec<MonthClose>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select distinct on (o.name, c.kind) o.name, c.kind, c.period as "period!: i32", c.entries, c.amount, c.digest, c.seal, c.closed_at
        from month_close c join organisation o on o.id = c.organisation_id
        where $1::int is null or o.id = $1
        order by o.name, c.kind, c.period desc
        "#,
        organisation.map(|o| o.0)
    )
    .fetch_all(conn)
    .await?;
    let closed = rows.into_iter().filter_map(|r| {
        Some(MonthClose {
            organisation: r.name,
            kind: PeriodKind::of(&r.kind)?,
            period: period(r.period),
            entries: r.entries,
            amount: yuan(r.amount),
            digest: r.digest,
            seal: r.seal,
            closed_at: r.closed_at,
        })
    });
    Ok(closed.collect())
}
