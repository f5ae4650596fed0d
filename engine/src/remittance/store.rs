//! Remittance's questions to the database.

use chrono::NaiveDate;
use sqlx::PgConnection;
use terms::{BillPeriod, Money, OrganisationId, SlipNumber, TownId, UserId};

use super::voucher::{Recorded, Remit, Unremitted};
use crate::access::Reach;
use crate::database::{known, period, yuan};

/// Holds back other remittances until this transaction ends, for they draw on the same sums.
pub(super) async fn one_at_a_time(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtext('remittance')) as "held!: ()""#)
        .fetch_one(connection)
        .await?;
    Ok(())
}

/// Collected up to the end of a month, and remitted at all, for each town, owner and fee: closed months as they were
/// closed, and the payments of the months that are open.
pub(super) async fn unremitted(
    connection: &mut PgConnection,
    month: BillPeriod,
) -> Result<Vec<Unremitted>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        with part as (
            select town_id, owner_id, fee_item, sum(amount + late_fee) as amount from collected_month
            where fee_item <> 'water' and pay_period <= $1 group by 1, 2, 3
            union all
            select town_id, owner_id, fee_item, amount from collected_open($2) where fee_item <> 'water'
        )
        select c.town_id as "town_id!", t.short_name as town_name, c.owner_id as "owner_id!", o.name as owner_name,
            c.fee_item as "fee_item!", c.collected as "collected!", coalesce(r.remitted, 0) as "remitted!"
        from (select town_id, owner_id, fee_item, sum(amount) as collected from part group by 1, 2, 3) c
        left join (
            select town_id, owner_id, fee_item, sum(amount) as remitted from remittance group by 1, 2, 3
        ) r using (town_id, owner_id, fee_item)
        join town t on t.id = c.town_id join organisation o on o.id = c.owner_id
        order by 1, 5, 3
        "#,
        month.number(),
        month.last_day()
    )
    .fetch_all(connection)
    .await?;
    let books = rows.into_iter().map(|r| Unremitted {
        town: TownId(r.town_id),
        town_name: r.town_name,
        owner: OrganisationId(r.owner_id),
        owner_name: r.owner_name,
        fee_item: known(&r.fee_item),
        collected: yuan(r.collected),
        remitted: yuan(r.remitted),
    });
    Ok(books.collect())
}

/// Records the orders; gives their ids in the same order.
pub(super) async fn record(
    connection: &mut PgConnection,
    orders: &[Remit],
    by: UserId,
    today: NaiveDate,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        insert into remittance (kind, town_id, owner_id, fee_item, pay_period, amount, voucher_no, remitted_on, recorded_by)
        select 'remittance', o.town_id, o.owner_id, fee_item, pay_period, amount, voucher_no, $6, $7
        from unnest($1::int[], $8::int[], $2::text[], $3::int[], $4::numeric[], $5::text[])
            with ordinality as o(town_id, owner_id, fee_item, pay_period, amount, voucher_no, n)
        order by n
        returning id
        "#,
        &orders.iter().map(|o| o.town.0).collect::<Vec<_>>(),
        &orders.iter().map(|o| o.fee_item.code().to_owned()).collect::<Vec<_>>(),
        &orders.iter().map(|o| o.pay_period.number()).collect::<Vec<_>>(),
        &orders.iter().map(|o| o.amount.yuan()).collect::<Vec<_>>(),
        &orders.iter().map(|o| SlipNumber::of(&o.voucher_no).as_str().to_owned()).collect::<Vec<_>>(),
        today,
        by.0,
        &orders.iter().map(|o| o.owner.0).collect::<Vec<_>>(),
    )
    .fetch_all(connection)
    .await
}

/// The newest remittances and reversals that somebody sees, at most `limit`: no outlet has any.
pub(super) async fn recorded(
    connection: &mut PgConnection,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<Recorded>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select o.id, o.kind = 'reversal' as "is_reversal!", o.town_id, t.short_name as town_name, w.name as owner_name, o.fee_item, o.pay_period as "pay_period: i32", o.amount,
            o.voucher_no, o.remitted_on, u.name as recorded_by, o.recorded_by as person, o.reverses_id, o.reason,
            exists (select from remittance r where r.reverses_id = o.id) as "is_reversed!"
        from remittance o join town t on t.id = o.town_id join organisation w on w.id = o.owner_id
        join app_user u on u.id = o.recorded_by
        where $1::int is null and ($2::int is null or o.town_id = $2)
        order by o.id desc limit $3
        "#,
        reach.outlet.map(|outlet| outlet.0),
        reach.town.map(|town| town.0),
        limit
    )
    .fetch_all(connection)
    .await?;
    let recorded = rows.into_iter().map(|r| Recorded {
        id: r.id,
        is_reversal: r.is_reversal,
        is_reversed: r.is_reversed,
        town: TownId(r.town_id),
        town_name: r.town_name,
        owner_name: r.owner_name,
        fee_item: known(&r.fee_item),
        pay_period: period(r.pay_period),
        amount: yuan(r.amount),
        voucher_no: r.voucher_no,
        remitted_on: r.remitted_on,
        person: UserId(r.person),
        recorded_by: r.recorded_by,
        reverses: r.reverses_id,
        reason: r.reason,
    });
    Ok(recorded.collect())
}

/// A remittance that is to be taken back.
pub(super) struct Original {
    pub(super) is_reversal: bool,
    pub(super) is_reversed: bool,
    pub(super) recorded_by: UserId,
    pub(super) town: TownId,
    pub(super) amount: Money,
    pub(super) voucher_no: String,
}

/// The remittance of an id.
pub(super) async fn original(
    connection: &mut PgConnection,
    id: i64,
) -> Result<Option<Original>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select kind = 'reversal' as "is_reversal!", amount, voucher_no, recorded_by, town_id,
            exists (select from remittance r where r.reverses_id = o.id) as "is_reversed!"
        from remittance o where id = $1"#,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|r| Original {
        is_reversal: r.is_reversal,
        is_reversed: r.is_reversed,
        recorded_by: UserId(r.recorded_by),
        town: TownId(r.town_id),
        amount: yuan(r.amount),
        voucher_no: r.voucher_no,
    }))
}

/// Records the mirror of a remittance.
pub(super) async fn mirror(
    connection: &mut PgConnection,
    original: i64,
    (reason, by): (&str, UserId),
    today: NaiveDate,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into remittance (kind, town_id, owner_id, fee_item, pay_period, amount, voucher_no, remitted_on, recorded_by,
            reverses_id, reason)
        select 'reversal', town_id, owner_id, fee_item, pay_period, -amount, voucher_no, $2, $3, id, $4 from remittance where id = $1
        returning id",
        original,
        today,
        by.0,
        reason
    )
    .fetch_one(connection)
    .await
}
