//! A payment in the list of a day, and everything that its slip shows.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use terms::{AccountId, FeeItem, Money, OutletId, PayMethod, PaymentId, TownId, UserId};

use super::super::issued::{IssuedLine, IssuedReceipt};

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
    /// What was received, by the way it came.
    pub sources: Vec<Source>,
    /// Numbers of its receipts, such as `4419231 00000012`.
    pub receipts: Vec<String>,
}

/// Money of a payment that came in one way, or goes back in it: cash less the change, or a card slip or cheque. 收款方式
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Which way.
    pub method: PayMethod,
    /// How much, yuan; negative in a reversal.
    pub amount: Money,
    /// The number of the slip or cheque.
    pub reference: Option<String>,
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
    /// Who took it back: of a reversal, and of a payment that was reversed.
    pub taken_back_by: Option<String>,
    /// Why, for a reversal.
    pub reason: Option<String>,
    /// Whose account.
    pub account: AccountId,
    /// Its number.
    pub account_no: String,
    /// Who paid for the account then.
    pub payer_name: String,
    /// Whose bills it settled, where they were of somebody before. 原缴费人
    pub former_payers: Vec<String>,
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
    /// What was received at the counter, by the way it came.
    pub sources: Vec<Source>,
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

impl PaymentSlip {
    /// True where it has to do with these fees alone, and with no purse, whose money is for all of them.
    pub fn is_within(&self, fees: &BTreeSet<FeeItem>) -> bool {
        let moves_purse = self.prepaid != Money::ZERO || self.prepaid_used != Money::ZERO;
        let is_whole = fees.len() == FeeItem::ALL.len();
        is_whole || (!moves_purse && self.lines.iter().all(|line| fees.contains(&line.fee_item)))
    }
}
