//! A month of an organisation as a value: what of it is closed, and what hinders that. 月结

use chrono::{DateTime, Utc};
use serde::Serialize;
use terms::{BillPeriod, Money, OutletId, TownId, UserId};

/// What of an organisation is closed by the month. 账期类别
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    /// Readings. 抄表月
    Read,
    /// Bills. 应收月
    Bill,
    /// Payments. 实收月
    Pay,
    /// Receipts. 票据月
    Receipt,
}

impl PeriodKind {
    /// Every kind, in the order in which a month is closed.
    pub const ALL: [Self; 4] = [Self::Read, Self::Bill, Self::Pay, Self::Receipt];

    /// The word used in SQL.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Bill => "bill",
            Self::Pay => "pay",
            Self::Receipt => "receipt",
        }
    }

    /// The word that people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Read => "抄表月",
            Self::Bill => "应收月",
            Self::Pay => "实收月",
            Self::Receipt => "票据月",
        }
    }

    /// The kind of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == word)
    }
}

/// A month to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseMonth {
    /// Whose.
    pub organisation: OutletId,
    /// What of it.
    pub kind: PeriodKind,
    /// The month.
    pub period: BillPeriod,
    /// Who closes it.
    pub by: UserId,
}

/// A month that is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthClose {
    /// Name of the organisation.
    pub organisation: String,
    /// What of it.
    pub kind: PeriodKind,
    /// The month.
    pub period: BillPeriod,
    /// How many entries it holds.
    pub entries: i64,
    /// Their sum, yuan; nothing for readings.
    pub amount: Money,
    /// SHA-256 over the entries in order, in hexadecimal.
    pub digest: String,
    /// SHA-256 over that and over the seal of the month before, in hexadecimal. 封账码
    pub seal: String,
    /// When it was closed.
    pub closed_at: DateTime<Utc>,
}

/// Something that must be done before a month can be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// Its word.
    pub code: String,
    /// How many of it.
    pub number: i64,
    /// The first of them, where that helps.
    pub first: Option<String>,
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (n, first) = (self.number, self.first.as_deref().unwrap_or_default());
        match self.code.as_str() {
            "earlier_open" => write!(f, "较早的账期{first}尚未月结，请先月结"),
            "readings_open" => write!(f, "本月抄表尚未月结，请先月结抄表月"),
            "payments_open" => write!(f, "本月实收尚未月结，请先月结实收月"),
            "waiting_readings" => write!(f, "有{n}条抄表待审核"),
            "unbilled_readings" => write!(f, "有{n}条已审核的抄表尚未计费"),
            "open_days" => write!(f, "有{n}个收费员日尚未日结，最早{first}"),
            "open_items" => write!(f, "有{n}笔渠道明细挂账或待入账，如流水号{first}"),
            other => write!(f, "{other} {n}"),
        }
    }
}

/// How the months of one kind stand at an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthState {
    /// What of it.
    pub kind: PeriodKind,
    /// What was closed last.
    pub last: Option<MonthClose>,
    /// What closes next: the first that is open, or has anything; none where there is nothing yet.
    pub next: Option<BillPeriod>,
    /// True where that month has passed.
    pub is_over: bool,
    /// What stands in the way, where it has.
    pub obstacles: Vec<Obstacle>,
}

/// An organisation whose months are closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Organisation {
    /// Which.
    pub id: OutletId,
    /// Its name.
    pub name: String,
    /// Its town; none where it serves the whole city.
    pub town: Option<TownId>,
}
