//! A charge as it stands, and what hinders its reversal.

use chrono::NaiveDate;
use serde::Serialize;
use terms::{
    AccountId, BillPeriod, ChargeId, FeeItem, Money, OutletId, PaymentId, TownId, UnitPrice, Volume,
};

use super::kind::ChargeKind;
use crate::access::is_refused;
use crate::database::{broken_constraint, broken_law, lock_not_granted, undone};

/// A charge taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReversedCharge {
    /// The reversal, itself a charge.
    pub reversal: ChargeId,
    /// The month of the books in which it stands.
    pub period: BillPeriod,
    /// What it took back, yuan.
    pub amount: Money,
}

/// Why a charge was not taken back; nothing was posted.
#[derive(Debug, thiserror::Error)]
pub enum ReverseChargeError {
    /// No such charge.
    #[error("应收记录不存在，请核对应收编号")]
    Unknown,
    /// A reversal is final; the account is billed anew instead.
    #[error("应收冲正不能再冲正，请重新计费")]
    IsReversal,
    /// Taken back before.
    #[error("该笔应收已冲正（冲正编号 {0}），不能重复冲正")]
    AlreadyReversed(ChargeId),
    /// A payment settles some of it.
    #[error("该笔应收已缴费（缴费编号 {0}），请先冲正该笔缴费")]
    Paid(PaymentId),
    /// What was billed later for the same months went on from it.
    #[error("同一月份之后还有应收（编号 {0}），请先冲正较新的应收")]
    NewerFirst(ChargeId),
    /// A channel is about to collect it.
    #[error("该笔应收已被渠道锁定（{0}），请待解锁或到期后再冲正")]
    Held(String),
    /// No reason, or a very long one.
    #[error("请填写原因（200字以内）")]
    NoReason,
    /// The same was asked, and waits.
    #[error("该笔应收已申请冲正，请等待核准")]
    AlreadyAsked,
    /// No such request, or not one that the person answers for.
    #[error("没有这项申请，或不属于您负责的镇街")]
    UnknownRequest,
    /// Whoever asks cannot be the second person.
    #[error("不能核准自己申请的冲正，请由另一人核准")]
    OwnRequest,
    /// Somebody has answered meanwhile.
    #[error("该项申请已有答复")]
    Answered,
    /// Who asks or answers may not.
    #[error("您的角色没有这项权限")]
    NotAllowed,
    /// Someone else works on the account, or bills are being made.
    #[error("该用户正在办理其他业务，或正在计费、账务正在核对，请稍候再试")]
    Busy,
    /// The database failed.
    #[error("{}", undone(.0, "冲正或申请未登记"))]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for ReverseChargeError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("charge_held", held)) => Self::Held(held.to_owned()),
            Some(("newer_charge" | "charge_paid", _)) => Self::Busy,
            Some(("already_asked", _)) => Self::AlreadyAsked,
            Some(("request_elsewhere", _)) => Self::Unknown,
            Some(("answer_elsewhere", _)) => Self::UnknownRequest,
            Some(("own_request", _)) => Self::OwnRequest,
            _ if broken_constraint(&error) == Some("charge_reversal_answer_pkey") => Self::Answered,
            _ if is_refused(&error) => Self::NotAllowed,
            _ if lock_not_granted(&error) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

/// A charge, and what stands against taking it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeSheet {
    /// The charge.
    pub id: ChargeId,
    /// What it is for.
    pub kind: ChargeKind,
    /// Whose it is.
    pub account: AccountId,
    /// 户号.
    pub account_no: String,
    /// Whose bill it is, whoever pays for the account now; not masked. 户名
    pub payer_name: String,
    /// 镇街.
    pub town: TownId,
    /// The outlet that serves it.
    pub outlet: OutletId,
    /// The month of the books.
    pub period: BillPeriod,
    /// 出账日期.
    pub bill_date: NaiveDate,
    /// 缴费期限.
    pub due_date: NaiveDate,
    /// The months that it is for.
    pub months: i32,
    /// Water billed.
    pub volume: Volume,
    /// Its sum.
    pub total: Money,
    /// Its fees.
    pub lines: Vec<ChargeSheetLine>,
    /// What of it is still open, yuan.
    pub open: Money,
    /// The newest payment that stands on it.
    pub payment: Option<PaymentId>,
    /// The newest charge of the same months that stands after it.
    pub newer: Option<ChargeId>,
    /// The reversal that took it back.
    pub reversal: Option<ChargeId>,
    /// Why it was taken back; of a reversal itself, why it was made.
    pub reason: Option<String>,
    /// The reversal in whose place it was billed.
    pub replaces: Option<ChargeId>,
}

/// One fee of a charge at one tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeSheetLine {
    /// What is charged.
    pub fee_item: FeeItem,
    /// From 1.
    pub tier: i16,
    /// Cubic metres, or months.
    pub quantity: Volume,
    /// Yuan for one.
    pub unit_price: UnitPrice,
    /// Yuan.
    pub amount: Money,
    /// Whose the money is.
    pub owner: String,
}

/// How a charge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeState {
    /// It takes another one back. 应收冲正
    IsReversal,
    /// It was taken back. 已冲正
    Reversed,
    /// Nothing was ever due. 无应缴
    Nothing,
    /// Nothing is paid on it. 未缴
    Open,
    /// Some of it is paid: a fee apart, or what a purse held. 部分缴费
    PartlyPaid,
    /// All of it is paid. 已缴费
    Paid,
}

impl ChargeState {
    /// The word that people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::IsReversal => ChargeKind::Reversal.label(),
            Self::Reversed => "已冲正",
            Self::Nothing => "无应缴",
            Self::Open => "未缴",
            Self::PartlyPaid => "部分缴费",
            Self::Paid => "已缴费",
        }
    }
}

impl ChargeSheet {
    /// How it stands now.
    pub fn state(&self) -> ChargeState {
        match (self.kind, self.reversal, self.payment) {
            (ChargeKind::Reversal, ..) => ChargeState::IsReversal,
            (_, Some(_), _) => ChargeState::Reversed,
            _ if self.total == Money::ZERO => ChargeState::Nothing,
            (_, _, None) => ChargeState::Open,
            _ if self.open > Money::ZERO => ChargeState::PartlyPaid,
            _ => ChargeState::Paid,
        }
    }

    /// Asks whether the charge can be taken back now.
    ///
    /// # Errors
    /// What stands against it.
    pub fn may_be_reversed(&self) -> Result<(), ReverseChargeError> {
        if self.kind == ChargeKind::Reversal {
            return Err(ReverseChargeError::IsReversal);
        }
        if let Some(reversal) = self.reversal {
            return Err(ReverseChargeError::AlreadyReversed(reversal));
        }
        if let Some(payment) = self.payment {
            return Err(ReverseChargeError::Paid(payment));
        }
        self.newer.map_or(Ok(()), |newer| Err(ReverseChargeError::NewerFirst(newer)))
    }
}
