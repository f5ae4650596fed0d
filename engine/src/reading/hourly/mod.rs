//! 远传表: hourly reads of smart meters, from which the last one of each month that is over is entered.
//!
//! The file holds `user key;datetime;meter reading;diff` in cumulative litres, out of order, and numbers such
//! as `4e+05`. Each user key becomes an account with a meter of that serial number in one book of the outlet.
//!
//! - `reads`: what the file says of each meter. `accounts`: those that are opened for it.

mod accounts;
mod reads;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::PgPool;
use terms::{BillPeriod, Clock, OutletId, TownId, Volume, business_day};

use super::accept::Entry;
use super::entered::{EnterError, Entered, NewReading, Source};
use super::sheet::{SheetError, decode};
use super::{make_room, put_in, store};
use crate::database::{Tx, commit, undone, write};
use crate::register::RegisterError;
use accounts::open_missing;
use reads::{Read, is_whole, month_ends, parse, put_in_order};

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
    /// A meter was read on a day that has not come.
    #[error("表 {meter} 的读数日期 {day} 尚未到来，请核对年月")]
    Ahead {
        /// Its serial number.
        meter: String,
        /// The day.
        day: NaiveDate,
    },
    /// The book stands at another outlet than the one that is named.
    #[error("表册 {book} 属于{outlet}，不属于{asked}；请改正网点，或另用一个表册编号")]
    BookElsewhere {
        /// Its code.
        book: String,
        /// Where it stands.
        outlet: String,
        /// The outlet that was named.
        asked: String,
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

/// What the file says of each meter, by its serial number.
type Meters = BTreeMap<String, Vec<Read>>;

/// The last reads of the months that are over, each with the place of its meter.
type MonthEnds = BTreeMap<BillPeriod, Vec<(usize, Read)>>;

/// Imports hourly reads, all or nothing: opens what is missing, then enters the last read of each month that is over and was
/// not read yet. A second import of the same file enters nothing.
///
/// # Errors
/// See [`HourlyError`].
pub async fn import_hourly(
    pool: &PgPool,
    clock: &dyn Clock,
    file: HourlyFile,
) -> Result<HourlyReport, HourlyError> {
    let now = clock.now();
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
    refuse_ahead(&meters, business_day(now))?;
    for reads in meters.values_mut() {
        report.volume += put_in_order(reads, &mut report.flags);
    }
    let mut ends = MonthEnds::new();
    let this_month = BillPeriod::of(business_day(now));
    for (place, reads) in meters.values().enumerate() {
        for (period, read) in month_ends(reads) {
            if period >= this_month || !is_whole(reads, period) {
                report.unfinished += 1;
            } else {
                ends.entry(period).or_default().push((place, read));
            }
        }
    }
    for period in ends.keys() {
        make_room(pool, now, *period).await?;
    }
    write(pool, move |tx| take_in(tx, now, (file, meters, ends), report)).await
}

/// Nothing is read on a day that has not come: the year is typed wrong, or the clock of a meter is.
fn refuse_ahead(meters: &Meters, today: NaiveDate) -> Result<(), HourlyError> {
    for (meter, reads) in meters {
        let ahead = reads.iter().map(|read| business_day(read.at)).find(|day| *day > today);
        if let Some(day) = ahead {
            return Err(HourlyError::Ahead { meter: meter.clone(), day });
        }
    }
    Ok(())
}

async fn take_in(
    mut tx: Tx,
    now: DateTime<Utc>,
    (file, meters, ends): (HourlyFile, Meters, MonthEnds),
    mut report: HourlyReport,
) -> Result<HourlyReport, HourlyError> {
    let ids = open_missing(&mut tx, now, &file, &meters, &mut report).await?;
    for (period, ends) in ends {
        let asked: Vec<i64> = ends.iter().map(|(place, _)| ids[*place].0).collect();
        let unread = store::unread(&mut tx, &asked, period).await?;
        let ends = ends.into_iter().filter(|(place, _)| unread.contains(&ids[*place].0));
        let readings: Vec<NewReading> = ends
            .map(|(place, read)| NewReading {
                meter: ids[place],
                read_at: read.at,
                end_index: read.index,
                source: Source::Amr,
            })
            .collect();
        report.already_read += (asked.len() - readings.len()) as u64;
        if !readings.is_empty() {
            let entry = Entry { by: None, corrects: false, by_file: false };
            report.entered += put_in(&mut tx, now, period, entry, &readings).await?;
        }
    }
    commit(tx).await?;
    Ok(report)
}
