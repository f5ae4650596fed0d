//! The purses of a city, opened after a bill run.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use terms::{AccountId, ChargeId, Clock, Money, PayMethod, PaymentId, business_day};

use super::store;
use crate::access::{self, Act, Action};
use crate::channels::{HeldBy, held_by};
use crate::counter::{
    BulkPayment, LateFeeTerms, Purse, QuotedCharge, SettledLine, add_late_fees, owed, payment_ids,
    purses, record_all,
};
use crate::database::{Tx, commit, lock_not_granted, write_patiently};
use crate::room;
use crate::tariff::LateFeeRules;

/// Accounts of one transaction.
const CHUNK: i64 = 5_000;

/// What purses paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Offset {
    /// Accounts whose purse paid something, now.
    pub accounts: u64,
    /// Charges that it paid.
    pub charges: u64,
    /// What it paid for them, late fees included, yuan.
    pub amount: Money,
}

/// Why it stopped; what is paid stays paid, and another call goes on.
#[derive(Debug, thiserror::Error)]
pub enum OffsetError {
    /// Accounts stayed locked by others.
    #[error("部分用户正在办理业务，预存抵扣未做完，请稍后再做一次，已抵扣的不会重复")]
    Busy,
    /// The database failed.
    #[error("系统繁忙，预存抵扣未做完，请再做一次，已抵扣的不会重复")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for OffsetError {
    fn from(error: sqlx::Error) -> Self {
        if lock_not_granted(&error) { Self::Busy } else { Self::Database(error) }
    }
}

/// Pays out of every purse what it can pay whole, oldest first, on the business day; each account at most once for
/// an issue of bills. `progress` hears of the accounts that paid so far.
///
/// # Errors
/// See [`OffsetError`].
pub async fn offset(
    pool: &PgPool,
    clock: &dyn Clock,
    issue: i64,
    progress: impl Fn(u64),
) -> Result<Offset, OffsetError> {
    let rules = LateFeeRules::load(&mut *pool.acquire().await?).await?;
    let run = Arc::new(Run { clock: clock.handle(), rules, issue });
    let (mut done, mut after) = (Offset::default(), AccountId(0));
    loop {
        let chunk = Arc::clone(&run);
        room::ready(pool, chunk.clock.now()).await?;
        let post = move |tx| {
            let run = Arc::clone(&chunk);
            async move { post(tx, &run, after).await }
        };
        let Some((last, chunk)) = write_patiently(pool, post).await? else { return Ok(done) };
        after = last;
        done.accounts += chunk.accounts;
        done.charges += chunk.charges;
        done.amount += chunk.amount;
        progress(done.accounts);
    }
}

/// What all chunks share.
struct Run {
    clock: Arc<dyn Clock>,
    rules: LateFeeRules,
    issue: i64,
}

/// The accounts after one, at most a chunk of them; none where there are no more.
async fn post(
    mut tx: Tx,
    run: &Run,
    after: AccountId,
) -> Result<Option<(AccountId, Offset)>, sqlx::Error> {
    let Run { clock, rules, issue } = run;
    let issue = *issue;
    let holders = store::lock_holders(&mut tx, issue, after, CHUNK).await?;
    let Some(last) = holders.last().map(|holder| holder.account) else {
        tx.rollback().await?;
        return Ok(None);
    };
    // What happened to them while they were waited for comes before what their purses pay.
    let now = clock.now();
    let today = business_day(now);
    let accounts: Vec<AccountId> = holders.iter().map(|holder| holder.account).collect();
    let mut purses = purses(&mut tx, &accounts, today).await?;
    let mut open = owed(&mut tx, &accounts).await?;
    let held = held_by(&mut tx, &accounts, now).await?;

    let mut done = Offset::default();
    let mut payments = Vec::new();
    for holder in holders {
        let purse = purses.remove(&holder.account).unwrap_or_default();
        let mut charges = open.remove(&holder.account).unwrap_or_default();
        let late = LateFeeTerms { rules, day: today, method: PayMethod::Prepaid };
        add_late_fees(&mut charges, &late, &purse);
        let paid = paid_by(&charges, &purse, &held);
        if paid.is_empty() {
            continue;
        }
        done.accounts += 1;
        done.charges += paid.len() as u64;
        let prepaid_used: Money = paid.iter().map(|charge| charge.total).sum();
        done.amount += prepaid_used;
        let key = store::key(issue, holder.account);
        payments.push(BulkPayment {
            id: PaymentId(0),
            account: holder.account,
            town: holder.town,
            outlet: holder.outlet,
            method: PayMethod::Prepaid,
            item: None,
            account_date: today,
            posted_at: now,
            received: Money::ZERO,
            prepaid_used,
            had: purse.balance(),
            request_hash: Sha256::digest(&key).to_vec(),
            key,
            lines: paid.into_iter().flat_map(SettledLine::all_of).collect(),
        });
    }
    if !payments.is_empty() {
        let ids = payment_ids(&mut tx, now, payments.len()).await?;
        for (payment, id) in payments.iter_mut().zip(ids) {
            payment.is_now(id);
        }
        let posted = record_all(&mut tx, &payments).await?;
        let act = Act::new(Action::OffsetPrepaid, None, format!("出账批次 {issue}"));
        let details = json!({ "accounts": done.accounts, "amount": done.amount, "posted": posted });
        access::mark(&mut tx, &act.with(details), now).await?;
    }
    commit(tx).await?;
    Ok(Some((last, done)))
}

/// The oldest charges of who pays for the account now that the purse pays whole. What it holds for a bill that a
/// channel is about to collect lies ready for that bill, and pays no other.
fn paid_by<'a>(
    charges: &'a [QuotedCharge],
    purse: &Purse,
    held: &HashMap<ChargeId, HeldBy>,
) -> Vec<&'a QuotedCharge> {
    let mut left = purse.balance();
    let own = charges.iter().filter(|charge| charge.former_payer.is_none());
    let within = own.take_while(|charge| {
        left -= charge.total;
        left >= Money::ZERO
    });
    within.filter(|charge| !held.contains_key(&charge.id)).collect()
}
