//! Readings as they are entered, what became of them, and what waits for a reviewer.

use chrono::{DateTime, Utc};
use serde::Serialize;
use terms::{AccountId, BillPeriod, MeterId, ReadingId, Volume, closed_list};

use super::accept::Refusal;
use super::alert::Flag;
use crate::database::{broken_constraint, broken_law, lock_not_granted, undone};

/// How a reading came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// 手工录入.
    Manual,
    /// A file of text.
    Csv,
    /// A work book.
    Excel,
    /// 远传表.
    Amr,
}

closed_list!(Source, "reading source", {
    Manual = "manual" "手工",
    Csv = "csv" "文件",
    Excel = "excel" "表格",
    Amr = "amr" "远传",
});

/// What a reader read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewReading {
    /// The meter.
    pub meter: MeterId,
    /// When it was read.
    pub read_at: DateTime<Utc>,
    /// What it showed, in m³ with at most three decimals. 本期止码
    pub end_index: Volume,
    /// How the reading came in.
    pub source: Source,
}

/// How many readings were entered, and what the alert lines said of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Entered {
    /// All of them.
    pub readings: u64,
    /// Without use.
    pub zero: u64,
    /// The meter passed the end of its range; waits for a review.
    pub rollover: u64,
    /// Far above the habit; waits for a review.
    pub high: u64,
    /// Far below the habit; waits for a review.
    pub low: u64,
    /// Put right by whoever had entered it; waits for a review.
    pub corrected: u64,
}

impl Entered {
    pub(super) fn count(&mut self, flag: Flag) {
        self.readings += 1;
        match flag {
            Flag::Usual => {}
            Flag::Zero => self.zero += 1,
            Flag::Rollover => self.rollover += 1,
            Flag::High => self.high += 1,
            Flag::Low => self.low += 1,
            Flag::Corrected => self.corrected += 1,
        }
    }

    /// Readings that wait for a review.
    pub fn waiting(&self) -> u64 {
        self.rollover + self.high + self.low + self.corrected
    }
}

impl std::ops::AddAssign for Entered {
    fn add_assign(&mut self, more: Self) {
        let Self { readings, zero, rollover, high, low, corrected } = more;
        self.readings += readings;
        self.zero += zero;
        self.rollover += rollover;
        self.high += high;
        self.low += low;
        self.corrected += corrected;
    }
}

/// Readings that were not entered; none of the list was.
#[derive(Debug, thiserror::Error)]
pub enum EnterError {
    /// Some are refused; each with its place in the list, from 0.
    #[error("{} 条抄表记录有误，均未入账；第 1 条：{}", .0.len(), .0.first().map(|(_, refusal)| refusal.to_string()).unwrap_or_default())]
    Refused(Vec<(usize, Refusal)>),
    /// Readers are not so far yet: the month after the present one is the last that is read.
    #[error("{0} 尚未开放抄表，最晚为下一个月")]
    NotOpen(BillPeriod),
    /// The outlet's books begin later: a reading of long ago would keep the months since then from being closed.
    #[error("{0}早于本网点开账，不能录入抄表，请核对年月")]
    BeforeBooks(String),
    /// The outlet has closed the month.
    #[error("该抄表月已月结，请录入下一个月的抄表")]
    MonthClosed,
    /// Another person entered one of the meters at the same time.
    #[error("部分水表本期刚被他人录入，请刷新后重试")]
    Raced,
    /// The database failed.
    #[error("{}", undone(.0, "抄表未登记"))]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for EnterError {
    fn from(error: sqlx::Error) -> Self {
        let unique = error.as_database_error().is_some_and(|e| e.is_unique_violation());
        // Another person billed the month or a later one while this one was entered.
        let billed =
            matches!(broken_constraint(&error), Some("reading_before_bill" | "reading_stands"));
        match broken_law(&error) {
            Some(("month_closed", _)) => Self::MonthClosed,
            Some(("before_books", month)) => Self::BeforeBooks(month.to_owned()),
            _ if unique || billed || lock_not_granted(&error) => Self::Raced,
            _ => Self::Database(error),
        }
    }
}

/// A reading that crossed an alert line and was not reviewed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// The reading.
    pub id: ReadingId,
    /// Its period.
    pub period: BillPeriod,
    /// The account that it is for.
    pub account: AccountId,
    /// 户号.
    pub account_no: String,
    /// 户名, not masked.
    pub payer_name: String,
    /// 水表号.
    pub meter_serial_no: String,
    /// 上期止码.
    pub start_index: Volume,
    /// 本期止码.
    pub end_index: Volume,
    /// 用水量.
    pub volume: Volume,
    /// Mean of the account's last three readings, if there are three.
    pub mean: Option<Volume>,
    /// What the alert lines said.
    pub flag: Flag,
    /// Who entered it, by name; somebody else reviews it.
    pub entered_by: Option<String>,
}

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The reading is right and may be billed.
    Accepted,
    /// The reading is wrong and counts for nothing.
    Rejected,
}

closed_list!(Decision, "decision", {
    Accepted = "accepted" "通过",
    Rejected = "rejected" "退回",
});
