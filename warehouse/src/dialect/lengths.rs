//! Lengths of time as people write them, read as PostgreSQL's `DecodeInterval` reads them: `1 month - 1 day`,
//! `1 day 02:30`, `1.5 hours`. What is left of a month goes to its days, what is left of a day to its hours.

use crate::blanks::BLANKS;

const USEC: f64 = 1.0;
const SECOND: f64 = 1_000_000.0;
const DAY: f64 = 86_400.0 * SECOND;

/// Months, days and microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Length {
    pub(super) months: i32,
    pub(super) days: i32,
    pub(super) micros: i64,
}

/// What one of a unit is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Unit {
    Years(i32),
    Month,
    Days(i32),
    /// Microseconds.
    Clock(f64),
}

/// The length that a text tells; none where it is written otherwise.
pub(super) fn read(text: &str) -> Option<Length> {
    let mut words = words(text)?.into_iter().peekable();
    let (mut length, mut seen) = (Length::default(), Vec::new());
    words.peek()?;
    while let Some(word) = words.next() {
        if word == "ago" && words.peek().is_none() && !seen.is_empty() {
            let Length { months, days, micros } = length;
            return Some(Length { months: -months, days: -days, micros: -micros });
        }
        let (sign, digits) = match word.strip_prefix('-') {
            Some(digits) => (-1.0, digits),
            None => (1.0, word.as_str()),
        };
        let unit = if digits.contains(':') {
            length.micros = length.micros.checked_add(clock(digits, sign)?)?;
            "clock"
        } else {
            let split = digits.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
            let (number, unit) = digits.split_at(split.unwrap_or(digits.len()));
            let named = match unit {
                "" => words.next(),
                attached => Some(attached.to_owned()),
            };
            let (name, unit) = unit_of(named.as_deref().unwrap_or("second"))?;
            length.add(number, sign, unit)?;
            name
        };
        // A unit is told once.
        let clock = |unit: &str| matches!(unit, "hour" | "minute" | "second" | "clock");
        if seen.contains(&unit)
            || clock(unit) && seen.contains(&"clock")
            || unit == "clock" && seen.iter().any(|unit| clock(unit))
        {
            return None;
        }
        seen.push(unit);
    }
    Some(length)
}

/// The words, each sign with its number: between them stand blanks.
fn words(text: &str) -> Option<Vec<String>> {
    let mut words: Vec<String> = Vec::new();
    let mut sign = None;
    for word in text.split(BLANKS).filter(|word| !word.is_empty()) {
        let (found, rest) = match word.strip_prefix(['-', '+']) {
            Some(rest) => (word.chars().next(), rest),
            None => (None, word),
        };
        if sign.is_some() && found.is_some() {
            return None;
        }
        sign = sign.or(found);
        if rest.is_empty() {
            continue;
        }
        let begins = rest.starts_with(|first: char| first.is_ascii_digit() || first == '.');
        if sign.is_some() && !begins {
            return None;
        }
        let minus = if sign.take() == Some('-') { "-" } else { "" };
        words.push(format!("{minus}{}", rest.to_lowercase()));
    }
    sign.is_none().then_some(words)
}

fn unit_of(name: &str) -> Option<(&'static str, Unit)> {
    Some(match name {
        "century" | "centuries" | "cent" | "c" => ("century", Unit::Years(100)),
        "decade" | "decades" | "dec" | "decs" => ("decade", Unit::Years(10)),
        "year" | "years" | "yr" | "yrs" | "y" => ("year", Unit::Years(1)),
        "month" | "months" | "mon" | "mons" => ("month", Unit::Month),
        "week" | "weeks" | "w" => ("week", Unit::Days(7)),
        "day" | "days" | "d" => ("day", Unit::Days(1)),
        "hour" | "hours" | "hr" | "hrs" | "h" => ("hour", Unit::Clock(3_600.0 * SECOND)),
        "minute" | "minutes" | "min" | "mins" | "m" => ("minute", Unit::Clock(60.0 * SECOND)),
        "second" | "seconds" | "sec" | "secs" | "s" => ("second", Unit::Clock(SECOND)),
        "millisecond" | "milliseconds" | "msec" | "msecs" | "ms" => {
            ("millisecond", Unit::Clock(1_000.0))
        }
        "microsecond" | "microseconds" | "usec" | "usecs" | "us" => {
            ("microsecond", Unit::Clock(USEC))
        }
        _ => return None,
    })
}

