//! 远传表: hourly reads of smart meters, from which the last one of each month that is over is entered.
//!
//! The file holds `user key;datetime;meter reading;diff` in cumulative litres, out of order, and numbers such
//! as `4e+05`. Each user key becomes an account with a meter of that serial number in one book of the outlet.
//!
//! - `reads`: what the file says of each meter. `accounts`: those that are opened for it.

mod accounts;
mod reads;

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::PgPool;
use terms::{BillPeriod, Clock, OutletId, TownId, Volume};

use super::entered::{EnterError, Entered, NewReading, Source};
use super::sheet::{SheetError, decode};
use super::{enter, store};
use crate::database::undone;
use crate::register::RegisterError;
use accounts::open_missing;
use reads::{is_whole, month_ends, parse, put_in_order};

/// A file of hourly reads and where its meters belong.
#[derive(Debug, Clone)]
pub struct HourlyFile {
    /// Text, separated by `;`.
    pub bytes: Vec<u8>,
    /// The town of accounts that are opened for unknown meters.
    pub town: TownId,
    /// Their outlet.
    pub outlet: OutletId,
    /// The code of their book, which is opened if it does not exist.
    pub book_code: String,
}

/// What is odd about the rows; all of them were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct HourlyFlags {
    /// Earlier than the row above, of the same meter.
    pub out_of_order: u64,
    /// A second read at the same moment.
    pub repeated_time: u64,
    /// Below the read before; not counted.
    pub falling: u64,
    /// More than flows through in the time, and taken back by a later read; not counted.
    pub spikes: u64,
    /// More than two hours after the read before.
    pub gaps: u64,
    /// No use since the read before.
    pub zero_use: u64,
}

/// What became of a file of hourly reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HourlyReport {
    /// Rows read.
    pub rows: u64,
    /// Meters in the file.
    pub meters: u64,
    /// Accounts opened for meters that were not known.
    pub accounts_opened: u64,
    /// What is odd about the rows.
    pub flags: HourlyFlags,
    /// Month-end reads entered, and what the alert lines said of them.
    pub entered: Entered,
    /// Month-end reads of months that were read already.
    pub already_read: u64,
    /// Months of a meter that are not over, or whose reads end before it is: none was entered.
    pub unfinished: u64,
    /// Water used from the first read to the last, over all meters.
    pub volume: Volume,
}

/// A file of hourly reads that was not imported.
#[derive(Debug, thiserror::Error)]
pub enum HourlyError {
    /// It does not read as text.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// A row does not read.
    #[error("第 {row} 行“{column}”有误：{value}")]
    Row {
        /// Its number in the file, from 1.
        row: usize,
        /// The column.
        column: &'static str,
        /// What stands there.
        value: String,
    },
    /// The accounts could not be opened.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The month-end reads were refused.
    #[error(transparent)]
    Enter(#[from] EnterError),
    /// The database failed.
    #[error("{}", undone(.0, "本次未导入"))]
    Database(#[from] sqlx::Error),
}

/// Imports hourly reads: opens what is missing, then enters the last read of each month that is over and was not read yet.
/// A second import of the same file enters nothing.
///
/// # Errors
/// See [`HourlyError`].
pub async fn import_hourly(
    pool: &PgPool,
    clock: &dyn Clock,
    file: HourlyFile,
) -> Result<HourlyReport, HourlyError> {
    let mut meters = parse(&decode(&file.bytes)?)?;
    let mut report = HourlyReport {
        rows: meters.values().map(|reads| reads.len() as u64).sum(),
        meters: meters.len() as u64,
        accounts_opened: 0,
        flags: HourlyFlags::default(),
        entered: Entered::default(),
        already_read: 0,
        unfinished: 0,
        volume: Volume::ZERO,
    };
    for reads in meters.values_mut() {
        report.volume += put_in_order(reads, &mut report.flags);
    }
    let ids = open_missing(pool, clock, &file, &meters, &mut report).await?;

    let mut by_month: BTreeMap<BillPeriod, Vec<NewReading>> = BTreeMap::new();
    let this_month = BillPeriod::of(clock.today());
    for (reads, id) in meters.values().zip(ids) {
        for (period, read) in month_ends(reads) {
            if period >= this_month || !is_whole(reads, period) {
                report.unfinished += 1;
                continue;
            }
            by_month.entry(period).or_default().push(NewReading {
                meter: id,
                read_at: read.at,
                end_index: read.index,
                source: Source::Amr,
            });
        }
    }
    for (period, mut readings) in by_month {
        let asked = readings.len();
        let ids: Vec<i64> = readings.iter().map(|reading| reading.meter.0).collect();
        let unread = store::unread(&mut *pool.acquire().await?, &ids, period).await?;
        readings.retain(|reading| unread.contains(&reading.meter.0));
        report.already_read += (asked - readings.len()) as u64;
        if !readings.is_empty() {
            report.entered += enter(pool, clock, period, None, readings).await?;
        }
    }
    Ok(report)
}
