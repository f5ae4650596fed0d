//! What a payer hands over, way by way, and what becomes of the rest.

use std::fmt;

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

/// A slip or cheque as it was booked before, beside what is said of it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedSlip {
    /// Which of the two.
    pub method: PayMethod,
    /// Its number.
    pub reference: String,
    /// What it is worth, as it was registered, yuan.
    pub total: Money,
    /// What of it pays for something, yuan.
    pub used: Money,
    /// What it is worth, as it is said now, yuan.
    pub said: Money,
    /// What is to be taken of it now, yuan.
    pub wanted: Money,
}

impl BookedSlip {
    /// True where it does not pay what is wanted.
    pub(super) fn refuses(&self) -> bool {
        self.said != self.total || self.wanted > self.total - self.used
    }
}

impl fmt::Display for BookedSlip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, reference, total, used, said, wanted } = self;
        let (name, free) = (reference_of(*method), *total - *used);
        write!(f, "{name}{reference}已登记：凭证总额{total}元，已用{used}元，余{free}元；")?;
        if said != total {
            write!(f, "本次的凭证总额为{said}元，与登记时不一致，请核对凭证号和总额")
        } else if free == Money::ZERO {
            write!(f, "其金额已用完，请核对凭证号")
        } else {
            write!(f, "余额不足本次的{wanted}元，请核对金额")
        }
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
