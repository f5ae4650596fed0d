//! The families of receipts.

use serde::{Deserialize, Serialize};

use crate::closed_list;

/// A family of numbered receipts. 票据类型
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptType {
    /// Invoice of the water company. 水费发票
    WaterInvoice,
    /// Receipt for non-tax income of the treasury. 非税票据
    NonTax,
}

closed_list!(ReceiptType, "receipt type", {
    WaterInvoice = "water_invoice" "水费发票",
    NonTax = "nontax" "非税票据",
});
