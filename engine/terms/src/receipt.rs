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
    /// Receipt for money left with us, for bills to come. 预存收据
    Prepaid,
}

closed_list!(ReceiptType, "receipt type", {
    WaterInvoice = "water_invoice" "水费发票",
    NonTax = "nontax" "非税票据",
    Prepaid = "prepaid" "预存收据",
});
