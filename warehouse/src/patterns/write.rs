//! Writes a moment by its pattern.

use std::fmt::Write;

use chrono::{Datelike, NaiveDateTime, Timelike};

use super::refusal::Refusal;
use super::template::{Piece, Template};
use super::word::{Case, Word};

/// A moment as its reader sees it: the wall clock, and whether that clock has a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// What the wall clock shows.
    pub(super) clock: NaiveDateTime,
    /// Whether it is known to be the time of Dongguan.
    pub(super) zoned: bool,
}

/// The months in English, as PostgreSQL names them by default.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// The days of the week from Sunday.
pub(super) const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const ROMAN: [&str; 12] =
    ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"];
/// The length of a name that is filled up with blanks.
const NAME_WIDTH: usize = 9;
const ROMAN_WIDTH: usize = 4;
/// The Julian day before the first of January of the year 1.
pub(super) const JULIAN_BASE: i32 = 1_721_425;

impl Template {
    /// Writes a moment.
    pub(super) fn write(&self, moment: Moment) -> Result<String, Refusal> {
        if moment.clock.year() < 1 {
            return Err(Refusal::new(format!("{} 写不了公元前的日子", self.function)));
        }
        if !moment.zoned && self.words().any(Word::is_zone) {
            let why = "值不带时区，不能用 TZ TZH TZM OF";
            return Err(Refusal::of_use(self.function, &self.text, why));
        }
        let mut out = String::with_capacity(self.text.len() + NAME_WIDTH);
        for piece in &self.pieces {
            match *piece {
                Piece::Word { word, case, bare } => out += &written(moment.clock, word, case, bare),
                Piece::Separator(copied) | Piece::Literal(copied) => out.push(copied),
            }
        }
        Ok(out)
    }
}

fn written(at: NaiveDateTime, word: Word, case: Case, bare: bool) -> String {
    let padded = |number: i64, width: usize| {
        let width = if bare { 0 } else { width };
        format!("{number:0width$}")
    };
    let year = i64::from(at.year());
    let iso_year = i64::from(at.iso_week().year());
    let seconds = i64::from(at.num_seconds_from_midnight());
    match word {
        Word::Year(digits) => padded(last_digits(year, digits), digits.into()),
        Word::YearRound(digits) => padded(last_digits(year, digits), digits.into()),
        Word::YearGrouped => format!("{},{:03}", year / 1000, year % 1000),
        Word::YearSigned => format!("{}{}", if bare { "" } else { " " }, padded(year, 4)),
        Word::IsoYear(digits) => padded(last_digits(iso_year, digits), digits.into()),
        Word::Century => padded((year - 1) / 100 + 1, 2),
        Word::Quarter => (at.month0() / 3 + 1).to_string(),
        Word::MonthName => filled(&case.apply(pick(&MONTHS, at.month0())), NAME_WIDTH, bare),
        Word::MonthShort => case.apply(short(pick(&MONTHS, at.month0()))),
        Word::MonthRoman => filled(&case.apply(pick(&ROMAN, at.month0())), ROMAN_WIDTH, bare),
        Word::Month => padded(at.month().into(), 2),
        Word::WeekOfYear => padded((at.ordinal0() / 7 + 1).into(), 2),
        Word::WeekOfMonth => (at.day0() / 7 + 1).to_string(),
        Word::IsoWeek => padded(at.iso_week().week().into(), 2),
        Word::DayOfYear => padded(at.ordinal().into(), 3),
        Word::IsoDayOfYear => padded(iso_day_of_year(at).into(), 3),
        Word::Day => padded(at.day().into(), 2),
        Word::DayOfWeek => at.weekday().number_from_sunday().to_string(),
        Word::IsoDayOfWeek => at.weekday().number_from_monday().to_string(),
        Word::DayName => filled(&case.apply(day_name(at)), NAME_WIDTH, bare),
        Word::DayShort => case.apply(short(day_name(at))),
        Word::Julian => (at.num_days_from_ce() + JULIAN_BASE).to_string(),
        Word::Hour24 => padded(at.hour().into(), 2),
        Word::Hour12 => padded(at.hour12().1.into(), 2),
        Word::Minute => padded(at.minute().into(), 2),
        Word::Second => padded(at.second().into(), 2),
        Word::SecondOfDay => seconds.to_string(),
        Word::Millisecond => fraction(at, 3),
        Word::Microsecond => fraction(at, 6),
        Word::Fraction(digits) => fraction(at, digits),
        Word::HalfDay { dotted } => half(if at.hour12().0 { "PM" } else { "AM" }, dotted, case),
        Word::Era { dotted } => half("AD", dotted, case),
        Word::ZoneName => case.apply("CST"),
        Word::ZoneOffset => format!("+{}", padded(8, 2)),
        Word::ZoneHour => "+08".to_owned(),
        Word::ZoneMinute => "00".to_owned(),
    }
}

