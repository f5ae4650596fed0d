//! A channel's payment taken back: a returned debit, a refund, or money booked on the wrong account. 渠道冲正

use serde::Serialize;
use serde_json::json;
use sqlx::PgPool;
use terms::{Clock, Money, PaymentId, Reason, UserId, business_day};

use super::store;
use crate::access::{self, Act, Action};
use crate::counter::{Stands, locked_original, posted};
use crate::database::{broken_constraint, commit, lock_not_granted, undone, write};
use crate::room;

/// Takes a payment of a channel back.
#[derive(Debug, Clone)]
pub struct ReversePayment {
    /// The payment.
    pub payment: PaymentId,
    /// Why, for the books.
    pub reason: String,
    /// True where the money goes back through the channel; else it stays in suspense, to be posted anew.
    pub returned: bool,
    /// Who decides.
    pub by: UserId,
}

/// A reversal on the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Reversed {
    /// The reversal, itself a payment.
    pub payment: PaymentId,
    /// What it took back, yuan.
    pub amount: Money,
    /// The item whose money it was.
    pub item: i64,
}

/// Why a payment was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum ReverseError {
    /// No such payment, not one of a channel, or none that this person may see.
    #[error("缴费记录不存在，或不是渠道缴费")]
    Unknown,
    /// It must stand.
    #[error(transparent)]
    Stands(#[from] Stands),
    /// No reason, or a very long one.
    #[error("请填写冲正原因（200字以内）")]
    NoReason,
    /// Someone else works on the account.
    #[error("该用户正在办理其他业务，或账务正在核对，请稍候再试")]
    Busy,
    /// The database failed.
    #[error("{}", undone(.0, "本次冲正未入账"))]
    Database(#[source] sqlx::Error),
}

/// Takes a channel's payment back on the current business day: a mirror of it at the place of the
/// original, as the counter takes back its own. What it had settled is open again.
///
/// # Errors
/// See [`ReverseError`].
pub async fn reverse(
    pool: &PgPool,
    clock: &dyn Clock,
    order: ReversePayment,
) -> Result<Reversed, ReverseError> {
    let reason = Reason::of(&order.reason).ok_or(ReverseError::NoReason)?;
    let now = clock.now();
    room::ready(pool, now).await?;
    write(pool, move |mut tx| async move {
        let original = locked_original(&mut tx, order.payment).await?;
        let original = original.ok_or(ReverseError::Unknown)?;
        let item = original.item.ok_or(ReverseError::Unknown)?;
        let reach = access::reach_of(&mut tx, Some(order.by)).await?;
        if !reach.holds(Some(original.town), Some(original.outlet)) {
            return Err(ReverseError::Unknown);
        }
        original.may_go_back()?;
        let day = business_day(now);
        let payment = store::mirror(&mut tx, order.payment, reason.as_str(), day, now).await?;
        if order.returned {
            store::give_back(&mut tx, item, reason.as_str(), order.by, now).await?;
        }
        let act = Act::new(Action::ReverseChannel, Some(order.by), format!("缴费 {}", order.payment));
        let posted = posted(&mut tx, &[payment]).await?;
        let details = json!({ "reversal": payment, "amount": original.net, "reason": reason, "returned": order.returned, "posted": posted });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(Reversed { payment, amount: original.net, item })
    })
    .await
}

impl From<sqlx::Error> for ReverseError {
    fn from(error: sqlx::Error) -> Self {
        if lock_not_granted(&error) {
            return Self::Busy;
        }
        match broken_constraint(&error) {
            Some("payment_reversal_pkey") => Stands::AlreadyReversed.into(),
            _ => Self::Database(error),
        }
    }
}
