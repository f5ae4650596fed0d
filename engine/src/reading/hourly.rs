//! 远传表: hourly reads of smart meters, from which the last one of each month that is over is entered.
//!
//! The file holds `user key;datetime;meter reading;diff` in cumulative litres, out of order, and numbers such
//! as `4e+05`. Each user key becomes an account with a meter of that serial number in one book of the outlet.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use terms::{
    BillPeriod, BookId, Clock, MeterId, OutletId, PayMethod, TownId, Volume, business_day, shanghai,
};

use super::entered::{EnterError, Entered, NewReading, Source};
use super::sheet::{SheetError, decode};
use super::{enter, store};
use crate::database::undone;
use crate::register::{
    GarbageClass, NewAccount, NewBook, NewMeter, NewPayer, NewPoint, Pays, PointKind, Quantities,
    RegisterError, ServedAt, SewageClass, UseClass, open_accounts, open_books,
};

/// Reads further apart leave a gap.
const GAP: TimeDelta = TimeDelta::hours(2);
/// A household's meter passes no more in an hour, cubic metres.
const FLOW_MAX_M3: i64 = 5;
/// Letters of a serial number by which its account is called.
const SHORT_CHARS: usize = 8;

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

/// One read of one meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Read {
    at: DateTime<Utc>,
    index: Volume,
}

/// The reads of each meter, in the order of the file.
fn parse(text: &str) -> Result<BTreeMap<String, Vec<Read>>, HourlyError> {
    let mut meters: BTreeMap<String, Vec<Read>> = BTreeMap::new();
    for (row, line) in (1..).zip(text.lines()).skip(1) {
        let mut cells = line.split(';').map(str::trim);
        let mut cell = |column| {
            cells.next().filter(|cell| !cell.is_empty()).ok_or_else(|| HourlyError::Row {
                row,
                column,
                value: line.to_owned(),
            })
        };
        if line.trim().is_empty() {
            continue;
        }
        let key = cell("user key")?;
        let at = cell("datetime")?;
        let litres = cell("meter reading")?;
        let wrong = |column, value: &str| HourlyError::Row { row, column, value: value.to_owned() };
        let read = Read {
            at: moment(at).ok_or_else(|| wrong("datetime", at))?,
            index: cubic_metres(litres).ok_or_else(|| wrong("meter reading", litres))?,
        };
        meters.entry(key.to_owned()).or_default().push(read);
    }
    if meters.is_empty() { Err(SheetError::Empty.into()) } else { Ok(meters) }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    let local = NaiveDateTime::parse_from_str(text, "%d/%m/%Y %H:%M:%S").ok()?;
    Some(local.and_local_timezone(shanghai()).single()?.with_timezone(&Utc))
}

/// Litres, perhaps written as `4e+05`, as exact cubic metres.
fn cubic_metres(litres: &str) -> Option<Volume> {
    let litres = litres
        .parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(litres))
        .ok()
        .filter(|litres| litres.is_integer() && !litres.is_sign_negative())?;
    Volume::exact(litres * Decimal::new(1, 3)).ok()
}

/// Sorts the reads by time, drops spikes and those below the one before, counts what is odd, and gives the water used.
fn put_in_order(reads: &mut Vec<Read>, flags: &mut HourlyFlags) -> Volume {
    flags.out_of_order += reads.windows(2).filter(|pair| pair[1].at < pair[0].at).count() as u64;
    reads.sort_by_key(|read| (read.at, read.index));
    let mut lowest_after = lowest_after(reads).into_iter();
    let mut last: Option<Read> = None;
    let mut used = Volume::ZERO;
    reads.retain(|read| {
        if lowest_after.next().flatten().is_some_and(|lowest| is_spike(last, *read, lowest)) {
            flags.spikes += 1;
            return false;
        }
        if let Some(last) = last {
            if read.at == last.at {
                flags.repeated_time += 1;
            }
            if read.index < last.index {
                flags.falling += 1;
                return false;
            }
            if read.at - last.at > GAP {
                flags.gaps += 1;
            }
            if read.index == last.index {
                flags.zero_use += 1;
            }
            used += read.index - last.index;
        }
        last = Some(*read);
        true
    });
    used
}

