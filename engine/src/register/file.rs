//! 用户档案: everything that the register says of one account today.

use sqlx::PgConnection;
use terms::AccountId;

use super::account::AccountFile;
use super::account_card;
use super::store::files;

/// What the register says of an account; None if there is none with this id.
///
/// # Errors
/// The database fails.
pub async fn account_file(
    connection: &mut PgConnection,
    id: AccountId,
) -> Result<Option<AccountFile>, sqlx::Error> {
    let Some(card) = account_card(&mut *connection, id).await? else { return Ok(None) };
    let meters = files::meters(&mut *connection, id).await?;
    files::file(connection, card, meters).await.map(Some)
}

/// The account of a number.
///
/// # Errors
/// The database fails.
pub async fn account_numbered(
    connection: &mut PgConnection,
    no: &str,
) -> Result<Option<AccountId>, sqlx::Error> {
    files::numbered(connection, no).await
}
