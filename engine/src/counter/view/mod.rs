//! A cashier's payments of a day, and the slip of one payment for screen and print.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use terms::{AccountId, Money, OutletId, PayMethod, PaymentId, UserId};

use super::collect::{IssuedLine, IssuedReceipt};

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
    /// Where the payment counts.
    pub outlet: OutletId,
    /// Name of the outlet.
    pub outlet_name: String,
    /// Who took it; none for a channel.
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
    cashier: UserId,
    day: NaiveDate,
) -> Result<Vec<PaymentSummary>, sqlx::Error> {
    store::recent(conn, cashier, day).await
}

/// The slip of a payment; none where there is no such payment.
///
/// # Errors
/// The database cannot answer.
pub async fn receipt_view(
    conn: &mut PgConnection,
    payment: PaymentId,
) -> Result<Option<PaymentSlip>, sqlx::Error> {
    let Some(mut slip) = store::slip(conn, payment).await? else {
        return Ok(None);
    };
    slip.lines = store::settled_fees(conn, payment).await?;
    slip.receipts = receipts_of(conn, payment).await?;
    Ok(Some(slip))
}
