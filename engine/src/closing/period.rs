//! A month of an organisation as a value: what of it is closed, and what hinders that. 月结

use chrono::{DateTime, Utc};
use serde::Serialize;
use terms::{BillPeriod, Money, OutletId, TownId, UserId, closed_list};

closed_list! {
    /// What of an organisation is closed by the month, in the order in which it is: readings, bills, payments, receipts.
    /// 账期类别
    PeriodKind "period kind" {
        Read = "read" "抄表月",
        Bill = "bill" "应收月",
        Pay = "pay" "实收月",
        Receipt = "receipt" "票据月",
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
