//! What a channel brought and nobody could post: a person posts it after all, or sends it back. 挂账

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use terms::{AccountId, Clock, PaymentId, Reason, UserId, business_day};

use super::asked::Target;
use super::item::{Refusal, Waiting};
use super::post::posting;
use super::settle::{Debtor, settle};
use super::store::{self, InSuspense};
use crate::access::{self, Act, Action, Reach, is_refused};
use crate::counter::{LateFeeTerms, SettledLine, payment_ids, purses, record_all};
use crate::database::{broken_constraint, broken_law, commit, lock_not_granted, undone, write};
use crate::room;
use crate::tariff::LateFeeRules;

/// Posts an item in suspense for the account that it names.
#[derive(Debug, Clone)]
pub struct PostItem {
    /// The item.
    pub item: i64,
    /// What becomes of the money.
    pub target: Target,
    /// Who decides.
    pub by: UserId,
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
    /// 过户 since the day of settlement: the money is of who left.
    #[error("该笔的结算日为{0}，其后该户已过户，转入预存会成为现缴费人的钱，不能转入；请退回渠道")]
    PassedOn(String),
    /// It names this account: nobody need be asked.
    #[error("该笔本就属于该用户，可直接入账")]
    NotNeeded,
    /// The same was asked before.
    #[error("该笔已申请改户入账，请等待核准")]
    AlreadyAsked,
    /// No such request, or it was answered.
    #[error("没有这项待核准的申请")]
    NoRequest,
    /// Who asked cannot be the second person.
    #[error("不能核准自己提交的申请，请由另一人核准")]
    Yourself,
    /// Who asks or answers may not.
    #[error("您的角色没有这项权限")]
    NotAllowed,
    /// No reason, or a very long one.
    #[error("请填写原因（200字以内）")]
    NoReason,
    /// Someone else works on the account.
    #[error("该用户正在办理其他业务，或账务正在核对，请稍候再试")]
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

/// Posts an item in suspense for the account that it names; late fees run to the day on which the channel settled it.
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
    write(pool, move |mut tx| async move {
        let waiting = in_hand(&mut tx, order.item).await?;
        let account = waiting.item.account.ok_or(SuspenseError::UnknownAccount)?;
        if !access::reaches(&mut tx, order.by, &[account]).await? {
            return Err(SuspenseError::UnknownAccount);
        }
        let done = post(&mut tx, now, waiting, (account, order.target)).await?;
        let act = Act::new(Action::PostItem, Some(order.by), done.subject).with(done.details);
        access::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(done.payment)
    })
    .await
}

/// True where an item is among those that a person sees: money for no known account is for those who see all towns.
pub(super) async fn sees(
    connection: &mut PgConnection,
    person: UserId,
    waiting: &InSuspense,
) -> Result<bool, sqlx::Error> {
    match waiting.item.account {
        Some(account) => access::reaches(connection, person, &[account]).await,
        None => Ok(access::reach_of(connection, Some(person)).await?.is_whole_city()),
    }
}

/// An item that may be posted.
pub(super) async fn in_hand(
    connection: &mut PgConnection,
    item: i64,
) -> Result<InSuspense, SuspenseError> {
    let waiting = store::waiting(connection, item).await?.ok_or(SuspenseError::NotInSuspense)?;
    if waiting.is_contested { Err(SuspenseError::Contested) } else { Ok(waiting) }
}

/// An item on the books, and what the mark of its posting says.
pub(super) struct PostedItem {
    pub(super) payment: PaymentId,
    pub(super) subject: String,
    pub(super) details: Value,
}

/// What an item pays of an account's bills; nothing where it is kept for it. The account is held.
pub(super) async fn settled(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    waiting: &InSuspense,
    (account, target): (AccountId, Target),
) -> Result<(Debtor, Vec<SettledLine>), SuspenseError> {
    let InSuspense { item, channel, settled_on, .. } = waiting;
    let mut debtors = store::lock_debtors(&mut *connection, &[account]).await?;
    if debtors.is_empty() {
        return Err(SuspenseError::UnknownAccount);
    }
    let lines = match target {
        Target::AsItSays => {
            store::load_debts(&mut *connection, &mut debtors, (channel.id, *settled_on), now)
                .await?;
            let rules = LateFeeRules::load(&mut *connection).await?;
            let terms = LateFeeTerms { rules: &rules, day: *settled_on, method: channel.method };
            settle(&mut debtors[0], (&item.settles, item.gross), &terms)
                .map_err(SuspenseError::Refused)?
        }
        Target::Prepaid => {
            let mut purses = purses(&mut *connection, &[account], business_day(now)).await?;
            debtors[0].purse = purses.remove(&account).unwrap_or_default();
            Vec::new()
        }
    };
    Ok((debtors.remove(0), lines))
}

/// Posts an item for an account.
pub(super) async fn post(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    waiting: InSuspense,
    (account, target): (AccountId, Target),
) -> Result<PostedItem, SuspenseError> {
    let (debtor, lines) = settled(&mut *connection, now, &waiting, (account, target)).await?;
    let InSuspense { item, channel, .. } = waiting;
    let payment = payment_ids(&mut *connection, now, 1).await?.remove(0);
    let subject = format!("{} {} {}", channel.name, item.serial, item.gross);
    let id = item.id;
    let mut posting = posting(&debtor, &channel, item, lines, (now, business_day(now)));
    posting.is_now(payment);
    let posted = record_all(connection, std::slice::from_ref(&posting)).await?;
    let details = json!({ "item": id, "account": account, "payment": payment, "posted": posted });
    Ok(PostedItem { payment, subject, details })
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
        if !sees(&mut tx, order.by, &waiting).await? {
            return Err(SuspenseError::UnknownAccount);
        }
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
            Some(("item_passed_on", day)) => Self::PassedOn(day.to_owned()),
            Some(("own_request", _)) => Self::Yourself,
            Some(("already_asked", _)) => Self::AlreadyAsked,
            Some(("request_needless", _)) => Self::NotNeeded,
            Some(("request_elsewhere" | "answer_elsewhere", _)) => Self::UnknownAccount,
            _ if broken_constraint(&error) == Some("item_answer_pkey") => Self::NoRequest,
            _ if is_refused(&error) => Self::NotAllowed,
            _ if lock_not_granted(&error) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}
