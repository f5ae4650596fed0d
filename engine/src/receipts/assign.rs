//! The next number of a cashier's paper.

use std::collections::VecDeque;

use sqlx::PgConnection;
use terms::{OutletId, ReceiptType, UserId};

use super::paper::Number;
use super::store;

/// Why no number was assigned.
#[derive(Debug, thiserror::Error)]
pub enum AssignError {
    /// The cashier has no paper of this family left at the outlet.
    #[error("{}已用完，请先领用新的号段", .0.label())]
    OutOfStock(ReceiptType),
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[from] sqlx::Error),
}

/// The next numbers of each family that a cashier holds at an outlet, in the order asked, locked until the caller's
/// transaction ends. Whoever records a receipt under a number has taken it, in the order given. The oldest lease is used
/// up first.
///
/// # Errors
/// [`AssignError::OutOfStock`] where a family has no number left.
pub async fn assign(
    connection: &mut PgConnection,
    (holder, outlet): (UserId, OutletId),
    families: &[ReceiptType],
) -> Result<Vec<Number>, AssignError> {
    if families.is_empty() {
        return Ok(Vec::new());
    }
    let mut next =
        VecDeque::from(store::next_papers(connection, (holder, outlet), families).await?);
    let mut numbers = Vec::with_capacity(families.len());
    for &family in families {
        let at = next.iter().position(|number| number.receipt_type == family);
        let number = at.and_then(|at| next.remove(at));
        numbers.push(number.ok_or(AssignError::OutOfStock(family))?);
    }
    Ok(numbers)
}
