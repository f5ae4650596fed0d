//! 用水管理: readings entered, imported and reviewed.
//!
//! A list of readings is taken whole or not at all: each one is judged against the meter's last index
//! ([`consumption`]) and the account's habit ([`flag`]). A reading that crosses an alert line waits for a
//! second person ([`review()`]) before it is billed; one without use does not wait. A rejected reading counts for
//! nothing, and the next one of its month supersedes it; one that stands is put right by [`correct`], while no
//! standing charge has taken it. The row of a meter is locked while its indices are read and written, so that no
//! water is counted twice between two readers.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use terms::{
    AccountId, BillPeriod, Clock, MeterId, OutletId, ReadingId, UserId, Volume, business_day,
    closed_list,
};

mod consume;
mod alert;
mod accept;
mod import;
mod parse;
pub(crate) mod sheet;
mod hourly;
mod review;
mod store;

pub use accept::{Column, Refusal};
pub use alert::{Flag, flag};
pub use consume::{Consumption, WrongIndex, consumption};
pub use hourly::{HourlyError, HourlyFile, HourlyFlags, HourlyReport, import_hourly};
pub use import::{ImportError, ImportFile, ImportReport, RefusedRow, import};
pub use review::{Decision, Review, ReviewError, review};
pub use sheet::SheetError;

use accept::{Entry, accept};

use crate::access::{self, Act, Action};
use crate::database::{broken_constraint, broken_law, commit, lock_not_granted, write};
use crate::room;

/// How a reading came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    fn count(&mut self, flag: Flag) {
        self.readings += 1;
        match flag {
            Flag::None => {}
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
    /// The outlet has closed the month.
    #[error("该抄表月已月结，请录入下一个月的抄表")]
    MonthClosed,
    /// Another person entered one of the meters at the same time.
    #[error("部分水表本期刚被他人录入，请刷新后重试")]
    Raced,
    /// The database failed.
    #[error("数据库错误：{0}")]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for EnterError {
    fn from(error: sqlx::Error) -> Self {
        let unique = error.as_database_error().is_some_and(|e| e.is_unique_violation());
        // Another person billed the month or a later one while this one was entered.
        let billed =
            matches!(broken_constraint(&error), Some("reading_before_bill" | "reading_stands"));
        match broken_law(&error) {
            Some(("month_closed", _)) => Self::MonthClosed,
            _ if unique || billed || lock_not_granted(&error) => Self::Raced,
            _ => Self::Database(error),
        }
    }
}

/// Enters the readings of a period, all or none; `by` read or typed them, nobody where meters told them.
///
/// # Errors
/// A reading is refused, or the database fails.
pub async fn enter(
    pool: &PgPool,
    clock: &dyn Clock,
    period: BillPeriod,
    by: Option<UserId>,
    readings: Vec<NewReading>,
) -> Result<Entered, EnterError> {
    take(pool, clock.now(), period, by, false, readings).await
}

/// Puts readings of a period right, all or none: each comes in place of the one that stands for its meter, which no
/// standing charge may have taken. What somebody entered and puts right alone waits for a second person. 更正
///
/// # Errors
/// A reading is refused, or the database fails.
pub async fn correct(
    pool: &PgPool,
    clock: &dyn Clock,
    period: BillPeriod,
    by: Option<UserId>,
    readings: Vec<NewReading>,
) -> Result<Entered, EnterError> {
    take(pool, clock.now(), period, by, true, readings).await
}

async fn take(
    pool: &PgPool,
    now: DateTime<Utc>,
    period: BillPeriod,
    by: Option<UserId>,
    corrects: bool,
    readings: Vec<NewReading>,
) -> Result<Entered, EnterError> {
    make_room(pool, now, period).await?;
    write(pool, move |mut tx| async move {
        let entry = Entry { by, corrects, by_file: false };
        let entered = record(&mut tx, now, period, entry, &readings).await?;
        let subject = format!("抄表 {period} {} 条", entered.readings);
        let action = if corrects { Action::CorrectReadings } else { Action::EnterReadings };
        access::mark(&mut tx, &Act::new(action, by, subject), now).await?;
        commit(tx).await?;
        Ok(entered)
    })
    .await
}

/// Makes room for the readings of a month, in a transaction of its own; a month to come is refused before.
async fn make_room(
    pool: &PgPool,
    now: DateTime<Utc>,
    period: BillPeriod,
) -> Result<(), EnterError> {
    if period > BillPeriod::of(business_day(now)).next() {
        return Err(EnterError::NotOpen(period));
    }
    Ok(room::ready_for_readings(pool, period).await?)
}

/// Judges and stores readings inside the caller's transaction; there is room for them.
async fn record(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    period: BillPeriod,
    entry: Entry,
    readings: &[NewReading],
) -> Result<Entered, EnterError> {
    let ids: Vec<i64> = readings.iter().map(|reading| reading.meter.0).collect();
    store::lock_meters(&mut *connection, &ids).await?;
    let facts = store::meter_facts(&mut *connection, &ids, period).await?;
    let mut judged = Vec::with_capacity(readings.len());
    let mut refused = Vec::new();
    let mut entered = Entered::default();
    let mut seen = std::collections::HashSet::with_capacity(readings.len());
    for (place, (reading, facts)) in readings.iter().zip(&facts).enumerate() {
        let verdict = if seen.insert(reading.meter) {
            accept(facts.as_ref(), entry, period, now, reading.read_at, reading.end_index)
        } else {
            Err(Refusal::new(Column::Meter, "同一水表在名单中重复"))
        };
        match verdict {
            Ok(accepted) => {
                entered.count(accepted.flag);
                judged.push((*reading, accepted));
            }
            Err(refusal) => refused.push((place, refusal)),
        }
    }
    if !refused.is_empty() {
        return Err(EnterError::Refused(refused));
    }
    store::insert_readings(connection, now, period, entry.by, &judged).await?;
    Ok(entered)
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

/// The readings that wait for a review in a period, oldest first, at most `limit`; of one outlet, or of all.
///
/// # Errors
/// The database fails.
pub async fn waiting(
    connection: &mut PgConnection,
    period: BillPeriod,
    outlet: Option<OutletId>,
    limit: i64,
) -> Result<Vec<Waiting>, sqlx::Error> {
    store::waiting(connection, period, outlet, limit).await
}
