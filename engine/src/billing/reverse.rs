//! 应收冲正: a charge taken back, by a mirror of it in the month of the books in which that is done.
//!
//! Its readings and months are free again: the next bill run of its month charges them anew, and that charge names the
//! reversal. What was paid on it is taken back first. Who may do it: [`super::consent`].

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{ChargeId, Reason};

use super::sheet::{ChargeSheet, ReverseChargeError, ReversedCharge};
use super::store;
use crate::access::Reach;

/// One charge, or none where there is no such one.
///
/// # Errors
/// The database fails.
pub async fn charge_sheet(
    connection: &mut PgConnection,
    charge: ChargeId,
) -> Result<Option<ChargeSheet>, sqlx::Error> {
    Ok(store::sheets(connection, &[charge]).await?.pop())
}

/// The newest charges of an account by its number that somebody sees, at most `limit`, the newest first.
///
/// # Errors
/// The database fails.
pub async fn charges_of(
    connection: &mut PgConnection,
    account_no: &str,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<ChargeSheet>, sqlx::Error> {
    let charges = store::charges_of(&mut *connection, account_no, (reach, limit)).await?;
    store::sheets(connection, &charges).await
}

/// Takes a charge back whose account is locked.
pub(super) async fn post(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    charge: ChargeId,
    reason: &Reason,
) -> Result<ReversedCharge, ReverseChargeError> {
    let sheet = charge_sheet(&mut *connection, charge).await?;
    let sheet = sheet.ok_or(ReverseChargeError::Unknown)?;
    sheet.may_be_reversed()?;
    let (reversal, period) = store::mirror(connection, charge, reason, now).await?;
    Ok(ReversedCharge { reversal, period, amount: sheet.total })
}
