//! Texts that tell days and moments, in the one form that arrow reads.

use chrono::{NaiveDate, NaiveDateTime, TimeDelta};

use super::times;
use super::zones::is_zone;
use crate::blanks::{BLANKS, has_other_blanks, unpadded};

/// A moment in that form, rounded to microseconds; what tells none stays as it is, for whoever refuses it.
pub(super) fn legible(text: &str) -> String {
    told(text, true)
}

/// A day in that form: that which is written, also where the clock behind it rounds up to the next.
pub(super) fn legible_day(text: &str) -> String {
    without_zone(&told(text, false))
}

/// A truth as it is written.
pub(super) fn legible_truth(text: &str) -> String {
    if has_other_blanks(text) { unreadable(text) } else { unpadded(text).to_owned() }
}

/// What tells nothing: arrow would pass over a blank in it.
fn unreadable(text: &str) -> String {
    format!("{text}?")
}

fn told(text: &str, rounds_up: bool) -> String {
    if has_other_blanks(text) {
        return unreadable(text);
    }
    let text = unpadded(text);
    let is_between = |letter: char| letter == 'T' || BLANKS.contains(&letter);
    let (day, rest) = text.split_at(text.find(is_between).unwrap_or(text.len()));
    // However many blanks stand between them.
    let rest = match rest.strip_prefix(BLANKS) {
        Some(clock) => format!(" {}", clock.trim_start_matches(BLANKS)),
        None => rest.to_owned(),
    };
    let day = if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{}-{}-{}", &day[..4], &day[4..6], &day[6..])
    } else if day.find('/') == Some(4) && day.chars().all(|c| c.is_ascii_digit() || c == '/') {
        day.replace('/', "-")
    } else {
        day.to_owned()
    };
    // Years are those of our era, from the first on.
    let day = if day.starts_with("0000-") || day.starts_with(['-', '+']) { day + "?" } else { day };
    // Hours and minutes alone, whatever zone stands behind.
    let mut letters = rest.char_indices().skip(1);
    let zone = letters.find(|(_, letter)| !is_of_clock(*letter)).map_or(rest.len(), |(at, _)| at);
    let (clock, zone) = rest.split_at(zone);
    let mut clock = clock.trim_end_matches(BLANKS);
    let named = zone.len() > 1 && zone.starts_with(char::is_alphabetic);
    // `2026-11 -27` is no day, as it would be without its blank.
    if clock.is_empty() && !zone.is_empty() && !named {
        return unreadable(text);
    }
    let mut day = day;
    // The end of a day is the beginning of the next.
    if matches!(clock.get(1..), Some("24:00" | "24:00:00")) {
        day = if rounds_up { next_day(&day) } else { day };
        clock = " 00:00:00";
    }
    let seconds = if clock.matches(':').count() == 1 { ":00" } else { "" };
    let between = if named { " " } else { "" };
    let at = match long_fraction(clock) {
        _ if is_beyond(clock) => format!("{day}?{clock}"),
        None => format!("{day}{clock}"),
        Some((clock, micros @ ..1_000_000)) => format!("{day}{clock}.{micros:06}"),
        Some((whole, _)) if rounds_up => {
            next_second(&day, whole).unwrap_or_else(|| format!("{day}?{clock}"))
        }
        Some((clock, _)) => format!("{day}{clock}"),
    };
    format!("{at}{seconds}{between}{zone}")
}

/// True for what a clock is written with.
fn is_of_clock(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, ':' | '.' | ' ')
}

/// A clock without its fraction, and the microseconds of that, a million where it rounds up; none for six decimals.
fn long_fraction(clock: &str) -> Option<(&str, i64)> {
    let (whole, part) = clock.split_once('.')?;
    let is_long = part.len() > 6 && part.bytes().all(|byte| byte.is_ascii_digit());
    Some((whole, times::micros(part).filter(|_| is_long)?))
}

/// The day behind; what is none stays as it is, and tells none.
fn next_day(day: &str) -> String {
    let found = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().filter(|_| day.len() == 10);
    let next = found.and_then(|day| day.succ_opt());
    next.map_or_else(|| format!("{day}?"), |next| next.format("%Y-%m-%d").to_string())
}

