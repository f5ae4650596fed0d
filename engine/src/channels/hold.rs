//! Bills held for a channel that is about to collect them: nobody else takes their money meanwhile. 锁定

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{AccountId, Clock, Reason};

use super::held::{Held, PlaceHold, ReleaseHold};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{broken_law, commit, lock_not_granted, undone, write};

/// Longest hold: a batch that is older has been forgotten.
const LONGEST: TimeDelta = TimeDelta::days(31);
/// Longest reference.
const REFERENCE_MAX_CHARS: usize = 60;

/// Why nothing was held or freed.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// No such channel.
    #[error("渠道“{0}”不存在，请先登记渠道")]
    UnknownChannel(String),
    /// An account that this person may not see.
    #[error("用户不存在")]
    UnknownAccount,
    /// The reference cannot be.
    #[error("批次号或订单号须为1至60个字符")]
    BadReference,
    /// The end cannot be.
    #[error("锁定截止时间须在此后31天以内")]
    BadEnd,
    /// Another hold lives.
    #[error("有账单已被锁定，请核对后重试")]
    AlreadyHeld,
    /// Nothing is held under the reference.
    #[error("该批次或订单没有锁定中的账单")]
    NothingHeld,
    /// Money is on its way.
    #[error("该渠道尚有{0}笔已收到而未入账的明细，请先入账或退回再解锁")]
    InFlight(i64),
    /// No reason, or a very long one.
    #[error("请填写解锁原因（200字以内）")]
    NoReason,
    /// Someone else works on an account.
    #[error("部分用户正在办理其他业务，或账务正在核对，请稍候再试")]
    Busy,
    /// The database failed.
    #[error("{}", undone(.0, "本次未处理"))]
    Database(#[source] sqlx::Error),
}

/// Holds the open bills of accounts for a channel, and none of who paid for them before; gives how many.
///
/// # Errors
/// See [`HoldError`].
pub async fn place_hold(
    pool: &PgPool,
    clock: &dyn Clock,
    order: PlaceHold,
) -> Result<u64, HoldError> {
    let now = clock.now();
    if !(1..=REFERENCE_MAX_CHARS).contains(&order.reference.trim().chars().count()) {
        return Err(HoldError::BadReference);
    }
    if order.ends_at <= now || order.ends_at > now + LONGEST {
        return Err(HoldError::BadEnd);
    }
    write(pool, move |mut tx| async move {
        let channel = store::channel(&mut tx, &order.channel)
            .await?
            .ok_or_else(|| HoldError::UnknownChannel(order.channel.clone()))?;
        if !access::reaches(&mut tx, order.by, &order.accounts).await? {
            return Err(HoldError::UnknownAccount);
        }
        store::lock_debtors(&mut tx, &order.accounts).await?;
        let held = store::hold(&mut tx, &channel, &order, now).await?;
        let subject = format!("{} {} {held} 笔", channel.name, order.reference);
        let act = Act::new(Action::PlaceHold, Some(order.by), subject);
        access::mark(&mut tx, &act.with(json!({ "ends_at": order.ends_at })), now).await?;
        commit(tx).await?;
        Ok(held)
    })
    .await
}

/// Frees what is held under a reference and this person may see, once nothing of the channel is on its way; gives how many.
///
/// # Errors
/// See [`HoldError`].
pub async fn release_hold(
    pool: &PgPool,
    clock: &dyn Clock,
    order: ReleaseHold,
) -> Result<u64, HoldError> {
    let now = clock.now();
    let reason = Reason::of(&order.reason).ok_or(HoldError::NoReason)?;
    write(pool, move |mut tx| async move {
        let channel = store::channel(&mut tx, &order.channel)
            .await?
            .ok_or_else(|| HoldError::UnknownChannel(order.channel.clone()))?;
        let reach = access::reach_of(&mut tx, Some(order.by)).await?;
        let entry = (reason.as_str(), order.by, now);
        let freed =
            store::release(&mut tx, channel.id, (order.reference.as_str(), &reach), entry).await?;
        if freed == 0 {
            return Err(HoldError::NothingHeld);
        }
        let subject = format!("{} {} {freed} 笔", channel.name, order.reference);
        let act = Act::new(Action::ReleaseHold, Some(order.by), subject);
        access::mark(&mut tx, &act.with(json!({ "reason": reason })), now).await?;
        commit(tx).await?;
        Ok(freed)
    })
    .await
}

/// The bills of an account that are held at a moment.
///
/// # Errors
/// The database cannot answer.
pub async fn held(
    connection: &mut PgConnection,
    account: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Held>, sqlx::Error> {
    store::held(connection, account, now).await
}

impl From<sqlx::Error> for HoldError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("already_held", _)) => Self::AlreadyHeld,
            Some(("in_flight", items)) => match items.parse() {
                Ok(items) => Self::InFlight(items),
                Err(_) => Self::Database(error),
            },
            Some(("not_held", _)) => Self::NothingHeld,
            _ if lock_not_granted(&error) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}
