//! A cashier's payments of a day, and the slip of one payment for screen and print.

use chrono::NaiveDate;
use sqlx::PgConnection;
use terms::{OutletId, PaymentId, UserId};

use super::apart::shown;
use super::standing::Stands;
use super::store::{original, receipts_of};
use crate::access::Reach;

mod slip;
mod store;

pub use slip::{PaymentSlip, PaymentSummary, Source};

/// The payments and reversals of a cashier's day, newest first.
///
/// # Errors
/// The database cannot answer.
pub async fn recent(
    connection: &mut PgConnection,
    at: (UserId, OutletId),
    day: NaiveDate,
) -> Result<Vec<PaymentSummary>, sqlx::Error> {
    store::recent(connection, at, day, None).await
}

/// The newest of them.
///
/// # Errors
/// The database cannot answer.
pub async fn latest(
    connection: &mut PgConnection,
    at: (UserId, OutletId),
    day: NaiveDate,
) -> Result<Option<PaymentSummary>, sqlx::Error> {
    Ok(store::recent(connection, at, day, Some(1)).await?.pop())
}

/// The newest payments and reversals of an account by its number that somebody sees, at most `limit`, without lines and
/// paper.
///
/// # Errors
/// The database cannot answer.
pub async fn payments_of(
    connection: &mut PgConnection,
    account_no: &str,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<PaymentSlip>, sqlx::Error> {
    let shown = shown(connection, reach).await?;
    let payments = store::of_account(connection, account_no, (reach, &shown, limit)).await?;
    store::slips(connection, &payments).await
}

/// The payments and reversals that a number of paper was given to and that somebody sees, the newest first, without
/// lines and paper. The number is written as on the paper, behind its code where that is known: `4419261 00000123`.
///
/// # Errors
/// The database cannot answer.
pub async fn payments_by_paper(
    connection: &mut PgConnection,
    written: &str,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<PaymentSlip>, sqlx::Error> {
    let (code, no) = written.trim().rsplit_once(' ').unwrap_or(("", written.trim()));
    let is_number = !no.is_empty() && no.bytes().all(|b| b.is_ascii_digit());
    let Some(number) = no.parse().ok().filter(|_| is_number) else { return Ok(Vec::new()) };
    let shown = shown(connection, reach).await?;
    let paper = (code.trim(), number);
    let payments = store::of_paper(connection, paper, (reach, &shown, limit)).await?;
    store::slips(connection, &payments).await
}

/// Why a payment must stand as the books are now; none where it may be taken back, or is unknown.
///
/// # Errors
/// The database cannot answer.
pub async fn stands(
    connection: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<Stands>, sqlx::Error> {
    let original = original(connection, payment).await?;
    Ok(original.and_then(|original| original.may_go_back().err()))
}

/// The slip of a payment; none where there is no such payment.
///
/// # Errors
/// The database cannot answer.
pub async fn receipt_view(
    connection: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<PaymentSlip>, sqlx::Error> {
    let Some(mut slip) = store::slips(connection, &[payment]).await?.pop() else {
        return Ok(None);
    };
    slip.lines = store::settled_fees(connection, payment).await?;
    slip.receipts = receipts_of(connection, payment).await?;
    Ok(Some(slip))
}
