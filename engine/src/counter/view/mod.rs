//! A cashier's payments of a day, and the slip of one payment for screen and print.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use terms::{AccountId, Money, OutletId, PayMethod, PaymentId, TownId, UserId};

use super::issued::{IssuedLine, IssuedReceipt};
use super::standing::Stands;
use super::store::original;
use crate::access::Reach;

mod store;

pub(super) use store::receipts_of;

/// A payment or reversal in the list of the counter page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaymentSummary {
    /// The payment.
    pub payment: PaymentId,
    /// True for a reversal.
    pub is_reversal: bool,
    /// True where it was taken back.
    pub reversed: bool,
    /// Whose account.
    pub account: AccountId,
    /// Its number.
    pub account_no: String,
    /// Who paid.
    pub payer_name: String,
    /// How.
    pub method: PayMethod,
    /// When.
    pub posted_at: DateTime<Utc>,
    /// Received less change, yuan; negative for a reversal.
    pub net: Money,
    /// Late fee within it, yuan.
    pub late_fee: Money,
    /// Paid out of the purse besides, yuan; negative for a reversal.
    pub prepaid_used: Money,
    /// Numbers of its receipts, such as `4419231 00000012`.
    pub receipts: Vec<String>,
}

/// Everything that the slip of a payment shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PaymentSlip {
    /// The payment.
    pub payment: PaymentId,
    /// True for a reversal.
    pub is_reversal: bool,
    /// The payment that this reversal takes back.
    pub reverses: Option<PaymentId>,
    /// The reversal that took this payment back.
    pub reversed_by: Option<PaymentId>,
    /// Why, for a reversal.
    pub reason: Option<String>,
    /// Whose account.
    pub account: AccountId,
    /// Its number.
    pub account_no: String,
    /// Who paid.
    pub payer_name: String,
    /// Where the water is used.
    pub address: String,
    /// The town in which it counts.
    pub town: TownId,
    /// Where it was taken.
    pub outlet: OutletId,
    /// Name of the outlet.
    pub outlet_name: String,
    /// True for money of a channel.
    pub of_channel: bool,
    /// Who took it; none for a channel and for a purse that pays by itself.
    pub cashier: Option<UserId>,
    /// Name of the cashier.
    pub cashier_name: Option<String>,
    /// How.
    pub method: PayMethod,
    /// Reference of the channel, card slip or cheque.
    pub reference: Option<String>,
    /// Business day.
    pub account_date: NaiveDate,
    /// When.
    pub posted_at: DateTime<Utc>,
    /// Handed over, yuan.
    pub received: Money,
    /// Handed back, yuan.
    pub change_given: Money,
    /// The difference, yuan.
    pub net: Money,
    /// Late fees within it, yuan.
    pub late_fee: Money,
    /// Paid out of the purse besides, yuan.
    pub prepaid_used: Money,
    /// Kept as prepaid money, yuan.
    pub prepaid: Money,
    /// What it settled, one line for each fee of each month.
    pub lines: Vec<IssuedLine>,
    /// Its paper.
    pub receipts: Vec<IssuedReceipt>,
}

/// The payments and reversals of a cashier's day, newest first.
///
/// # Errors
/// The database cannot answer.
pub async fn recent(
    conn: &mut PgConnection,
    at: (UserId, OutletId),
    day: NaiveDate,
) -> Result<Vec<PaymentSummary>, sqlx::Error> {
    store::recent(conn, at, day, None).await
}

/// The newest of them.
///
/// # Errors
/// The database cannot answer.
pub async fn latest(
    conn: &mut PgConnection,
    at: (UserId, OutletId),
    day: NaiveDate,
) -> Result<Option<PaymentSummary>, sqlx::Error> {
    Ok(store::recent(conn, at, day, Some(1)).await?.pop())
}

/// The newest payments and reversals of an account by its number that somebody sees, at most `limit`, without lines and
/// paper.
///
/// # Errors
/// The database cannot answer.
pub async fn payments_of(
    conn: &mut PgConnection,
    account_no: &str,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<PaymentSlip>, sqlx::Error> {
    let payments = store::of_account(conn, account_no, (reach, limit)).await?;
    store::slips(conn, &payments).await
}

/// The payments and reversals that a number of paper was given to and that somebody sees, the newest first, without
/// lines and paper. The number is written as on the paper, behind its code where that is known: `4419261 00000123`.
///
/// # Errors
/// The database cannot answer.
pub async fn payments_by_paper(
    conn: &mut PgConnection,
    written: &str,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<PaymentSlip>, sqlx::Error> {
    let (code, no) = written.trim().rsplit_once(' ').unwrap_or(("", written.trim()));
    let is_number = !no.is_empty() && no.bytes().all(|b| b.is_ascii_digit());
    let Some(number) = no.parse().ok().filter(|_| is_number) else { return Ok(Vec::new()) };
    let payments = store::of_paper(conn, (code.trim(), number), (reach, limit)).await?;
    store::slips(conn, &payments).await
}

/// Why a payment must stand as the books are now; none where it may be taken back, or is unknown.
///
/// # Errors
/// The database cannot answer.
pub async fn stands(
    conn: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<Stands>, sqlx::Error> {
    let original = original(conn, payment).await?;
    Ok(original.and_then(|original| original.may_go_back().err()))
}

/// The slip of a payment; none where there is no such payment.
///
/// # Errors
/// The database cannot answer.
pub async fn receipt_view(
    conn: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<PaymentSlip>, sqlx::Error> {
    let Some(mut slip) = store::slips(conn, &[payment]).await?.pop() else {
        return Ok(None);
    };
    slip.lines = store::settled_fees(conn, payment).await?;
    slip.receipts = receipts_of(conn, payment).await?;
    Ok(Some(slip))
}
