//! 远传表: hourly reads of smart meters, from which the last one of each month that is over is entered.
//!
//! The file holds `user key;datetime;meter reading;diff` in cumulative litres, out of order, and numbers such
//! as `4e+05`. Each user key becomes an account with a meter of that serial number in one book of the outlet.
//!
//! A file is taken whole or not at all, and one that is refused leaves nothing: neither an account nor room for a month.
//! Whoever acts on several months takes what others may hold in one order: accounts, the rows of all meters by their ids,
//! the months of outlets, and the chain of marks last; so no two wait for each other.
//!
//! - `reads`: what the file says of each meter. `accounts`: those that are opened for it. `judge`: which may be entered.

mod reads;
mod accounts;
mod judge;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgPool;
use terms::{BillPeriod, Clock, OutletId, TownId, Volume, business_day};

use super::accept::Entry;
use super::entered::{EnterError, Entered};
use super::imported::RefusedRow;
use super::sheet::{SheetError, decode};
use super::{act_of, make_room, record, store};
use crate::access;
use crate::database::{Tx, commit, undone, write};
use crate::register::RegisterError;
use accounts::open_missing;
use judge::judge;
use reads::{Parsed, Read, is_whole, month_ends, parse, put_in_order};

/// Meters tell their reads by themselves.
const ENTRY: Entry = Entry { by: None, corrects: false, by_file: false };

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
    /// Rows with data.
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
    /// What is refused, by rows; with one of them, nothing is imported. Of many, the first found are listed.
    pub refused: Vec<RefusedRow>,
    /// How many refusals there are, listed or not.
    pub refused_count: u64,
    /// True if the file was taken in.
    pub imported: bool,
}

/// A file of hourly reads that was not looked into row by row, or that others stood in the way of.
#[derive(Debug, thiserror::Error)]
pub enum HourlyError {
    /// It does not read as text.
    #[error(transparent)]
    Sheet(#[from] SheetError),
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

/// The last reads of the months that are over, each with the place of its meter.
type MonthEnds = BTreeMap<BillPeriod, Vec<(usize, Read)>>;

/// Imports hourly reads, all or nothing: opens what is missing, then enters the last read of each month that is over and was
/// not read yet. A second import of the same file enters nothing.
///
/// # Errors
/// See [`HourlyError`]. Refused rows are no error: the report has them.
pub async fn import_hourly(
    pool: &PgPool,
    clock: &dyn Clock,
    file: HourlyFile,
) -> Result<HourlyReport, HourlyError> {
    let now = clock.now();
    let mut parsed = parse(&decode(&file.bytes)?, business_day(now));
    if parsed.rows == 0 {
        return Err(SheetError::Empty.into());
    }
    let mut report = HourlyReport {
        rows: parsed.rows,
        meters: parsed.meters.len() as u64,
        accounts_opened: 0,
        flags: HourlyFlags::default(),
        entered: Entered::default(),
        already_read: 0,
        unfinished: 0,
        volume: Volume::ZERO,
        refused: Vec::new(),
        refused_count: 0,
        imported: false,
    };
    for reads in parsed.meters.values_mut() {
        report.volume += put_in_order(reads, &mut report.flags);
    }
    let mut ends = MonthEnds::new();
    let this_month = BillPeriod::of(business_day(now));
    for (place, reads) in parsed.meters.values().enumerate() {
        for (period, read) in month_ends(reads) {
            if period >= this_month || !is_whole(reads, period) {
                report.unfinished += 1;
            } else {
                ends.entry(period).or_default().push((place, read));
            }
        }
    }
    let rooms = pool.clone();
    write(pool, move |tx| take_in(tx, rooms, now, (file, parsed, ends), report)).await
}

async fn take_in(
    mut tx: Tx,
    rooms: PgPool,
    now: DateTime<Utc>,
    (file, parsed, ends): (HourlyFile, Parsed, MonthEnds),
    mut report: HourlyReport,
) -> Result<HourlyReport, HourlyError> {
    let Parsed { meters, mut refused, .. } = parsed;
    let opening = open_missing(&mut tx, now, &file, &meters, &mut refused).await?;
    // Those of all months at once: a month that is entered holds what others need until the last one is.
    let ids: Vec<i64> = opening.meters.iter().flatten().map(|meter| meter.0).collect();
    store::lock_meters(&mut tx, &ids).await?;
    let named = meters.keys().map(String::as_str).zip(opening.meters);
    let named: Vec<_> = named.collect();
    let judged = judge(&mut tx, now, &named, &ends, &mut refused).await?;
    report.already_read = judged.already_read;
    if refused.count > 0 {
        tx.rollback().await?;
        refused.listed.sort_by_key(|refused| refused.row);
        (report.refused, report.refused_count) = (refused.listed, refused.count);
        return Ok(report);
    }
    store::check_read_months(&mut tx, now, &judged.spans).await.map_err(EnterError::from)?;
    // In transactions of their own, which wait for nothing that is held here.
    for period in judged.months.keys() {
        make_room(&rooms, now, *period).await?;
    }
    let mut acts = opening.acts;
    for (period, readings) in &judged.months {
        let entered = record(&mut tx, now, *period, ENTRY, readings).await?;
        acts.push(access::ended(&mut tx, act_of(*period, ENTRY, entered)).await?);
        report.entered += entered;
    }
    for act in &acts {
        access::mark(&mut tx, act, now).await?;
    }
    commit(tx).await?;
    report.accounts_opened = opening.accounts;
    report.imported = true;
    Ok(report)
}
