//! The reads of a file: each meter's in order, without what counts for nothing, and the last of each month.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use terms::{BillPeriod, Volume, business_day, shanghai};

use super::HourlyFlags;
use crate::reading::accept::{Column, Refusal};
use crate::reading::imported::RefusedRow;
use crate::reading::parse::YEARS;
use crate::register;

/// Reads further apart leave a gap.
const GAP: TimeDelta = TimeDelta::hours(2);
/// A household's meter passes no more in an hour, cubic metres.
const FLOW_MAX_M3: i64 = 5;
/// How the file writes a moment, as the wall shows it.
const MOMENT: &str = "%d/%m/%Y %H:%M:%S";
/// Litres of a cubic metre.
const LITRES: i64 = 1_000;
/// Refusals that are listed: who has mended so many knows what ails the file.
const LISTED_MAX: usize = 100;

/// One read of one meter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Read {
    /// Its row in the file, from 1.
    pub(super) row: usize,
    pub(super) at: DateTime<Utc>,
    pub(super) index: Volume,
}

impl Read {
    /// Refuses it as the read of this meter.
    pub(super) fn refuse(&self, meter: &str, refusal: Refusal) -> RefusedRow {
        let value = match refusal.column {
            Column::Meter => meter.to_owned(),
            Column::ReadAt => self.at.with_timezone(&shanghai()).format(MOMENT).to_string(),
            Column::EndIndex => {
                (self.index.figure() * Decimal::from(LITRES)).normalize().to_string()
            }
        };
        RefusedRow {
            row: self.row,
            meter: meter.to_owned(),
            column: refusal.column,
            value,
            reason: refusal.reason,
        }
    }
}

/// What is refused of a file: how many rows it is, and the first of them. A file whose year is typed wrong has nothing right.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    pub(super) listed: Vec<RefusedRow>,
    pub(super) count: u64,
}

impl Refusals {
    pub(super) fn push(&mut self, refused: RefusedRow) {
        self.count += 1;
        if self.listed.len() < LISTED_MAX {
            self.listed.push(refused);
        }
    }
}

/// What a file says.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    /// Rows with data.
    pub(super) rows: u64,
    /// The reads of each meter, in the order of the file.
    pub(super) meters: BTreeMap<String, Vec<Read>>,
    pub(super) refused: Refusals,
}

/// Reads the rows of a file; those that do not read as reads until today are refused here.
pub(super) fn parse(text: &str, today: NaiveDate) -> Parsed {
    let mut parsed = Parsed::default();
    for (row, line) in (1..).zip(text.lines()).skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        parsed.rows += 1;
        let mut cells = line.split(';').map(str::trim);
        let [meter, at, litres] = [(); 3].map(|()| cells.next().unwrap_or_default());
        let mut refuse = |column, value: &str, reason: String| {
            let (meter, value) = (meter.to_owned(), value.to_owned());
            parsed.refused.push(RefusedRow { row, meter, column, value, reason });
        };
        let is_named = register::serial_no(meter)
            .map_err(|reason| refuse(Column::Meter, meter, reason.to_owned()));
        let moment = moment(at, today).map_err(|reason| refuse(Column::ReadAt, at, reason));
        let index = cubic_metres(litres)
            .map_err(|reason| refuse(Column::EndIndex, litres, reason.to_owned()));
        if let (Ok(()), Ok(at), Ok(index)) = (is_named, moment, index) {
            parsed.meters.entry(meter.to_owned()).or_default().push(Read { row, at, index });
        }
    }
    parsed
}

/// The moment at which a meter was read: nothing is read on a day that has not come. The year is typed wrong then, or the
/// clock of the meter is.
fn moment(text: &str, today: NaiveDate) -> Result<DateTime<Utc>, String> {
    let read_at = NaiveDateTime::parse_from_str(text, MOMENT)
        .ok()
        .filter(|local| YEARS.contains(&local.year()))
        .and_then(|local| local.and_local_timezone(shanghai()).single())
        .map(|local| local.with_timezone(&Utc));
    match read_at {
        None => Err("不是时间，应如 31/10/2026 23:10:00".to_owned()),
        Some(read_at) if business_day(read_at) > today => {
            Err(format!("读数日期 {} 尚未到来，请核对年月", business_day(read_at)))
        }
        Some(read_at) => Ok(read_at),
    }
}

/// Litres, perhaps written as `4e+05`, as exact cubic metres.
fn cubic_metres(litres: &str) -> Result<Volume, &'static str> {
    if litres.is_empty() {
        return Err("止码为空");
    }
    let litres = litres
        .parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(litres))
        .map_err(|_| "不是数字")?;
    if litres.is_sign_negative() {
        return Err("止码为负数");
    }
    if !litres.is_integer() {
        return Err("止码以升计，应为整数");
    }
    let index = Volume::exact(litres * Decimal::new(1, 3)).map_err(|_| "止码以升计，应为整数")?;
    if index.fits() { Ok(index) } else { Err("止码超出水表量程") }
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

    /// The day on which the files come.
    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2016, 4, 30).unwrap()
    }

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
        let mut meters = parse(text, day()).meters;
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
        let mut meters = parse(text, day()).meters;
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
    fn each_wrong_value_is_named_and_no_more_are_listed_than_somebody_reads() {
        let text = "user key;datetime;meter reading;diff\n\
            ;01/03/2016 00:00:00;1;0\n\
            \n\
            a;31/02/2016 00:00:00;x;0\n\
            a;01/03/0016 00:00:00;1;0\n\
            a;01/05/2016 00:00:00;-1;0\n\
            a;01/03/2016 00:00:00;1.5;0\n\
            a;01/03/2016 00:00:00;1e+20;0\n\
            a\n\
            a;31/03/2016 00:00:00;1;0\n";
        let parsed = parse(text, day());
        let said = |r: &RefusedRow| (r.row, r.column.title(), r.value.clone(), r.reason.clone());
        let refused: Vec<_> = parsed.refused.listed.iter().map(said).collect();
        let no_moment = "不是时间，应如 31/10/2026 23:10:00";
        let wanted = [
            (2, "水表号", "", "水表号应为 1 至 40 个字，不含控制符和全角字符"),
            (4, "抄表时间", "31/02/2016 00:00:00", no_moment),
            (4, "本期止码", "x", "不是数字"),
            (5, "抄表时间", "01/03/0016 00:00:00", no_moment),
            (6, "抄表时间", "01/05/2016 00:00:00", "读数日期 2016-05-01 尚未到来，请核对年月"),
            (6, "本期止码", "-1", "止码为负数"),
            (7, "本期止码", "1.5", "止码以升计，应为整数"),
            (8, "本期止码", "1e+20", "止码超出水表量程"),
            (9, "抄表时间", "", no_moment),
            (9, "本期止码", "", "止码为空"),
        ];
        let wanted = wanted.map(|(r, c, v, why)| (r, c, v.to_owned(), why.to_owned()));
        assert_eq!(refused, wanted);
        assert_eq!((parsed.rows, parsed.meters["a"].len()), (8, 1));
        let many = format!("titles\n{}", "a;heute;1;0\n".repeat(150));
        let parsed = parse(&many, day());
        assert_eq!((parsed.refused.listed.len(), parsed.refused.count), (LISTED_MAX, 150));
    }
}
