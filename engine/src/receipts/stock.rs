//! What paper a cashier has left.

use sqlx::PgConnection;
use terms::{OutletId, UserId};

use super::paper::Stock;
use super::store;

/// The ranges of a cashier at an outlet that are not used up, in the order in which they will be used: who stands in
/// elsewhere leaves the own outlet's paper there.
///
/// # Errors
/// The database cannot answer.
pub async fn stock(
    connection: &mut PgConnection,
    holder: UserId,
    outlet: OutletId,
) -> Result<Vec<Stock>, sqlx::Error> {
    store::stock(connection, holder, outlet).await
}
