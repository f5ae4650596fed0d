//! A receipt as it is printed, with its lines.

use serde::Serialize;
use terms::{BillPeriod, FeeItem, Money, ReceiptId, ReceiptType};

/// A numbered receipt, as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IssuedReceipt {
    /// The receipt.
    pub id: ReceiptId,
    /// Its family.
    pub receipt_type: ReceiptType,
    /// Code of the series. 票据代码
    pub code: String,
    /// Number in the series as it is printed; empty until it has one. 票据号码
    pub no: String,
    /// True for what takes another receipt back. 红票
    pub is_red: bool,
    /// Code and number of the blue receipt that it takes back. 对应蓝字票据
    pub takes_back: Option<String>,
    /// Sum, late fees included, yuan; negative on red paper.
    pub amount: Money,
    /// The sum in capital characters. 大写
    pub in_capitals: String,
    /// One line for each fee of each month.
    pub lines: Vec<IssuedLine>,
    /// Whom it is made out to, where another paid for the account when it was issued. 原缴费人
    pub former_payer: Option<String>,
}

/// A line on a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct IssuedLine {
    /// Month of the charge.
    pub period: BillPeriod,
    /// Which fee.
    pub fee_item: FeeItem,
    /// Principal, yuan.
    pub amount: Money,
    /// Late fee, yuan.
    pub late_fee: Money,
}
