//! Months that are closed.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{BillPeriod, OutletId, TownId};

use crate::closing::period::{CloseMonth, MonthClose, Obstacle, Organisation, PeriodKind};
use crate::database::{known, period, yuan};

/// What stands in the way of a close.
pub(in crate::closing) async fn obstacles(
    connection: &mut PgConnection,
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
    .fetch_all(connection)
    .await?;
    let obstacles =
        rows.into_iter().map(|r| Obstacle { code: r.obstacle, number: r.number, first: r.first });
    Ok(obstacles.collect())
}

/// The month that closes next: the first that is open, or has anything.
pub(in crate::closing) async fn next_month(
    connection: &mut PgConnection,
    organisation: OutletId,
    kind: PeriodKind,
) -> Result<Option<BillPeriod>, sqlx::Error> {
    let month = sqlx::query_scalar!(
        "select coalesce((select open_period from period_pointer where organisation_id = $1 and kind = $2::text),
            first_month($1, $2::text)) as month",
        organisation.0,
        kind.code()
    )
    .fetch_one(connection)
    .await?;
    Ok(month.map(period))
}

/// Every organisation, those that serve accounts or took payments first, town by town.
pub(in crate::closing) async fn organisations(
    connection: &mut PgConnection,
) -> Result<Vec<Organisation>, sqlx::Error> {
    let rows = sqlx::query!(
        "select o.id, o.name, o.town_id from organisation o
         order by exists (select from account a where a.outlet_id = o.id)
             or exists (select from payment p where p.outlet_id = o.id) desc, o.town_id, o.name"
    )
    .fetch_all(connection)
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
    connection: &mut PgConnection,
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
    .fetch_optional(connection)
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
    connection: &mut PgConnection,
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
    .fetch_all(connection)
    .await?;
    let closed = rows.into_iter().map(|r| MonthClose {
        organisation: r.name,
        kind: known(&r.kind),
        period: period(r.period),
        entries: r.entries,
        amount: yuan(r.amount),
        digest: r.digest,
        seal: r.seal,
        closed_at: r.closed_at,
    });
    Ok(closed.collect())
}
