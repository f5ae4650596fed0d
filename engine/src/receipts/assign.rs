//! The next number of a cashier's paper.

use sqlx::PgConnection;
use terms::{ReceiptType, UserId};

use super::store;

/// A number that a paper is printed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Its family.
    pub receipt_type: ReceiptType,
    /// Code of the series. 票据代码
    pub code: String,
    /// Number in the series. 票据号码
    pub no: i64,
}

/// Why no number was assigned.
#[derive(Debug, thiserror::Error)]
pub enum AssignError {
    /// The cashier has no paper of this family left.
    #[error("{}已用完，请先领用新的号段", .0.label())]
    OutOfStock(ReceiptType),
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[from] sqlx::Error),
}

/// Takes the next number of each family, in the order asked, within the caller's transaction: a
/// rollback gives them back. The oldest lease is used up first.
///
/// # Errors
/// [`AssignError::OutOfStock`] where a family has no number left.
pub async fn assign(
    conn: &mut PgConnection,
    holder: UserId,
    families: &[ReceiptType],
) -> Result<Vec<Number>, AssignError> {
    if families.is_empty() {
        return Ok(Vec::new());
    }
    let mut taken = store::take_next(conn, holder, families).await?;
    let mut numbers = Vec::with_capacity(families.len());
    for &family in families {
        let at = taken
            .iter()
            .position(|number| number.receipt_type == family)
            .ok_or(AssignError::OutOfStock(family))?;
        numbers.push(taken.swap_remove(at));
    }
    Ok(numbers)
}
