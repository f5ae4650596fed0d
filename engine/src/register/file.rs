//! 用户档案: everything that the register says of one account today.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::PgConnection;
use terms::{AccountId, Volume};

use super::store::files;
use super::{AccountCard, AccountState, PointKind, account_card};

/// An account with all that it is charged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountFile {
    /// What the counter shows of it.
    pub card: AccountCard,
    /// What it is charged as today.
    pub state: AccountState,
    /// 供水单位, by its name.
    pub supplier_name: String,
    /// 用水点类型.
    pub point: PointKind,
    /// 开户日期.
    pub opened_on: NaiveDate,
    /// Whether 证件号码 of the payer is known; the number itself is shown to nobody.
    pub has_document: bool,
    /// How many accounts the payer pays for.
    pub accounts_of_payer: i64,
    /// Its meters, the one at work first.
    pub meters: Vec<FiledMeter>,
}

/// A meter of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FiledMeter {
    /// 表身码.
    pub serial_no: String,
    /// 水表口径 in mm.
    pub caliber_mm: i32,
    /// 量程.
    pub max_range: Volume,
    /// 底度.
    pub start_index: Volume,
    /// 装表日期.
    pub installed_on: NaiveDate,
    /// 拆表日期; None while it is at work.
    pub removed_on: Option<NaiveDate>,
}

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
