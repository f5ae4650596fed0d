//! Accounts that a piece of a batch is about, locked, with what they owe.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, OutletId, PayerId, TownId};

use super::held_by;
use crate::channels::settle::Debtor;
use crate::counter::{owed, purses};

/// Locks the accounts that exist, in the order of their ids.
pub(in crate::channels) async fn lock_debtors(
    connection: &mut PgConnection,
    accounts: &[AccountId],
) -> Result<Vec<Debtor>, sqlx::Error> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        "select id, town_id, outlet_id from account where id = any($1) order by id for no key update",
        &ids
    )
    .fetch_all(connection)
    .await?;
    let debtors = rows.into_iter().map(|r| Debtor {
        account: AccountId(r.id),
        town: TownId(r.town_id),
        outlet: OutletId(r.outlet_id),
        ..Debtor::default()
    });
    Ok(debtors.collect())
}

/// Gives every debtor what it owes, who paid for it and what its purse held on the day of settlement, and which bills
/// channels other than this one hold.
pub(in crate::channels) async fn load_debts(
    connection: &mut PgConnection,
    debtors: &mut [Debtor],
    (channel, settled_on): (i32, NaiveDate),
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let accounts: Vec<AccountId> = debtors.iter().map(|d| d.account).collect();
    let mut open = owed(&mut *connection, &accounts).await?;
    let mut purses = purses(&mut *connection, &accounts, settled_on).await?;
    let mut payers = payers_on(&mut *connection, &accounts, settled_on).await?;
    let mut held = held_by(connection, &accounts, now).await?;
    held.retain(|_, by| by.channel != channel);
    for debtor in debtors {
        debtor.open = open.remove(&debtor.account).unwrap_or_default();
        debtor.payers = payers.remove(&debtor.account).unwrap_or_else(|| vec![None]);
        debtor.purse = purses.remove(&debtor.account).unwrap_or_default();
        let theirs =
            debtor.open.iter().filter_map(|c| Some((c.id, held.remove(&c.id)?.to_string())));
        debtor.held = theirs.collect();
    }
    Ok(())
}

/// Who paid for accounts when a day began, and who when it ended, of those that passed on once; none is who pays now.
async fn payers_on(
    connection: &mut PgConnection,
    accounts: &[AccountId],
    day: NaiveDate,
) -> Result<HashMap<AccountId, Vec<Option<PayerId>>>, sqlx::Error> {
    let ids: Vec<i64> = accounts.iter().map(|a| a.0).collect();
    let rows = sqlx::query!(
        r#"select a.id, a.payer_id, payer_at(a.id, $2::date::timestamp at time zone 'Asia/Shanghai') as "first!",
               payer_at(a.id, ($2::date + 1)::timestamp at time zone 'Asia/Shanghai') as "last!"
           from account a
           where a.id = any($1)
             and exists (select from account_version v where v.account_id = a.id and v.payer_id <> a.payer_id)"#,
        &ids,
        day
    )
    .fetch_all(connection)
    .await?;
    let former = |payer: i64, now: i64| (payer != now).then_some(PayerId(payer));
    let payers = rows.into_iter().map(|r| {
        let mut payers = vec![former(r.first, r.payer_id), former(r.last, r.payer_id)];
        payers.dedup();
        (AccountId(r.id), payers)
    });
    Ok(payers.collect())
}

/// The first open month of the payments of each outlet, where some are closed; none closes before this
/// transaction has ended.
pub(in crate::channels) async fn open_months(
    connection: &mut PgConnection,
    debtors: &[Debtor],
) -> Result<HashMap<OutletId, BillPeriod>, sqlx::Error> {
    let mut outlets: Vec<i32> = debtors.iter().map(|d| d.outlet.0).collect();
    outlets.sort_unstable();
    outlets.dedup();
    let rows = sqlx::query!(
        r#"select o as "outlet!", share_period(o, 'pay') as open from unnest($1::int[]) as o order by o"#,
        &outlets
    )
    .fetch_all(connection)
    .await?;
    let open = rows.into_iter().filter_map(|r| {
        let month = BillPeriod::from_number(r.open?).ok()?;
        Some((OutletId(r.outlet), month))
    });
    Ok(open.collect())
}
