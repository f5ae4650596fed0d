//! What paper a cashier has left.

use serde::Serialize;
use sqlx::PgConnection;
use terms::{ReceiptType, UserId};

use super::store;

/// A range of numbers in a cashier's hands. 号段
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stock {
    /// Id of the range.
    pub segment: i32,
    /// Family of paper.
    pub receipt_type: ReceiptType,
    /// Code of the series.
    pub code: String,
    /// First number leased.
    pub first_no: i64,
    /// Last number leased.
    pub last_no: i64,
    /// The number to be used next, as it is printed.
    pub next: String,
    /// Numbers left.
    pub remaining: i64,
}

/// The ranges of a cashier that are not used up, in the order in which they will be used.
///
/// # Errors
/// The database cannot answer.
pub async fn stock(conn: &mut PgConnection, holder: UserId) -> Result<Vec<Stock>, sqlx::Error> {
    store::stock(conn, holder).await
}
