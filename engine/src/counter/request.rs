//! A cashier asks for the word of a second person, without which nothing goes back out of a till. 冲正申请

use chrono::NaiveDate;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, PaymentId, UserId, business_day};

use super::asked::{Request, RequestReversal};
use super::entry::Original;
use super::reversal::ReverseError;
use super::reverse::may_reverse;
use super::store;
use crate::access::{self, Act, Action, is_refused};
use crate::database::{broken_law, commit, lock_not_granted, undone, write};

/// Why a request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// What is asked for would be refused.
    #[error(transparent)]
    Refused(ReverseError),
    /// Nobody need say yes: no money goes out of a till.
    #[error("该笔不涉及柜台资金，无须核准，可直接冲正")]
    NotNeeded,
    /// The same was asked today.
    #[error("该笔冲正今日已申请，请等待核准，或按核准结果办理")]
    AlreadyAsked,
    /// Who asks may not.
    #[error("您的角色没有这项权限")]
    NotAllowed,
    /// The database failed.
    #[error("{}", undone(.0, "申请未登记"))]
    Database(#[source] sqlx::Error),
}

/// Asks that a payment may be taken back today; gives the id of the request.
///
/// # Errors
/// See [`RequestError`].
pub async fn request_reversal(
    pool: &PgPool,
    clock: &dyn Clock,
    order: RequestReversal,
) -> Result<i64, RequestError> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let original = store::locked_original(&mut tx, order.payment).await?;
        let original = original.ok_or(ReverseError::Unknown)?;
        may_be_asked(&original, &order)?;
        let day = business_day(now);
        let id = store::request(&mut tx, &order, &original, (day, now)).await?;
        let subject = format!("缴费 {}", order.payment);
        let act = Act::new(Action::RequestReversal, Some(order.cashier), subject);
        let details = json!({ "request": id, "net": original.net, "reason": order.reason.trim() });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(id)
    })
    .await
}

fn may_be_asked(original: &Original, order: &RequestReversal) -> Result<(), RequestError> {
    may_reverse(original, order.outlet, &order.reason)?;
    if original.has_cashier { Ok(()) } else { Err(RequestError::NotNeeded) }
}

/// What a cashier asked on a day, the newest first.
///
/// # Errors
/// The database cannot answer.
pub async fn requests_by(
    connection: &mut PgConnection,
    cashier: UserId,
    day: NaiveDate,
) -> Result<Vec<Request>, sqlx::Error> {
    store::requests_by(connection, cashier, day).await
}

/// How the newest request stands that a cashier made for a payment on a day.
///
/// # Errors
/// The database cannot answer.
pub async fn request_for(
    connection: &mut PgConnection,
    payment: PaymentId,
    cashier: UserId,
    day: NaiveDate,
) -> Result<Option<Request>, sqlx::Error> {
    let all = store::requests_by(connection, cashier, day).await?;
    Ok(all.into_iter().find(|request| request.payment == payment))
}

impl From<ReverseError> for RequestError {
    fn from(error: ReverseError) -> Self {
        Self::Refused(error)
    }
}

impl From<sqlx::Error> for RequestError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("already_asked", _)) => Self::AlreadyAsked,
            Some(("request_elsewhere", _)) => Self::Refused(ReverseError::OtherOutlet),
            Some(("day_closed", _)) => Self::Refused(ReverseError::DayClosed),
            _ if is_refused(&error) => Self::NotAllowed,
            _ if lock_not_granted(&error) => Self::Refused(ReverseError::Busy),
            _ => Self::Database(error),
        }
    }
}