fn last_digits(year: i64, digits: u8) -> i64 {
    match digits {
        1 => year % 10,
        2 => year % 100,
        3 => year % 1000,
        _ => year,
    }
}

fn pick<'a>(names: &[&'a str], index: u32) -> &'a str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or("")
}

/// The English name of the day of the week.
pub(super) fn day_name(at: impl Datelike) -> &'static str {
    pick(&DAYS, at.weekday().num_days_from_sunday())
}

/// The first three letters.
pub(super) fn short(name: &str) -> &str {
    name.get(..3).unwrap_or(name)
}

fn filled(name: &str, width: usize, bare: bool) -> String {
    if bare { name.to_owned() } else { format!("{name:<width$}") }
}

fn iso_day_of_year(at: NaiveDateTime) -> u32 {
    (at.iso_week().week() - 1) * 7 + at.weekday().number_from_monday()
}

/// The leading digits of the second's fraction: cut off, not rounded.
fn fraction(at: NaiveDateTime, digits: u8) -> String {
    let mut nine = String::with_capacity(9);
    // A leap second counts on past 999,999,999 nanoseconds.
    let known = write!(nine, "{:09}", at.nanosecond() % 1_000_000_000);
    nine.truncate(if known.is_ok() { digits.into() } else { 0 });
    nine
}

fn half(letters: &str, dotted: bool, case: Case) -> String {
    let spelled = if dotted {
        letters.chars().flat_map(|letter| [letter, '.']).collect()
    } else {
        letters.to_owned()
    };
    case.apply(&spelled)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn at(year: i32, month: u32, day: u32) -> NaiveDateTime {
        let day = NaiveDate::from_ymd_opt(year, month, day).unwrap();
        day.and_hms_micro_opt(13, 4, 9, 12_345).unwrap()
    }

    fn write(pattern: &str) -> String {
        let moment = Moment { clock: at(2026, 3, 5), zoned: true };
        Template::parse("to_char", pattern).unwrap().write(moment).unwrap()
    }

    /// What PostgreSQL 15 answered for this moment, in the time zone Asia/Shanghai.
    #[test]
    fn writes_what_postgresql_writes() {
        for (pattern, written) in [
            ("YYYY-MM-DD HH24:MI:SS", "2026-03-05 13:04:09"),
            ("yyyymmdd", "20260305"),
            ("FMMonth FMDD, YYYY", "March 5, 2026"),
            ("Month|MONTH|Mon|mon|Day|DY", "March    |MARCH    |Mar|mar|Thursday |THU"),
            ("YYYY年FMMM月FMDD日", "2026年3月5日"),
            ("IYYY-IW-ID IDDD", "2026-10-4 067"),
            ("CC Q WW W DDD D J", "21 1 10 1 064 5 2461105"),
            ("HH12:MI:SS.MS am", "01:04:09.012 pm"),
            ("Y,YYY YYY YY Y", "2,026 026 26 6"),
            ("SSSSS US FF1 FF4", "47049 012345 0 0123"),
            ("RM|FMrm", "III |iii"),
            ("AD b.c. P.M.", "AD a.d. P.M."),
            ("TZ tz OF FMOF TZH:TZM", "CST cst +08 +8 +08:00"),
            ("YYYY-MM-01", "2026-03-01"),
            ("\"%\"YYYY", "%2026"),
        ] {
            assert_eq!(write(pattern), written, "{pattern}");
        }
    }

    #[test]
    fn writes_the_words_of_oracle() {
        assert_eq!(write("RRRR RR SYYYY FMSYYYY FF9"), "2026 26  2026 2026 012345000");
    }

    #[test]
    fn a_year_ends_with_its_week() {
        let moment = Moment { clock: at(2024, 12, 30), zoned: false };
        let template = Template::parse("to_char", "IYYY-IW IDDD WW W Q").unwrap();
        assert_eq!(template.write(moment).unwrap(), "2025-01 001 53 5 4");
    }

    #[test]
    fn a_zone_is_not_made_up() {
        let moment = Moment { clock: at(2026, 3, 5), zoned: false };
        let template = Template::parse("to_char", "HH24 TZH").unwrap();
        assert!(template.write(moment).unwrap_err().to_string().contains("不带时区"));
    }
}
