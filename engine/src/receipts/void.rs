//! A misprinted number. 作废

use serde_json::json;
use sqlx::PgPool;
use terms::{Clock, Reason};

use super::paper::Void;
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{broken_law, commit, undone, write};

/// Why a number was not voided.
#[derive(Debug, thiserror::Error)]
pub enum VoidError {
    /// No reason, or a very long one.
    #[error("请填写作废原因（200字以内）")]
    NoReason,
    /// Another number is next.
    #[error("只能作废号段中的下一号，请核对纸质票据上的号码")]
    NotNext,
    /// The database failed.
    #[error("{}", undone(.0, "作废未登记"))]
    Database(#[source] sqlx::Error),
}

/// Voids the next number of a cashier's paper: the pointer moves, and an event says why. It counts on the open day: once
/// today is closed, on tomorrow, whose sheet shows it.
///
/// # Errors
/// See [`VoidError`].
pub async fn void(pool: &PgPool, clock: &dyn Clock, order: Void) -> Result<(), VoidError> {
    Reason::of(&order.reason).ok_or(VoidError::NoReason)?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        if !store::void(&mut tx, &order, now).await? {
            return Err(VoidError::NotNext);
        }
        let subject = format!("{} {}", order.code, order.no);
        let act = Act::new(Action::VoidPaper, Some(order.holder), subject);
        access::mark(&mut tx, &act.with(json!({ "reason": order.reason.trim() })), now).await?;
        Ok(commit(tx).await?)
    })
    .await
}

impl From<sqlx::Error> for VoidError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("paper_not_next", _)) => Self::NotNext,
            _ => Self::Database(error),
        }
    }
}
