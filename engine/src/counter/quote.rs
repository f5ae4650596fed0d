//! What an account owes on a day, fee by fee. 欠费查询

use chrono::NaiveDate;
use sqlx::PgConnection;
use terms::AccountId;

use super::quoted::{LateFeeTerms, Quote, add_late_fees};
use super::store;
use crate::tariff::LateFeeRules;

/// Quotes what an account owes at a counter on `day`; none where there is no such account.
///
/// # Errors
/// The database cannot answer.
pub async fn quote(
    connection: &mut PgConnection,
    account: AccountId,
    day: NaiveDate,
) -> Result<Option<Quote>, sqlx::Error> {
    let Some(payer) = store::payer(connection, account).await? else {
        return Ok(None);
    };
    let rules = LateFeeRules::load(connection).await?;
    let mut charges =
        store::owed(connection, &[account]).await?.remove(&account).unwrap_or_default();
    let purse =
        store::purses(connection, &[account], day).await?.remove(&account).unwrap_or_default();
    add_late_fees(&mut charges, &LateFeeTerms::at_counter(&rules, day), &purse);
    Ok(Some(Quote::of(payer, day, charges, purse.balance())))
}
