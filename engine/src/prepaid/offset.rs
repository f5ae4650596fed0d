//! The purses of a city, opened after a bill run.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::PgPool;
use terms::{AccountId, Clock, Money, PayMethod, PaymentId, business_day};

use super::store::{self, Holder};
use crate::access::{self, Act, Action};
use crate::counter::{LateFeeTerms, Purse, QuotedCharge, add_late_fees, owed};
use crate::database::{Tx, lock_not_granted, write};
use crate::tariff::LateFeeRules;

/// Accounts of one transaction.
const CHUNK: i64 = 5_000;
/// How often a chunk is tried whose accounts a counter holds.
const TRIES: u32 = 5;

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
    Database(#[from] sqlx::Error),
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
    let run = Arc::new(Run { rules, issue, now: clock.now() });
    let (mut done, mut after) = (Offset::default(), AccountId(0));
    loop {
        let Some((last, chunk)) = patiently(pool, &run, after).await? else { return Ok(done) };
        after = last;
        done.accounts += chunk.accounts;
        done.charges += chunk.charges;
        done.amount += chunk.amount;
        progress(done.accounts);
    }
}

/// What all chunks share.
struct Run {
    rules: LateFeeRules,
    issue: i64,
    now: DateTime<Utc>,
}

/// Posts a chunk; while a counter holds one of its accounts, it tries again.
async fn patiently(
    pool: &PgPool,
    run: &Arc<Run>,
    after: AccountId,
) -> Result<Option<(AccountId, Offset)>, OffsetError> {
    for tried in 1..=TRIES {
        let run = Arc::clone(run);
        match write(pool, move |tx| async move { post(tx, &run, after).await }).await {
            Err(error) if lock_not_granted(&error) => {
                tokio::time::sleep(Duration::from_millis(200) * tried).await;
            }
            done => return Ok(done?),
        }
    }
    Err(OffsetError::Busy)
}

/// The accounts after one, at most a chunk of them; none where there are no more.
async fn post(
    mut tx: Tx,
    run: &Run,
    after: AccountId,
) -> Result<Option<(AccountId, Offset)>, sqlx::Error> {
    let Run { rules, issue, now } = run;
    let (issue, now, today) = (*issue, *now, business_day(*now));
    let holders = store::lock_holders(&mut tx, issue, after, CHUNK).await?;
    let Some(last) = holders.last().map(|holder| holder.account) else {
        tx.rollback().await?;
        return Ok(None);
    };
    let accounts: Vec<AccountId> = holders.iter().map(|holder| holder.account).collect();
    let mut purses = store::purses(&mut tx, &accounts).await?;
    let mut open = owed(&mut tx, &accounts).await?;
    let held = store::held(&mut tx, &accounts, now).await?;

    let mut payments = Vec::new();
    for holder in holders {
        let purse = purses.remove(&holder.account).unwrap_or_default();
        let mut charges = open.remove(&holder.account).unwrap_or_default();
        charges.retain(|charge| !held.contains(&charge.id));
        if let Some(paid) = pay(charges, &purse, rules, today) {
            let payment = PaymentId(0);
            payments.push(Paid { payment, holder, had: purse.balance(), charges: paid });
        }
    }
    let done = Offset {
        accounts: payments.len() as u64,
        charges: payments.iter().map(|paid| paid.charges.len() as u64).sum(),
        amount: payments.iter().map(Paid::amount).sum(),
    };
    if !payments.is_empty() {
        let ids = store::payment_ids(&mut tx, payments.len()).await?;
        for (paid, id) in payments.iter_mut().zip(ids) {
            paid.payment = id;
        }
        store::record(&mut tx, issue, (now, today), &payments).await?;
        let act = Act::new(Action::OffsetPrepaid, None, format!("出账批次 {issue}"));
        let details = json!({ "accounts": done.accounts, "amount": done.amount });
        access::mark(&mut tx, &act.with(details), now).await?;
    }
    tx.commit().await?;
    Ok(Some((last, done)))
}

/// What a purse pays of an account.
pub(super) struct Paid {
    pub(super) payment: PaymentId,
    pub(super) holder: Holder,
    /// What lay in it before.
    pub(super) had: Money,
    pub(super) charges: Vec<QuotedCharge>,
}

impl Paid {
    pub(super) fn amount(&self) -> Money {
        self.charges.iter().map(|charge| charge.total).sum()
    }
}

/// The oldest charges that the purse pays whole; none where it does not suffice for one.
fn pay(
    mut charges: Vec<QuotedCharge>,
    purse: &Purse,
    rules: &LateFeeRules,
    day: NaiveDate,
) -> Option<Vec<QuotedCharge>> {
    add_late_fees(&mut charges, &LateFeeTerms { rules, day, method: PayMethod::Prepaid }, purse);
    let mut left = purse.balance();
    let paid = charges.iter().take_while(|charge| {
        let suffices = charge.total <= left;
        if suffices {
            left -= charge.total;
        }
        suffices
    });
    let count = paid.count();
    charges.truncate(count);
    (count > 0).then_some(charges)
}
