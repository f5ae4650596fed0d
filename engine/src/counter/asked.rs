//! What cashiers ask to take back, and the word of the second person, as values. 冲正申请

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use terms::{Money, OutletId, PaymentId, TownId, UserId};

/// What a cashier asks for.
#[derive(Debug, Clone)]
pub struct RequestReversal {
    /// The payment to take back.
    pub payment: PaymentId,
    /// Who asks, and will take it back.
    pub cashier: UserId,
    /// Where.
    pub outlet: OutletId,
    /// Why.
    pub reason: String,
}

/// A request on the books, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Its id.
    pub id: i64,
    /// Which payment.
    pub payment: PaymentId,
    /// The business day of the payment.
    pub paid_on: NaiveDate,
    /// Whose account, by its number.
    pub account_no: String,
    /// Who paid.
    pub payer_name: String,
    /// Received less change, yuan.
    pub net: Money,
    /// The town in which the payment counts.
    pub town: TownId,
    /// Where it was taken.
    pub outlet: OutletId,
    /// Name of the outlet.
    pub outlet_name: String,
    /// Who took it.
    pub taken_by: UserId,
    /// Who asks.
    pub asked_by: UserId,
    /// The name of who asks.
    pub cashier_name: String,
    /// Why.
    pub reason: String,
    /// When; the request lives on this day.
    pub asked_at: DateTime<Utc>,
    /// What was answered.
    pub answer: Option<Answer>,
    /// True where the payment was taken back by it.
    pub used: bool,
}

/// The word of the second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Yes or no.
    pub approved: bool,
    /// Who, by name.
    pub by: String,
    /// Why; always where it is no.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// How a request stands on its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Nobody has answered.
    Waiting,
    /// The payment may be taken back.
    Approved,
    /// It may not.
    Refused,
    /// The payment was taken back.
    Used,
}

impl RequestState {
    /// The word that people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "待核准",
            Self::Approved => "已核准",
            Self::Refused => "不予核准",
            Self::Used => "已冲正",
        }
    }
}

impl Request {
    /// How it stands.
    pub fn state(&self) -> RequestState {
        match &self.answer {
            _ if self.used => RequestState::Used,
            None => RequestState::Waiting,
            Some(answer) if answer.approved => RequestState::Approved,
            Some(_) => RequestState::Refused,
        }
    }

    /// True where somebody has asked for it, or has taken the money: another must answer.
    pub fn is_of(&self, person: UserId) -> bool {
        person == self.asked_by || person == self.taken_by
    }
}

/// What a supervisor says to a request.
#[derive(Debug, Clone)]
pub struct AnswerRequest {
    /// Which.
    pub request: i64,
    /// Who answers: neither who asks nor who took the money.
    pub by: UserId,
    /// Yes or no.
    pub approved: bool,
    /// Why; needed where it is no.
    pub reason: String,
}
