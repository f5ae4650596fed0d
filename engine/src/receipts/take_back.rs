//! Unused paper that comes back into the store. 退回

use serde_json::json;
use sqlx::PgPool;
use terms::Clock;

use super::paper::{TakeBack, numbers_in};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{broken_law, commit, undone, write};

/// Why paper was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum TakeBackError {
    /// The range makes no sense.
    #[error("号段有误：起号须大于零、不大于止号，票据代码不能为空")]
    NotARange,
    /// The cashier has not all of it, some of it is used, or it is of an outlet that whoever takes it back does not work for.
    #[error("该号段不全在领用人手中，或其中已有号码使用，请核对票据代码和起止号")]
    NotInHand,
    /// The database failed.
    #[error("{}", undone(.0, "退回未登记"))]
    Database(#[source] sqlx::Error),
}

/// Takes unused numbers of a cashier back into the store of the outlet at which they were handed out, and notes it; gives
/// how many. On the sheet they stand under the cashier's open day.
///
/// # Errors
/// See [`TakeBackError`].
pub async fn take_back(
    pool: &PgPool,
    clock: &dyn Clock,
    order: TakeBack,
) -> Result<i64, TakeBackError> {
    let range = (order.first_no, order.last_no);
    let numbers = numbers_in(&order.code, range).ok_or(TakeBackError::NotARange)?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        if !store::take_back(&mut tx, &order, now).await? {
            return Err(TakeBackError::NotInHand);
        }
        let TakeBack { receipt_type, code, first_no, last_no, holder, by } = order;
        let act = Act::new(Action::ReturnPaper, Some(by), format!("{code} {first_no}–{last_no}"));
        let details = json!({ "receipt_type": receipt_type, "holder": holder });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(numbers)
    })
    .await
}

impl From<sqlx::Error> for TakeBackError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("paper_not_there", _)) => Self::NotInHand,
            _ => Self::Database(error),
        }
    }
}
