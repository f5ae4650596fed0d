//! Numbered paper comes into the store of an organisation. 入库

use serde_json::json;
use sqlx::PgPool;
use terms::Clock;

use super::paper::{Receive, numbers_in};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{broken_constraint, commit, undone, write};

/// More digits than any paper has.
const DIGITS_MAX: usize = 18;

/// Why paper was not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The range makes no sense.
    #[error(
        "号段有误：起止号须为同样位数的数字（不超过{DIGITS_MAX}位），起号大于零、不大于止号，票据代码不能为空"
    )]
    NotARange,
    /// Some of it came in before.
    #[error("该号段与已入库的号段重叠，请核对起止号")]
    Overlaps,
    /// No such organisation.
    #[error("入库机构不存在")]
    Unknown,
    /// The database failed.
    #[error("{}", undone(.0, "入库未登记"))]
    Database(#[source] sqlx::Error),
}

/// Takes a range of numbers into a store, and notes it; gives how many there are.
///
/// # Errors
/// See [`ReceiveError`].
pub async fn receive(
    pool: &PgPool,
    clock: &dyn Clock,
    order: Receive,
) -> Result<i64, ReceiveError> {
    let range = range_of(&order).ok_or(ReceiveError::NotARange)?;
    let numbers = numbers_in(&order.code, range).ok_or(ReceiveError::NotARange)?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        if !store::receive(&mut tx, &order, range, now).await? {
            return Err(ReceiveError::Unknown);
        }
        let Receive { receipt_type, code, first, last, store, by } = order;
        let act = Act::new(Action::ReceivePaper, Some(by), format!("{code} {first}–{last}"));
        let details = json!({ "receipt_type": receipt_type, "store": store });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(numbers)
    })
    .await
}

fn range_of(order: &Receive) -> Option<(i64, i64)> {
    let is_number = |no: &str| no.bytes().all(|b| b.is_ascii_digit()) && no.len() <= DIGITS_MAX;
    let fits = order.first.len() == order.last.len() && is_number(&order.first);
    Some((order.first.parse().ok()?, order.last.parse().ok()?)).filter(|_| fits)
}

impl From<sqlx::Error> for ReceiveError {
    fn from(error: sqlx::Error) -> Self {
        match broken_constraint(&error) {
            Some("stock_segment_receipt_type_code_int8range_excl") => Self::Overlaps,
            _ => Self::Database(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use terms::{OutletId, ReceiptType, UserId};

    use super::*;

    #[test]
    fn a_range_is_said_as_it_is_printed() {
        for (first, last, want) in [
            ("00000001", "00000100", Some((1, 100))),
            ("1", "100", None),
            ("0000000000000000001", "0000000000000000002", None),
            ("+1", "99", None),
            ("", "", None),
        ] {
            let order = Receive {
                receipt_type: ReceiptType::NonTax,
                code: "4419231".into(),
                first: first.into(),
                last: last.into(),
                store: OutletId(1),
                by: UserId(1),
            };
            assert_eq!(range_of(&order), want, "{first}-{last}");
        }
    }
}
