//! The four fees that the platform collects.

use crate::{ReceiptType, closed_list};

/// What a charge line is for. 收费项目
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeeItem {
    /// Tap water, owned by the water company. 水费
    Water,
    /// Sewage treatment, a non-tax fee. 污水处理费
    Sewage,
    /// Household garbage treatment, a non-tax fee. 垃圾处理费
    Garbage,
    /// Surcharge of non-residents over their quota, a non-tax fee. 非居民累计加价
    Overquota,
}

closed_list!(FeeItem, "fee item", {
    Water = "water" "水费",
    Sewage = "sewage" "污水处理费",
    Garbage = "garbage" "垃圾处理费",
    Overquota = "overquota" "累计加价",
});

impl FeeItem {
    /// The family of receipt that this fee is printed on.
    pub const fn document(self) -> ReceiptType {
        match self {
            Self::Water => ReceiptType::WaterInvoice,
            Self::Sewage | Self::Garbage | Self::Overquota => ReceiptType::NonTax,
        }
    }
}
