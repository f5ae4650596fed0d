//! A range of numbers handed to a cashier. 领用

use serde_json::json;
use sqlx::PgPool;
use terms::Clock;

use super::paper::{Lease, Leased, RANGE_MAX, numbers_in};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{broken_law, commit, undone, write};

/// Why a range was not leased.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// The range makes no sense.
    #[error("号段有误：起号须大于零、不大于止号，且一次不超过{RANGE_MAX}份，票据代码不能为空")]
    NotARange,
    /// It is not in the store, or not all of it.
    #[error("该号段未入库，或其中已有号码领出，请核对票据代码和起止号")]
    NotInStore,
    /// No such outlet or cashier, or none that whoever hands it out works for.
    #[error("网点或领用人不存在")]
    Unknown,
    /// The database failed.
    #[error("{}", undone(.0, "领用未登记"))]
    Database(#[source] sqlx::Error),
}

/// Hands a range of numbers to a cashier, and notes it.
///
/// # Errors
/// See [`LeaseError`].
pub async fn lease(pool: &PgPool, clock: &dyn Clock, order: Lease) -> Result<Leased, LeaseError> {
    let numbers = numbers_of(&order).ok_or(LeaseError::NotARange)?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let segment = store::lease(&mut tx, &order, now).await?.ok_or(LeaseError::Unknown)?;
        let act = Act::new(Action::LeasePaper, Some(order.by), format!("号段 {segment}"));
        let details = json!({
            "receipt_type": order.receipt_type, "code": order.code, "first_no": order.first_no,
            "last_no": order.last_no, "holder": order.holder,
        });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(Leased { segment, numbers })
    })
    .await
}

fn numbers_of(order: &Lease) -> Option<i64> {
    numbers_in(&order.code, (order.first_no, order.last_no))
}

impl From<sqlx::Error> for LeaseError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("paper_not_there", _)) => Self::NotInStore,
            _ => Self::Database(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use terms::{OutletId, ReceiptType, UserId};

    use super::*;

    #[test]
    fn a_range_has_a_first_and_a_last_number() {
        for (first_no, last_no, code, want) in [
            (1, 100, "4419231", Some(100)),
            (7, 7, "4419231", Some(1)),
            (0, 5, "4419231", None),
            (5, 4, "4419231", None),
            (1, 100_001, "4419231", None),
            (1, i64::MAX, "4419231", None),
            (i64::MIN, 1, "4419231", None),
            (1, 2, " ", None),
        ] {
            let order = Lease {
                receipt_type: ReceiptType::NonTax,
                code: code.into(),
                first_no,
                last_no,
                outlet: OutletId(1),
                holder: UserId(1),
                by: UserId(1),
            };
            assert_eq!(numbers_of(&order), want, "{first_no}-{last_no}");
        }
    }
}
