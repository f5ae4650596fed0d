//! The word of a second person, without which no cashier takes a payment back. 冲正核准

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, Money, PaymentId, Reason, UserId};

use super::store;
use crate::access::{self, Act, Action};
use crate::database::{broken_constraint, broken_law, commit, undone, write};

/// What a supervisor says yes to.
#[derive(Debug, Clone)]
pub struct Approve {
    /// The payment to take back.
    pub payment: PaymentId,
    /// The cashier who will take it back.
    pub cashier: UserId,
    /// Who says yes: somebody else.
    pub by: UserId,
    /// Why.
    pub reason: String,
}

/// An approval on the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Which payment.
    pub payment: PaymentId,
    /// What it was about, yuan.
    pub net: Money,
    /// The cashier's name.
    pub cashier_name: String,
    /// Why.
    pub reason: String,
    /// When it was given; it holds on this day.
    pub approved_at: DateTime<Utc>,
    /// True where the payment was taken back on the strength of it.
    pub used: bool,
}

/// Why a reversal was not approved.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    /// No such payment, or not one that the supervisor answers for.
    #[error("没有这笔缴费，或不属于您负责的网点")]
    Unknown,
    /// A cashier cannot be the second person.
    #[error("不能核准自己提交的冲正，请由另一人核准")]
    Yourself,
    /// No reason, or a very long one.
    #[error("请填写核准原因（200字以内）")]
    NoReason,
    /// Who asks may not.
    #[error("您的角色没有这项权限")]
    NotAllowed,
    /// The database failed.
    #[error("{}", undone(.0, "核准未登记"))]
    Database(#[source] sqlx::Error),
}

/// Approves that a cashier takes a payment back today, once.
///
/// # Errors
/// See [`ApproveError`].
pub async fn approve(pool: &PgPool, clock: &dyn Clock, order: Approve) -> Result<(), ApproveError> {
    Reason::of(&order.reason).ok_or(ApproveError::NoReason)?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        if !store::approve(&mut tx, &order, now).await? {
            return Err(ApproveError::Unknown);
        }
        let act =
            Act::new(Action::ApproveReversal, Some(order.by), format!("缴费 {}", order.payment));
        let details = json!({ "cashier": order.cashier, "reason": order.reason.trim() });
        access::mark(&mut tx, &act.with(details), now).await?;
        Ok(commit(tx).await?)
    })
    .await
}

/// What a supervisor approved lately, the newest first.
///
/// # Errors
/// The database cannot answer.
pub async fn approvals(conn: &mut PgConnection, by: UserId) -> Result<Vec<Approval>, sqlx::Error> {
    store::approvals(conn, by).await
}

impl From<sqlx::Error> for ApproveError {
    fn from(error: sqlx::Error) -> Self {
        match broken_constraint(&error) {
            Some("reversal_approval_check") => Self::Yourself,
            Some("operation_log_may") => Self::NotAllowed,
            _ => match broken_law(&error) {
                Some(("approver_elsewhere", _)) => Self::Unknown,
                _ => Self::Database(error),
            },
        }
    }
}
