//! 收费标准变更: what is to be charged from a day on, submitted by one person and approved by another.
//!
//! An order holds once somebody else has approved it, in the place of what said the same for the same day. No month
//! that was billed is touched: an order that would is refused, and names the month.

use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, Reason, TownId, UserId};

use super::ordered::{RateError, RateKind, RateOrder, RateRows};
use super::rows::NewTariff;
use super::store::{orders, said};
use super::tables::{read_late_fees, read_owners, read_quotas, read_tariffs};
use crate::access::{self, Act, Action, Reach};
use crate::database::{commit, write};

/// Rows of an order that a list shows.
pub const SHOWN_ROWS: i64 = 20;

/// Reads the rows of an order from a table with a head line: rates as `engine/data/tariffs.csv` has them, with `town`,
/// `supplier`, `valid_to` and `replaces` where they are needed; late-fee rules as `engine/data/late_fees.csv`; owners as
/// `town,fee_item,valid_from,owner`; quotas as `account,period,quota_m3`.
///
/// # Errors
/// See [`RateError`].
pub async fn read_rows(
    connection: &mut PgConnection,
    kind: RateKind,
    table: &str,
) -> Result<RateRows, RateError> {
    Ok(match kind {
        RateKind::Tariff => {
            RateRows::Tariffs(read_tariffs(table, &orders::places(connection).await?)?)
        }
        RateKind::LateFee => RateRows::LateFees(read_late_fees(table)?),
        RateKind::Owner => {
            RateRows::Owners(read_owners(table, &orders::places(connection).await?)?)
        }
        RateKind::Quota => {
            let rows = read_quotas(table)?;
            let numbers: Vec<String> = rows.iter().map(|row| row.account.clone()).collect();
            let accounts = orders::accounts(connection, &numbers).await?;
            let quotas: Result<_, _> = rows.iter().map(|row| row.quota(&accounts)).collect();
            RateRows::Quotas(quotas?)
        }
    })
}

/// Submits rates; they hold once another person has approved them.
///
/// # Errors
/// See [`RateError`].
pub async fn submit_rates(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    rows: RateRows,
    reason: &str,
) -> Result<i64, RateError> {
    let reason = Reason::of(reason).ok_or(RateError::NoReason)?;
    let (kind, count) = (rows.kind(), rows.len());
    if count == 0 {
        return Err(RateError::Nothing);
    }
    if let RateRows::Tariffs(tariffs) = &rows {
        tariffs.iter().try_for_each(NewTariff::check)?;
    }
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let towns = reach_of_rows(&mut tx, &rows).await?;
        if !access::reach_of(&mut tx, Some(by)).await?.holds_all(towns.as_deref()) {
            return Err(RateError::Elsewhere);
        }
        let order = orders::insert(&mut tx, kind, &reason, by, now).await?;
        match &rows {
            RateRows::Tariffs(rows) => orders::insert_tariffs(&mut tx, Some(order), rows).await?,
            RateRows::LateFees(rows) => {
                orders::insert_late_fees(&mut tx, Some(order), rows).await?
            }
            RateRows::Owners(rows) => orders::insert_owners(&mut tx, order, rows).await?,
            RateRows::Quotas(rows) => {
                let known = orders::insert_quotas(&mut tx, order, rows).await?;
                if known != rows.len() as u64 {
                    return Err(RateError::Unknown);
                }
            }
        }
        if let Some(billed) = orders::billed(&mut tx, order).await? {
            return Err(RateError::Billed(billed.to_string()));
        }
        let act = Act::new(Action::SubmitRates, Some(by), format!("{} {order}", kind.label()));
        access::mark(&mut tx, &act.with(json!({ "rows": count, "reason": reason.as_str() })), now)
            .await?;
        commit(tx).await?;
        Ok(order)
    })
    .await
}

/// Approves an order, or refuses it, at most once and by another person than who submitted it. One that reaches beyond the
/// towns of who decides is as good as none.
///
/// # Errors
/// See [`RateError`].
pub async fn decide_rates(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    order: i64,
    approve: bool,
) -> Result<(), RateError> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let found = orders::find(&mut tx, order).await?.ok_or(RateError::UnknownOrder(order))?;
        let touches = rate_order(&mut tx, order).await?.and_then(|order| order.towns);
        if !access::reach_of(&mut tx, Some(by)).await?.holds_all(touches.as_deref()) {
            return Err(RateError::UnknownOrder(order));
        }
        if found.is_decided {
            return Err(RateError::Decided);
        }
        if found.submitted_by == by {
            return Err(RateError::SamePerson);
        }
        orders::decide(&mut tx, order, by, approve, now).await?;
        let act = Act::new(Action::DecideRates, Some(by), format!("收费标准变更 {order}"));
        let rows = orders::digest(&mut tx, order).await?;
        access::mark(&mut tx, &act.with(json!({ "approved": approve, "rows": rows })), now).await?;
        commit(tx).await?;
        Ok(())
    })
    .await
}

/// The towns that rows touch; None where one of them reaches the whole city.
async fn reach_of_rows(
    connection: &mut PgConnection,
    rows: &RateRows,
) -> Result<Option<Vec<TownId>>, sqlx::Error> {
    match rows {
        RateRows::Tariffs(rows) => Ok(rows.iter().map(|row| row.town).collect()),
        RateRows::LateFees(_) => Ok(None),
        RateRows::Owners(rows) => Ok(Some(rows.iter().map(|row| row.town).collect())),
        RateRows::Quotas(rows) => {
            let accounts: Vec<i64> = rows.iter().map(|row| row.account.0).collect();
            orders::towns_of(connection, &accounts).await.map(Some)
        }
    }
}

/// One order, decided or not.
///
/// # Errors
/// The database fails.
pub async fn rate_order(
    connection: &mut PgConnection,
    order: i64,
) -> Result<Option<RateOrder>, sqlx::Error> {
    let found = orders::list(&mut *connection, Some(order), (&Reach::default(), 1)).await?;
    Ok(with_rows(connection, found).await?.pop())
}

/// The orders that touch nothing but what somebody sees: those that wait, oldest first, then those decided last, at
/// most `limit`.
///
/// # Errors
/// The database fails.
pub async fn rate_orders(
    connection: &mut PgConnection,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<RateOrder>, sqlx::Error> {
    let found = orders::list(&mut *connection, None, (reach, limit)).await?;
    with_rows(connection, found).await
}

async fn with_rows(
    connection: &mut PgConnection,
    mut orders: Vec<RateOrder>,
) -> Result<Vec<RateOrder>, sqlx::Error> {
    let ids: Vec<i64> = orders.iter().map(|order| order.id).collect();
    let mut rows = said::rows(connection, &ids, SHOWN_ROWS).await?;
    for order in &mut orders {
        order.rows = rows.remove(&order.id).unwrap_or_default();
    }
    Ok(orders)
}