/// For each read, the lowest index of those that follow.
fn lowest_after(reads: &[Read]) -> Vec<Option<Volume>> {
    let mut lowest: Option<Volume> = None;
    let mut after: Vec<_> = reads
        .iter()
        .rev()
        .map(|read| {
            let here = lowest;
            lowest = Some(lowest.map_or(read.index, |low| low.min(read.index)));
            here
        })
        .collect();
    after.reverse();
    after
}

/// True where the meter showed lower again later, and cannot have passed so much since the read before.
fn is_spike(last: Option<Read>, read: Read, lowest_after: Volume) -> bool {
    let (from, since) = match last {
        Some(last) => (last.index, (read.at - last.at).max(TimeDelta::hours(1))),
        None => (lowest_after, TimeDelta::hours(1)),
    };
    let flows = Decimal::from(FLOW_MAX_M3 * since.num_minutes()) / Decimal::from(60);
    read.index > lowest_after && (read.index - from).figure() > flows
}

/// True where the reads go on to the last day of a month, or beyond it.
fn is_whole(reads: &[Read], period: BillPeriod) -> bool {
    reads.last().is_some_and(|read| business_day(read.at) >= period.last_day())
}

/// The last read of each month.
fn month_ends(reads: &[Read]) -> BTreeMap<BillPeriod, Read> {
    reads.iter().map(|read| (BillPeriod::of(business_day(read.at)), *read)).collect()
}

/// Opens book and accounts for meters that are not known yet; gives the ids of all.
async fn open_missing(
    pool: &PgPool,
    clock: &dyn Clock,
    file: &HourlyFile,
    meters: &BTreeMap<String, Vec<Read>>,
    report: &mut HourlyReport,
) -> Result<Vec<MeterId>, HourlyError> {
    let serials: Vec<String> = meters.keys().cloned().collect();
    let known = store::find_meters(&mut *pool.acquire().await?, &serials).await?;
    let missing: Vec<_> =
        meters.iter().zip(&known).filter(|(_, id)| id.is_none()).map(|(meter, _)| meter).collect();
    if missing.is_empty() {
        return Ok(known.into_iter().flatten().map(MeterId).collect());
    }
    let book = book(pool, clock, file).await?;
    let shorts: Vec<String> = missing.iter().map(|(serial, _)| number_of(&short(serial))).collect();
    let mut taken = store::taken_numbers(&mut *pool.acquire().await?, &shorts).await?;
    let mut accounts: Vec<NewAccount> = Vec::with_capacity(missing.len());
    for (place, (serial, reads)) in (1..).zip(missing) {
        let is_free = taken.insert(number_of(&short(serial)));
        let name = if is_free { short(serial) } else { long(serial) };
        accounts.push(account(book, place, (serial, &name), reads));
    }
    report.accounts_opened = accounts.len() as u64;
    open_accounts(pool, clock, None, &accounts).await?;
    let known = store::find_meters(&mut *pool.acquire().await?, &serials).await?;
    Ok(known.into_iter().flatten().map(MeterId).collect())
}

async fn book(pool: &PgPool, clock: &dyn Clock, file: &HourlyFile) -> Result<BookId, HourlyError> {
    if let Some(id) = store::find_book(&mut *pool.acquire().await?, &file.book_code).await? {
        return Ok(BookId(id));
    }
    let book = NewBook {
        town: file.town,
        outlet: file.outlet,
        code: file.book_code.clone(),
        name: "远传表册".to_owned(),
        reader: None,
    };
    let opened = open_books(pool, clock, None, &[book]).await?;
    opened.first().copied().ok_or_else(|| sqlx::Error::RowNotFound.into())
}

/// What most serial numbers are told apart by.
fn short(serial: &str) -> String {
    serial.chars().take(SHORT_CHARS).collect()
}