/// The second behind, perhaps of another day; none where there is no such day or clock.
fn next_second(day: &str, clock: &str) -> Option<String> {
    let at = format!("{day} {}", clock.trim_start_matches(['T', ' ']));
    let at = NaiveDateTime::parse_from_str(&at, "%Y-%m-%d %H:%M:%S").ok()?;
    let next = at.checked_add_signed(TimeDelta::seconds(1))?;
    Some(next.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// True for a fraction of a second 60: PostgreSQL takes that for the next minute, and nothing behind it.
fn is_beyond(clock: &str) -> bool {
    clock.split_once('.').is_some_and(|(whole, part)| {
        whole.ends_with(":60") && part.contains(|digit| matches!(digit, '1'..='9'))
    })
}

/// A day and a clock as they are written: PostgreSQL passes over a zone behind them, one that it knows.
pub(super) fn without_zone(text: &str) -> String {
    let (day, rest) = text.split_at(text.find([' ', 'T']).unwrap_or(text.len()));
    let clock = rest.trim_start_matches(['T', ' ']);
    match clock.find(|letter| !is_of_clock(letter)) {
        Some(at) if is_zone(unpadded(&clock[at..])) => {
            let end = rest.len() - clock.len() + at;
            format!("{day}{}", rest[..end].trim_end_matches(BLANKS))
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read_as_people_write_them() {
        for (written, moment, wall) in [
            ("2026/11/27", "2026-11-27", "2026-11-27"),
            ("2026-11-27 10:00", "2026-11-27 10:00:00", "2026-11-27 10:00:00"),
            ("2026-11-27 10:00+08", "2026-11-27 10:00:00+08", "2026-11-27 10:00:00"),
            ("2026-11-27T10:00:00.5Z", "2026-11-27T10:00:00.5Z", "2026-11-27T10:00:00.5"),
            ("2026-11-27 10:00:00-05:00", "2026-11-27 10:00:00-05:00", "2026-11-27 10:00:00"),
            ("20261127", "2026-11-27", "2026-11-27"),
            ("20261127 10:00", "2026-11-27 10:00:00", "2026-11-27 10:00:00"),
            (
                "2026-11-27 10:00:00.1234567+08",
                "2026-11-27 10:00:00.123457+08",
                "2026-11-27 10:00:00.123457",
            ),
            ("2026-11-27 10:00:59.9999995+08", "2026-11-27 10:01:00+08", "2026-11-27 10:01:00"),
            ("20261231T23:59:59.9999999", "2027-01-01 00:00:00", "2027-01-01 00:00:00"),
            (
                "2026-11-27 23:59:60.9999999",
                "2026-11-27? 23:59:60.9999999",
                "2026-11-27? 23:59:60.9999999",
            ),
            ("2026-11-27 10:00Z", "2026-11-27 10:00:00Z", "2026-11-27 10:00:00"),
            (
                "2026-11-27 10:00 Asia/Shanghai",
                "2026-11-27 10:00:00 Asia/Shanghai",
                "2026-11-27 10:00:00",
            ),
            (
                "2026-11-27 10:00:00 Asia/Shanghai",
                "2026-11-27 10:00:00 Asia/Shanghai",
                "2026-11-27 10:00:00",
            ),
            ("2026-11-27   10:00+08", "2026-11-27 10:00:00+08", "2026-11-27 10:00:00"),
            ("2026-11-30 24:00", "2026-12-01 00:00:00", "2026-12-01 00:00:00"),
            ("20261231 24:00:00+08", "2027-01-01 00:00:00+08", "2027-01-01 00:00:00"),
            ("2026-11-31 24:00", "2026-11-31? 00:00:00", "2026-11-31? 00:00:00"),
            ("2026-11-30 24:01", "2026-11-30 24:01:00", "2026-11-30 24:01:00"),
            ("0001-01-01", "0001-01-01", "0001-01-01"),
            ("0000-01-01", "0000-01-01?", "0000-01-01?"),
            ("00000101 10:00", "0000-01-01? 10:00:00", "0000-01-01? 10:00:00"),
            ("-0001-01-01", "-0001-01-01?", "-0001-01-01?"),
            ("2026-11-27 10:00:00+99", "2026-11-27 10:00:00+99", "2026-11-27 10:00:00+99"),
            ("2026-11-27\t\n10:00", "2026-11-27 10:00:00", "2026-11-27 10:00:00"),
            ("2026 -11-27", "2026 -11-27?", "2026 -11-27?"),
            ("2026\t-11-27", "2026\t-11-27?", "2026\t-11-27?"),
            ("2026-11\t-27 10:00", "2026-11\t-27 10:00?", "2026-11\t-27 10:00?"),
            ("2026/11 /27", "2026/11 /27?", "2026/11 /27?"),
            ("2026-11-27 Asia/Shanghai", "2026-11-27 Asia/Shanghai", "2026-11-27"),
            ("\t2026-11-27  10:00\r\n", "2026-11-27 10:00:00", "2026-11-27 10:00:00"),
            (
                "2026-11-27 10:00:00\u{3000}+08",
                "2026-11-27 10:00:00\u{3000}+08?",
                "2026-11-27 10:00:00\u{3000}+08?",
            ),
            (
                "2026-11-27 10:00:00 nowhere",
                "2026-11-27 10:00:00 nowhere",
                "2026-11-27 10:00:00 nowhere",
            ),
        ] {
            assert_eq!(legible(written), moment, "{written}");
            assert_eq!(without_zone(&legible(written)), wall, "{written}");
        }
        assert_eq!(legible_day("20261127 23:59:59.9999999+08"), "2026-11-27 23:59:59");
        assert_eq!(legible_day("2026-11-30 24:00"), "2026-11-30 00:00:00");
        assert_eq!(legible_day("\u{3000}2026-11-30"), "\u{3000}2026-11-30?");
    }

    #[test]
    fn a_wide_blank_stands_beside_no_truth() {
        assert_eq!(legible_truth("\u{b}true\n"), "true");
        assert_eq!(legible_truth("\u{3000}true"), "\u{3000}true?");
    }
}
