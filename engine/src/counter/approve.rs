//! The word of a second person: yes or no to what a cashier has asked. 冲正核准

use chrono::NaiveDate;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, Reason, UserId};

use super::asked::{AnswerRequest, Request};
use super::store;
use crate::access::{self, Act, Action, Reach};
use crate::database::{broken_constraint, broken_law, commit, undone, write};

/// Why a request was not answered.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// No such request, or not one that the supervisor answers for.
    #[error("没有这项申请，或不属于您负责的网点")]
    Unknown,
    /// A cashier cannot be the second person.
    #[error("不能核准自己提交的冲正，请由另一人核准")]
    Yourself,
    /// Who took the money has an interest in it.
    #[error("该笔缴费由您收取，请由另一人核准")]
    OwnPayment,
    /// A no without a reason, or a very long one.
    #[error("请填写不予核准的原因（200字以内）")]
    NoReason,
    /// Somebody has answered meanwhile.
    #[error("该项申请已有答复")]
    Answered,
    /// The day is over.
    #[error("该项申请已过当日，请收费员重新申请")]
    Expired,
    /// Who answers may not.
    #[error("您的角色没有这项权限")]
    NotAllowed,
    /// The database failed.
    #[error("{}", undone(.0, "核准未登记"))]
    Database(#[source] sqlx::Error),
}

/// Says yes or no to a request, once and on its day.
///
/// # Errors
/// See [`AnswerError`].
pub async fn answer_request(
    pool: &PgPool,
    clock: &dyn Clock,
    order: AnswerRequest,
) -> Result<(), AnswerError> {
    if !(order.approved && order.reason.trim().is_empty()) {
        Reason::of(&order.reason).ok_or(AnswerError::NoReason)?;
    }
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let asked = request_named(&mut tx, order.request).await?.ok_or(AnswerError::Unknown)?;
        store::answer(&mut tx, &order, now).await?;
        let subject = format!("缴费 {}", asked.payment);
        let act = Act::new(Action::ApproveReversal, Some(order.by), subject);
        let details = json!({
            "request": asked.id, "cashier": asked.asked_by, "approved": order.approved, "reason": order.reason.trim(),
        });
        access::mark(&mut tx, &act.with(details), now).await?;
        Ok(commit(tx).await?)
    })
    .await
}

/// What waits for an answer of somebody on a day and is not taken back yet, the newest first.
///
/// # Errors
/// The database cannot answer.
pub async fn requests_waiting(
    connection: &mut PgConnection,
    reach: &Reach,
    day: NaiveDate,
) -> Result<Vec<Request>, sqlx::Error> {
    store::requests_waiting(connection, reach, day).await
}

/// What a supervisor answered lately, the newest first.
///
/// # Errors
/// The database cannot answer.
pub async fn requests_answered(
    connection: &mut PgConnection,
    by: UserId,
) -> Result<Vec<Request>, sqlx::Error> {
    store::requests_answered(connection, by).await
}

/// A request.
///
/// # Errors
/// The database cannot answer.
pub async fn request_named(
    connection: &mut PgConnection,
    id: i64,
) -> Result<Option<Request>, sqlx::Error> {
    Ok(store::requests(connection, &[id]).await?.pop())
}

impl From<sqlx::Error> for AnswerError {
    fn from(error: sqlx::Error) -> Self {
        match broken_constraint(&error) {
            Some("reversal_answer_pkey") => Self::Answered,
            Some("operation_log_may") => Self::NotAllowed,
            _ => match broken_law(&error) {
                Some(("own_request", _)) => Self::Yourself,
                Some(("own_payment", _)) => Self::OwnPayment,
                Some(("answer_elsewhere", _)) => Self::Unknown,
                Some(("request_expired", _)) => Self::Expired,
                _ => Self::Database(error),
            },
        }
    }
}
