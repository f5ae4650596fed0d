//! Days and hours as PostgreSQL writes them: no digit of a second more than there is, a year beyond 9999 in all its
//! digits, and one before the first as so many before Christ.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// A calendar day.
pub(crate) fn day(day: NaiveDate) -> String {
    let (date, era) = parts(day);
    format!("{date}{era}")
}

/// A time without a zone.
pub(crate) fn wall(at: NaiveDateTime) -> String {
    let (date, era) = parts(at.date());
    format!("{date} {}{era}", time(at.time()))
}

/// A time that is ahead of UTC as Dongguan is.
pub(crate) fn moment(at: NaiveDateTime) -> String {
    let (date, era) = parts(at.date());
    format!("{date} {}+08{era}", time(at.time()))
}

/// A time of the day.
pub(crate) fn time(at: NaiveTime) -> String {
    let whole = format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second());
    match format!("{:09}", at.nanosecond()).trim_end_matches('0') {
        "" => whole,
        part => format!("{whole}.{part}"),
    }
}

fn parts(day: NaiveDate) -> (String, &'static str) {
    let (year, era) = match day.year() {
        year @ 1.. => (year, ""),
        year => (1 - year, " BC"),
    };
    (format!("{year:04}-{:02}-{:02}", day.month(), day.day()), era)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of PostgreSQL 15.
    #[test]
    fn days_and_hours_are_written_as_postgresql_writes_them() {
        let at = |year: i32, nanos: u32| {
            NaiveDate::from_ymd_opt(year, 3, 5).unwrap().and_hms_nano_opt(1, 2, 3, nanos).unwrap()
        };
        assert_eq!(wall(at(2026, 250_000_000)), "2026-03-05 01:02:03.25");
        assert_eq!(wall(at(2026, 0)), "2026-03-05 01:02:03");
        assert_eq!(moment(at(2026, 1_000)), "2026-03-05 01:02:03.000001+08");
        assert_eq!(wall(at(12_026, 0)), "12026-03-05 01:02:03");
        assert_eq!(moment(at(0, 0)), "0001-03-05 01:02:03+08 BC");
        assert_eq!(day(at(10_000, 0).date()), "10000-03-05");
        assert_eq!(day(at(-43, 0).date()), "0044-03-05 BC");
        assert_eq!(time(at(1, 500_000_000).time()), "01:02:03.5");
    }
}
