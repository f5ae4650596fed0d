//! What a channel brought and nobody could post: a person posts it after all, or sends it back. 挂账

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{AccountId, Clock, PaymentId, Reason, UserId, business_day};

use super::item::{Refusal, Waiting};
use super::post::posting;
use super::settle::settle;
use super::store;
use crate::access::{self, Act, Action, Reach};
use crate::counter::{LateFeeTerms, payment_ids, purses, record_all};
use crate::database::{Tx, broken_law, commit, lock_not_granted, undone, write};
use crate::room;
use crate::tariff::LateFeeRules;

/// Posts an item in suspense.
#[derive(Debug, Clone)]
pub struct PostItem {
    /// The item.
    pub item: i64,
    /// The account that it is for, where the channel named another or none.
    pub account: Option<AccountId>,
    /// What becomes of the money.
    pub target: Target,
    /// Who decides.
    pub by: UserId,
}

/// What becomes of the money of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// It pays what the item says, exactly.
    AsItSays,
    /// It is kept for the account. 预存
    Prepaid,
}

/// Sends the money of an item in suspense back through its channel.
#[derive(Debug, Clone)]
pub struct ReturnItem {
    /// The item.
    pub item: i64,
    /// Why, for the books.
    pub reason: String,
    /// Who decides.
    pub by: UserId,
}

/// Why an item in suspense stays there.
#[derive(Debug, thiserror::Error)]
pub enum SuspenseError {
    /// Not in suspense.
    #[error("该笔不在挂账中，可能已入账或已退回")]
    NotInSuspense,
    /// Its identity belongs to another item.
    #[error("流水号已登记为另一笔，不能入账；请与渠道核对后退回")]
    Contested,
    /// No such account, or none that this person may see.
    #[error("用户不存在")]
    UnknownAccount,
    /// The books do not owe what it brings.
    #[error("{0}")]
    Refused(Refusal),
    /// No reason, or a very long one.
    #[error("请填写原因（200字以内）")]
    NoReason,
    /// Someone else works on the account.
    #[error("该用户正在办理其他业务，请稍候再试")]
    Busy,
    /// The database failed.
    #[error("{}", undone(.0, "本次未处理"))]
    Database(#[source] sqlx::Error),
}

/// The account of a number.
///
/// # Errors
/// The database cannot answer.
pub async fn account_of(
    connection: &mut PgConnection,
    no: &str,
) -> Result<Option<AccountId>, sqlx::Error> {
    store::account_of(connection, no).await
}

/// Items in suspense that somebody sees, the oldest first, at most `limit`; money for no known account is for those who
/// see all towns.
///
/// # Errors
/// The database cannot answer.
pub async fn suspense(
    connection: &mut PgConnection,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<Waiting>, sqlx::Error> {
    store::suspense(connection, None, (reach, limit)).await
}

/// One item in suspense; none where it is not there.
///
/// # Errors
/// The database cannot answer.
pub async fn in_suspense(
    connection: &mut PgConnection,
    item: i64,
) -> Result<Option<Waiting>, sqlx::Error> {
    Ok(store::suspense(connection, Some(item), (&Reach::default(), 1)).await?.pop())
}

/// Posts an item in suspense; late fees run to the day on which the channel settled it.
///
/// # Errors
/// See [`SuspenseError`].
pub async fn post_item(
    pool: &PgPool,
    clock: &dyn Clock,
    order: PostItem,
) -> Result<PaymentId, SuspenseError> {
    let now = clock.now();
    room::ready(pool, now).await?;
    write(pool, move |tx| post(tx, (now, business_day(now)), order)).await
}

async fn post(
    mut tx: Tx,
    (now, today): (DateTime<Utc>, NaiveDate),
    order: PostItem,
) -> Result<PaymentId, SuspenseError> {
    let waiting = store::waiting(&mut tx, order.item).await?.ok_or(SuspenseError::NotInSuspense)?;
    if waiting.is_contested {
        return Err(SuspenseError::Contested);
    }
    let item = waiting.item;
    let account = order.account.or(item.account).ok_or(SuspenseError::UnknownAccount)?;
    if !access::reaches(&mut tx, order.by, account).await? {
        return Err(SuspenseError::UnknownAccount);
    }
    let mut debtors = store::lock_debtors(&mut tx, &[account]).await?;
    if debtors.is_empty() {
        return Err(SuspenseError::UnknownAccount);
    }
    let lines = match order.target {
        Target::AsItSays => {
            let settled = (waiting.channel.id, waiting.settled_on);
            store::load_debts(&mut tx, &mut debtors, settled, now).await?;
            let rules = LateFeeRules::load(&mut tx).await?;
            let (day, method) = (waiting.settled_on, waiting.channel.method);
            let terms = LateFeeTerms { rules: &rules, day, method };
            settle(&mut debtors[0], (&item.settles, item.gross), &terms)
                .map_err(SuspenseError::Refused)?
        }
        Target::Prepaid => {
            let mut purses = purses(&mut tx, &[account], today).await?;
            debtors[0].purse = purses.remove(&account).unwrap_or_default();
            Vec::new()
        }
    };
    let payment = payment_ids(&mut tx, now, 1).await?.remove(0);
    let subject = format!("{} {} {}", waiting.channel.name, item.serial, item.gross);
    let id = item.id;
    let mut posting = posting(&debtors[0], &waiting.channel, item, lines, (now, today));
    posting.is_now(payment);
    let posted = record_all(&mut tx, std::slice::from_ref(&posting)).await?;
    let details = json!({ "item": id, "account": account, "payment": payment, "posted": posted });
    let act = Act::new(Action::PostItem, Some(order.by), subject).with(details);
    access::mark(&mut tx, &act, now).await?;
    commit(tx).await?;
    Ok(payment)
}

/// Sends an item in suspense back: its money is the payer's again, by way of the channel.
///
/// # Errors
/// See [`SuspenseError`].
pub async fn return_item(
    pool: &PgPool,
    clock: &dyn Clock,
    order: ReturnItem,
) -> Result<(), SuspenseError> {
    let reason = Reason::of(&order.reason).ok_or(SuspenseError::NoReason)?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let waiting =
            store::waiting(&mut tx, order.item).await?.ok_or(SuspenseError::NotInSuspense)?;
        store::give_back(&mut tx, order.item, reason.as_str(), order.by, now).await?;
        let item = waiting.item;
        let subject = format!("{} {} {}", waiting.channel.name, item.serial, item.gross);
        let act = Act::new(Action::ReturnItem, Some(order.by), subject);
        let details = json!({ "item": item.id, "reason": reason });
        access::mark(&mut tx, &act.with(details), now).await?;
        Ok(commit(tx).await?)
    })
    .await
}

impl From<sqlx::Error> for SuspenseError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("item_not_open", _)) => Self::NotInSuspense,
            _ if lock_not_granted(&error) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}
