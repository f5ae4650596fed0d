//! 用户档案: everything that the register says of one account today.

use std::collections::HashMap;

use sqlx::PgConnection;
use terms::AccountId;

use super::account::{AccountCard, AccountFile, Arrears};
use super::account_card;
use super::store::files;
use crate::access::Shown;

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

/// What accounts owe of the fees that somebody sees; those that owe nothing of them are not in it.
///
/// # Errors
/// The database fails.
pub async fn arrears(
    connection: &mut PgConnection,
    cards: &[AccountCard],
    shown: &Shown,
) -> Result<HashMap<AccountId, Arrears>, sqlx::Error> {
    files::arrears(connection, cards, shown).await
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