impl Length {
    /// Adds so many of a unit.
    fn add(&mut self, number: &str, sign: f64, unit: Unit) -> Option<()> {
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && part.is_empty() || part.contains('.') {
            return None;
        }
        let many: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        let many = if sign < 0.0 { -many } else { many };
        let part: f64 = format!("0.{part}0").parse::<f64>().ok()? * sign;
        let times = |by: i32| i32::try_from(many).ok()?.checked_mul(by);
        match unit {
            Unit::Years(years) => {
                let more = whole_number((part * f64::from(years * 12)).round_ties_even())?;
                self.months = self.months.checked_add(times(years * 12)?)?;
                self.months = self.months.checked_add(i32::try_from(more).ok()?)?;
            }
            Unit::Month => {
                self.months = self.months.checked_add(times(1)?)?;
                self.days_and_hours(part * 30.0)?;
            }
            Unit::Days(days) => {
                self.days = self.days.checked_add(times(days)?)?;
                self.days_and_hours(part * f64::from(days))?;
            }
            Unit::Clock(micros) => {
                let all = many.checked_mul(whole_number(micros)?)?;
                self.micros = self.micros.checked_add(all)?.checked_add(rounded(part * micros)?)?;
            }
        }
        Some(())
    }

    fn days_and_hours(&mut self, days: f64) -> Option<()> {
        let whole = days.trunc();
        self.days = self.days.checked_add(i32::try_from(whole_number(whole)?).ok()?)?;
        self.micros = self.micros.checked_add(rounded((days - whole) * DAY)?)?;
        Some(())
    }
}

/// `2:30`, `02:30:15.5`.
fn clock(digits: &str, sign: f64) -> Option<i64> {
    let parts: Vec<&str> = digits.split(':').collect();
    let number = |text: &str| -> Option<i64> {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
    };
    let (hours, minutes, seconds, part) = match parts[..] {
        [hours, minutes] => (number(hours)?, number(minutes)?, 0, ""),
        [hours, minutes, seconds] => {
            let (whole, part) = seconds.split_once('.').unwrap_or((seconds, ""));
            (number(hours)?, number(minutes)?, number(whole)?, part)
        }
        _ => return None,
    };
    if minutes > 59 || seconds > 59 || !part.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = super::times::micros(part)?;
    let all = hours.checked_mul(3_600)?.checked_add(minutes * 60 + seconds)?;
    let all = all.checked_mul(1_000_000)?.checked_add(part)?;
    Some(if sign < 0.0 { -all } else { all })
}

/// Half a microsecond is none.
fn rounded(micros: f64) -> Option<i64> {
    let whole = micros.trunc();
    let rest = micros - whole;
    let step = if rest > 0.5 {
        1
    } else if rest < -0.5 {
        -1
    } else {
        0
    };
    whole_number(whole)?.checked_add(step)
}

fn whole_number(float: f64) -> Option<i64> {
    format!("{float:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 told them.
    #[test]
    fn lengths_are_read_as_postgresql_reads_them() {
        const HOUR: i64 = 3_600_000_000;
        for (text, want) in [
            ("1 month + 2 days", (1, 2, 0)),
            ("1 month -1 day", (1, -1, 0)),
            ("1 month  -  1 day", (1, -1, 0)),
            ("+3 days", (0, 3, 0)),
            ("1 day +02:03:04", (0, 1, 2 * HOUR + 184_000_000)),
            ("1 day -2:03", (0, 1, -2 * HOUR - 180_000_000)),
            ("-1 month 2 days", (-1, 2, 0)),
            ("1 month - 1 day + 2 hours", (1, -1, 2 * HOUR)),
            ("5", (0, 0, 5_000_000)),
            ("1 mon 1", (1, 0, 1_000_000)),
            ("1.5 months", (1, 15, 0)),
            ("0.05 month", (0, 1, 12 * HOUR)),
            ("1 mon -1.5 days", (1, -1, -12 * HOUR)),
            ("-1.5 hours", (0, 0, -HOUR - HOUR / 2)),
            ("2 days ago", (0, -2, 0)),
            ("- 02:00:00", (0, 0, -2 * HOUR)),
            ("1 week -1 day", (0, 6, 0)),
            ("1\tweek\n-1\u{b}day ", (0, 6, 0)),
            ("1.5 years", (18, 0, 0)),
            ("90 Minutes", (0, 0, HOUR + HOUR / 2)),
            ("3 days 4 hours", (0, 3, 4 * HOUR)),
        ] {
            let told = read(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((told.months, told.days, told.micros), want, "{text}");
        }
        for wrong in [
            "",
            "1 day- 2 hours",
            "1 day-2 hours",
            "1 day + -2 hours",
            "1 day 2 days",
            "1 hour 02:00",
            "day",
            "1 dag",
            "+",
            "ago",
            "1 day\u{3000}2 hours",
            "\u{3000}1 day",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
