//! Remittance's questions to the database.

use chrono::NaiveDate;
use sqlx::PgConnection;
use terms::{BillPeriod, TownId};

use super::record::{Remit, Unremitted};
use crate::database::{known, yuan};

/// Holds back other remittances until this transaction ends, for they draw on the same sums.
pub(super) async fn one_at_a_time(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!(r#"select pg_advisory_xact_lock(hashtext('remittance')) as "held!: ()""#)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Collected up to the end of a month, and remitted at all, for each town and fee.
pub(super) async fn unremitted(
    conn: &mut PgConnection,
    month: BillPeriod,
) -> Result<Vec<Unremitted>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select c.town_id as "town_id!", c.fee_item as "fee_item!", c.collected as "collected!",
            coalesce(r.remitted, 0) as "remitted!"
        from (
            select town_id, fee_item, sum(amount + late_fee) as collected from allocation
            where fee_item <> 'water' and account_date <= $1 group by 1, 2
        ) c left join (
            select town_id, fee_item, sum(amount) as remitted from remittance group by 1, 2
        ) r using (town_id, fee_item)
        order by 1, 2
        "#,
        month.last_day()
    )
    .fetch_all(conn)
    .await?;
    let books = rows.into_iter().map(|r| Unremitted {
        town: TownId(r.town_id),
        fee_item: known(&r.fee_item),
        collected: yuan(r.collected),
        remitted: yuan(r.remitted),
    });
    Ok(books.collect())
}

/// Records the orders; gives their ids in the same order.
pub(super) async fn record(
    conn: &mut PgConnection,
    orders: &[Remit],
    today: NaiveDate,
) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        insert into remittance (town_id, fee_item, pay_period, amount, voucher_no, remitted_on, recorded_by)
        select town_id, fee_item, pay_period, amount, voucher_no, $6, recorded_by
        from unnest($1::int[], $2::text[], $3::int[], $4::numeric[], $5::text[], $7::text[])
            with ordinality as o(town_id, fee_item, pay_period, amount, voucher_no, recorded_by, n)
        order by n
        returning id
        "#,
        &orders.iter().map(|o| o.town.0).collect::<Vec<_>>(),
        &orders.iter().map(|o| o.fee_item.code().to_owned()).collect::<Vec<_>>(),
        &orders.iter().map(|o| o.pay_period.number()).collect::<Vec<_>>(),
        &orders.iter().map(|o| o.amount.yuan()).collect::<Vec<_>>(),
        &orders.iter().map(|o| o.voucher_no.trim().to_owned()).collect::<Vec<_>>(),
        today,
        &orders.iter().map(|o| o.by.clone()).collect::<Vec<_>>(),
    )
    .fetch_all(conn)
    .await
}
