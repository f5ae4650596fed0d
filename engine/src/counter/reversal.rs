//! A reversal as it is ordered and answered, and why a payment stands. 冲红

use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use terms::{Money, OutletId, PaymentId, ReceiptType, UserId};

use super::issued::IssuedReceipt;
use super::standing::Stands;
use crate::database::{broken_constraint, broken_law, lock_not_granted};
use crate::failure::{known, undone_as};
use crate::receipts::AssignError;

/// What a clerk orders.
#[derive(Debug, Clone)]
pub struct Reverse {
    /// The payment to take back.
    pub payment: PaymentId,
    /// Who hands the money back, and whose paper is used.
    pub cashier: UserId,
    /// Where.
    pub outlet: OutletId,
    /// Why, for the books.
    pub reason: String,
    /// Made by the caller, once for each reversal, at most 72 characters.
    pub key: String,
}

/// A reversal on the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reversed {
    /// The reversal, itself a payment of the kind `reversal`.
    pub payment: PaymentId,
    /// To hand back to the payer, yuan.
    pub refund: Money,
    /// Back into the purse, yuan.
    pub prepaid_back: Money,
    /// Red paper, one for each blue receipt of the original. 红票
    pub receipts: Vec<IssuedReceipt>,
    /// True where the same order had been posted before.
    pub replayed: bool,
}

/// What is said where nobody knows.
const IN_DOUBT: &str =
    "状态未知：账务库没有应答，这笔冲正可能已入账，请用同一编号再查，查明前不要退款";

/// Why a payment was not taken back; nothing was posted, except perhaps where it says that nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum ReverseError {
    /// No such payment or cashier.
    #[error("缴费记录或收费员不存在，请重新查询")]
    Unknown,
    /// It must stand.
    #[error(transparent)]
    Stands(#[from] Stands),
    /// Money of a bank or online channel goes back through the channel.
    #[error("该笔为渠道缴费，请走渠道退款流程，柜台不能冲正")]
    NotTakenAtCounter,
    /// The money lies in another outlet's till.
    #[error("该笔缴费由其他网点收取，请到原网点办理冲正")]
    OtherOutlet,
    /// No reason, or a very long one.
    #[error("请填写冲正原因（200字以内）")]
    NoReason,
    /// Nobody else has said yes today.
    #[error("冲正须由他人核准：请先申请冲正，由网点财务或集团管理员当日核准后再提交")]
    NotApproved,
    /// No number left on the cashier's paper.
    #[error("您的{}已用完，请先领用新的号段再冲红", .0.label())]
    NoReceipts(ReceiptType),
    /// The cashier has closed the day.
    #[error("今日已日结，不能再冲正，请明日办理")]
    DayClosed,
    /// The key was used for another order.
    #[error("本次提交与先前的一笔业务冲突，请刷新后重试")]
    KeyReused,
    /// Someone else works on the account.
    #[error("该用户正在办理其他业务，或账务正在核对，请稍候再试")]
    Busy,
    /// The database failed before anything was posted; or, where [`crate::is_in_doubt`] says so, nobody knows whether the
    /// reversal is posted: ask again under the same key.
    #[error("{}", undone_as(.0, IN_DOUBT, "本次冲正未入账"))]
    Database(#[source] sqlx::Error),
}

impl ReverseError {
    /// The same, once it is known that nothing stands under the key.
    pub(super) fn known(self) -> Self {
        match self {
            Self::Database(error) => Self::Database(known(error)),
            refused => refused,
        }
    }
}

impl Reverse {
    /// Tells this order from any other under the same key, whatever the types are called.
    pub(super) fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.written().to_string()).to_vec()
    }

    /// The order in the form whose digest is kept.
    pub(super) fn written(&self) -> Value {
        json!(["reverse 1", self.payment, self.cashier, self.outlet, self.reason])
    }
}

impl From<AssignError> for ReverseError {
    fn from(error: AssignError) -> Self {
        match error {
            AssignError::OutOfStock(family) => Self::NoReceipts(family),
            AssignError::Database(error) => error.into(),
        }
    }
}

impl From<sqlx::Error> for ReverseError {
    fn from(error: sqlx::Error) -> Self {
        if lock_not_granted(&error) {
            return Self::Busy;
        }
        match broken_constraint(&error) {
            Some("payment_key_pkey") => Self::KeyReused,
            Some("payment_reversal_pkey") => Stands::AlreadyReversed.into(),
            // Another order of the same cashier has used it in this moment.
            Some("reversal_approved_pkey") => Self::NotApproved,
            _ => match broken_law(&error) {
                Some(("day_closed", _)) => Self::DayClosed,
                Some(("reversal_not_approved", _)) => Self::NotApproved,
                Some(("purse_passed_on" | "purse_of_another", _)) => Stands::PassedOn.into(),
                _ => Self::Database(error),
            },
        }
    }
}
