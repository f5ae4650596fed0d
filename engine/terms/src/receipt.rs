//! The families of receipts.

use crate::closed_list;

/// A family of numbered receipts. 票据类型
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptType {
    /// Invoice of the water company. 水费发票
    WaterInvoice,
    /// Receipt for non-tax income of the treasury. 非税票据
    NonTax,
    /// Receipt for money left with us, for bills to come. 预存收据
    Prepaid,
}

/// What a receipt is printed on or written in. 票据介质
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReceiptMedium {
    /// Numbered paper out of a store. 纸质
    Paper,
    /// A fiscal document of the treasury's platform, which numbers it. 电子
    Electronic,
    /// A value-added-tax invoice of the tax office's platform. 增值税
    Vat,
}

/// What happens to a range of paper. 票据流水
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaperEvent {
    /// Came into the store of an organisation. 入库
    Received,
    /// Went to the store of another. 领用
    Issued,
    /// Was handed to a cashier. 发放
    Leased,
    /// Was spoilt: one number, the next of its cashier. 作废
    Voided,
    /// Came back unused into a store. 退回
    Returned,
    /// Was shown to the finance bureau, used up and spoilt as it is. 核销
    WrittenOff,
}

/// What became of a number on a cashier's day. 日结票据
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaperFate {
    /// Handed to the cashier. 领用
    Received,
    /// Printed for a payment. 使用
    Used,
    /// Printed to take a receipt back. 红票
    Red,
    /// Misprinted. 作废
    Voided,
    /// Brought back unused. 退回
    Returned,
    /// Unused, in hand. 结存
    Left,
}

closed_list!(ReceiptMedium, "receipt medium", {
    Paper = "paper" "纸质票据",
    Electronic = "electronic" "电子票据",
    Vat = "vat" "增值税票",
});

closed_list!(ReceiptType, "receipt type", {
    WaterInvoice = "water_invoice" "水费发票",
    NonTax = "nontax" "非税票据",
    Prepaid = "prepaid" "预存收据",
});

closed_list!(PaperEvent, "paper event", {
    Received = "received" "入库",
    Issued = "issued" "领用",
    Leased = "leased" "发放",
    Voided = "voided" "作废",
    Returned = "returned" "退回",
    WrittenOff = "written_off" "核销",
});

closed_list!(PaperFate, "paper fate", {
    Received = "received" "领用",
    Used = "used" "使用",
    Red = "red" "红票",
    Voided = "voided" "作废",
    Returned = "returned" "退回",
    Left = "left" "结存",
});
