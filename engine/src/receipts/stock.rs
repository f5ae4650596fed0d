//! What paper a cashier has left.

use sqlx::PgConnection;
use terms::UserId;

use super::paper::Stock;
use super::store;

/// The ranges of a cashier that are not used up, in the order in which they will be used.
///
/// # Errors
/// The database cannot answer.
pub async fn stock(
    connection: &mut PgConnection,
    holder: UserId,
) -> Result<Vec<Stock>, sqlx::Error> {
    store::stock(connection, holder).await
}
