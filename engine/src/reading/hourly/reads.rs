//! The reads of a file: each meter's in order, without what counts for nothing, and the last of each month.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use terms::{BillPeriod, Volume, business_day, shanghai};

use super::{HourlyError, HourlyFlags};
use crate::reading::sheet::SheetError;

/// Reads further apart leave a gap.
const GAP: TimeDelta = TimeDelta::hours(2);
/// A household's meter passes no more in an hour, cubic metres.
const FLOW_MAX_M3: i64 = 5;

/// One read of one meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) at: DateTime<Utc>,
    pub(super) index: Volume,
}

/// The reads of each meter, in the order of the file.
pub(super) fn parse(text: &str) -> Result<BTreeMap<String, Vec<Read>>, HourlyError> {
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
pub(super) fn put_in_order(reads: &mut Vec<Read>, flags: &mut HourlyFlags) -> Volume {
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
pub(super) fn is_whole(reads: &[Read], period: BillPeriod) -> bool {
    reads.last().is_some_and(|read| business_day(read.at) >= period.last_day())
}

/// The last read of each month.
pub(super) fn month_ends(reads: &[Read]) -> BTreeMap<BillPeriod, Read> {
    reads.iter().map(|read| (BillPeriod::of(business_day(read.at)), *read)).collect()
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
