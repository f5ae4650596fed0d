//! Requests for reversals of charges, and their answers, as values. 应收冲正申请

use chrono::{DateTime, Utc};
use serde::Serialize;
use terms::{BillPeriod, ChargeId, Money, OutletId, TownId, UserId};

/// Asks that a charge may be taken back.
#[derive(Debug, Clone)]
pub struct RequestChargeReversal {
    /// The charge.
    pub charge: ChargeId,
    /// Why, for the books.
    pub reason: String,
    /// Who asks.
    pub by: UserId,
}

/// What another person says to a request.
#[derive(Debug, Clone)]
pub struct AnswerChargeReversal {
    /// Which.
    pub request: i64,
    /// Who answers, and did not ask.
    pub by: UserId,
    /// Yes or no.
    pub approved: bool,
    /// Why; needed where it is no.
    pub reason: String,
}

/// A request on the books, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeRequest {
    /// Its number.
    pub id: i64,
    /// Which charge.
    pub charge: ChargeId,
    /// The month of the charge.
    pub period: BillPeriod,
    /// 户号.
    pub account_no: String,
    /// Whose bill it is, whoever pays for the account now; not masked. 户名
    pub payer_name: String,
    /// Its sum.
    pub total: Money,
    /// 镇街.
    pub town: TownId,
    /// The outlet that serves the account.
    pub outlet: OutletId,
    /// Name of the outlet.
    pub outlet_name: String,
    /// Who asks.
    pub asked_by: UserId,
    /// The name of who asks.
    pub asked_by_name: String,
    /// Why.
    pub reason: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What was answered.
    pub answer: Option<ChargeAnswer>,
}

/// The word of the second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeAnswer {
    /// The reversal, where it was yes.
    pub reversal: Option<ChargeId>,
    /// Who, by name.
    pub by: String,
    /// Why; always where it is no.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}