/// What tells one apart that begins as another one does.
fn long(serial: &str) -> String {
    hex::encode(&Sha256::digest(serial)[..SHORT_CHARS])
}

fn number_of(name: &str) -> String {
    format!("AMR-{name}")
}

/// An account for a meter that came with nothing but its key.
fn account(book: BookId, place: i32, (serial, name): (&str, &str), reads: &[Read]) -> NewAccount {
    let first = reads.first();
    NewAccount {
        no: number_of(name),
        payer: Pays::New(NewPayer {
            name: format!("远传用户{name}"), phone: None, document: None
        }),
        point: ServedAt::New(NewPoint {
            kind: PointKind::Metered,
            village_code: None,
            address: format!("远传表 {name}"),
        }),
        supplier: None,
        book,
        book_seq: place,
        use_class: UseClass::Resident,
        sewage_class: SewageClass::Resident,
        garbage_class: GarbageClass::Resident,
        persons: 4,
        quantities: Quantities::default(),
        pay_method: PayMethod::Cash,
        opened_on: first.map(|read| business_day(read.at)).unwrap_or_default(),
        meter: Some(NewMeter {
            serial_no: serial.to_owned(),
            caliber_mm: 15,
            max_range: Volume::m3(100_000),
            start_index: first.map_or(Volume::ZERO, |read| read.index),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_are_put_in_order_and_what_is_odd_is_counted() {
        let text = "user key;datetime;meter reading;diff\n\
            a;01/03/2016 00:10:00;400000;0\n\
            a;01/03/2016 02:10:00;4e+05;0\n\
            a;01/03/2016 01:10:00;400000;0\n\
            a;01/03/2016 01:10:00;400000;0\n\
            a;01/03/2016 06:10:00;400125;125\n\
            a;01/03/2016 07:10:00;400100;-25\n\
            a;30/04/2016 23:10:00;401000;900\n";
        let mut meters = parse(text).unwrap();
        let mut flags = HourlyFlags::default();
        let reads = meters.get_mut("a").unwrap();
        let used = put_in_order(reads, &mut flags);
        assert_eq!(used.to_string(), "1");
        assert_eq!(
            flags,
            HourlyFlags {
                out_of_order: 1,
                repeated_time: 1,
                falling: 1,
                gaps: 2,
                zero_use: 3,
                ..HourlyFlags::default()
            }
        );
        let ends = month_ends(reads);
        let ends: Vec<_> =
            ends.iter().map(|(month, read)| (month.number(), read.index.to_string())).collect();
        assert_eq!(ends, [(201_603, "400.125".to_owned()), (201_604, "401".to_owned())]);
    }

    #[test]
    fn a_spike_counts_for_nothing_and_much_use_that_stays_does() {
        let text = "user key;datetime;meter reading;diff\n\
            a;30/03/2016 22:10:00;400000;0\n\
            a;30/03/2016 23:10:00;9400000;0\n\
            a;31/03/2016 00:10:00;9400001;0\n\
            a;31/03/2016 01:10:00;400200;0\n\
            a;29/04/2016 01:10:00;900000;0\n";
        let mut meters = parse(text).unwrap();
        let mut flags = HourlyFlags::default();
        let reads = meters.get_mut("a").unwrap();
        assert_eq!(put_in_order(reads, &mut flags).to_string(), "500");
        assert_eq!((flags.spikes, flags.falling), (2, 0));
        // April goes on to its 29th alone.
        let whole: Vec<_> =
            month_ends(reads).into_keys().map(|month| is_whole(reads, month)).collect();
        assert_eq!(whole, [true, false]);
    }

    #[test]
    fn a_wrong_row_is_named() {
        for (row, column) in [
            ("a;31/02/2016 00:00:00;1;0", "datetime"),
            ("a;01/03/2016 00:00:00;x;0", "meter reading"),
        ] {
            let text = format!("user key;datetime;meter reading;diff\n{row}\n");
            let Err(HourlyError::Row { row: 2, column: named, .. }) = parse(&text) else {
                panic!("{row}");
            };
            assert_eq!(named, column);
        }
    }
}
