//! What a payer hands over, way by way, and what becomes of the rest.

use serde::{Deserialize, Serialize};
use terms::{Money, PayMethod};

/// Money handed over in one way. 收款方式
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tender {
    /// Cash, card or cheque.
    pub method: PayMethod,
    /// How much of it is for this payment, yuan.
    pub amount: Money,
    /// Reference of the card slip or cheque; cash has none.
    #[serde(default)]
    pub reference: Option<String>,
    /// Total of the slip or cheque where it pays for other accounts too, yuan.
    #[serde(default)]
    pub slip_total: Option<Money>,
}

impl Tender {
    /// Notes and coins.
    pub const fn cash(amount: Money) -> Self {
        Self { method: PayMethod::Cash, amount, reference: None, slip_total: None }
    }

    /// A card slip or cheque by its number, all of it for this payment.
    pub fn slip(method: PayMethod, amount: Money, reference: impl Into<String>) -> Self {
        Self { method, amount, reference: Some(reference.into()), slip_total: None }
    }
}

/// What becomes of money beyond the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surplus {
    /// Handed back in cash. 找零
    Change,
    /// Kept for the account. 预存
    Prepaid,
}

/// No card slip and no cheque bears a longer number.
pub(super) const REFERENCE_MAX_CHARS: usize = 64;

/// What names a slip of this way of paying.
pub(super) const fn reference_of(method: PayMethod) -> &'static str {
    match method {
        PayMethod::Cheque => "支票号",
        _ => "刷卡凭证号",
    }
}
