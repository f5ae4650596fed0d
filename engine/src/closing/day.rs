//! A day at an outlet as a value: whose it is, what was looked at, and what was closed. 日结

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use terms::{Money, OutletId, Reason, UserId};

use super::sheet::{DaySheet, PaperRange, Slip};

/// Whose sheet: who sat at two outlets on a day has two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DayOf {
    /// The cashier.
    pub cashier: UserId,
    /// Where.
    pub outlet: OutletId,
    /// Which day.
    pub day: NaiveDate,
}

/// A closed day, or one that may be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayClose {
    /// The close; none while the day is open.
    pub id: Option<i64>,
    /// Whose sheet it is.
    #[serde(flatten)]
    pub of: DayOf,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// What came in.
    pub sheet: DaySheet,
    /// Card slips and cheques to hand in.
    pub slips: Vec<Slip>,
    /// Paper that the cashier had in hand when the day ended, or has now.
    pub left: Vec<PaperRange>,
    /// Notes and coins as the cashier counted them; none where nobody has said.
    pub count: Option<Count>,
}

impl DayClose {
    /// What is on paper beyond what was booked: of all slips that are handed in, yuan.
    pub fn free(&self) -> Money {
        Slip::free_of(&self.slips)
    }
}

/// What the cashier has looked at and counted before saying yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The digest of the sheet: no other sheet is closed.
    pub digest: String,
    /// Notes and coins as counted, wherever some are due.
    pub counted: Option<Money>,
    /// Why they are not what is due: a difference does not hinder whoever has counted again and says why.
    pub reason: Option<String>,
    /// What is left of the slips that are handed in, yuan: whoever closes has seen it.
    pub free: Money,
}

/// A day to be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloseDay {
    /// Which.
    pub of: DayOf,
    /// What was looked at; a command need not say it.
    pub seen: Option<Seen>,
    /// Who closes it, where the cashier cannot.
    pub substitute: Option<Substitute>,
}

impl CloseDay {
    /// By its cashier, whatever is on the sheet.
    pub const fn own(cashier: UserId, outlet: OutletId, day: NaiveDate) -> Self {
        Self { of: DayOf { cashier, outlet, day }, seen: None, substitute: None }
    }
}

/// Whoever closes another's day: the cashier has left, or forgot it and is away. 代结
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitute {
    /// Who: somebody who answers for the outlet.
    pub by: UserId,
    /// Why.
    pub reason: String,
}

/// A day of a till that is not closed, as those see it who answer for the outlet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenDay {
    /// Whose.
    #[serde(flatten)]
    pub of: DayOf,
    /// Name of the cashier.
    pub name: String,
    /// False where the cashier does not come in any more.
    pub active: bool,
    /// Payments and reversals.
    pub entries: i64,
    /// What was received, yuan.
    pub net: Money,
}

/// A day of a till that was closed, as those see it who answer for the outlet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClosedDay {
    /// Whose.
    #[serde(flatten)]
    pub of: DayOf,
    /// Name of the cashier.
    pub name: String,
    /// When it was closed.
    pub closed_at: DateTime<Utc>,
    /// Who closed it in the cashier's stead, and why. 代结
    pub substitute: Option<(String, String)>,
    /// Payments.
    pub payments: i32,
    /// Reversals.
    pub reversals: i32,
    /// What was received, yuan.
    pub net: Money,
    /// Notes and coins, where somebody counted them.
    pub count: Option<Count>,
}

/// Notes and coins beside what there should be. 现金清点
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// What there should be, yuan.
    pub due: Money,
    /// What there is, yuan.
    pub counted: Money,
    /// Why they differ, where they do. 长款、短款
    pub reason: Option<Reason>,
}
