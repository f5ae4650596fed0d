//! Reads a moment from a text by a pattern.
//!
//! As in PostgreSQL, blanks before a word are passed over, any punctuation stands for any other, a number runs on
//! until something that is no digit unless the next word is a number too, a text may end before its pattern does, and
//! what stands behind the pattern is passed over.

use super::digits::{digits, fraction, grouped_year, named, year};
use super::fields::{Fields, Reading};
use super::input::{InputTemplate, Part};
use super::refusal::Refusal;
use super::template::Piece;
use super::word::Word;
use super::write::{DAYS, MONTHS, short};

impl InputTemplate {
    /// Reads a text as far as the pattern goes.
    pub(super) fn read(&self, text: &str) -> Result<Reading, Refusal> {
        self.fields(text)
            .and_then(|fields| fields.reading())
            .map_err(|why| Refusal::of_text(self.0.function, text, &self.0.text, why))
    }

    fn fields(&self, text: &str) -> Result<Fields, &'static str> {
        let mut fields = Fields::default();
        let mut rest = text.trim_end();
        for (at, piece) in self.0.pieces.iter().enumerate() {
            if rest.is_empty() {
                break;
            }
            let before = at.checked_sub(1).and_then(|at| self.0.pieces.get(at));
            let following = self.0.pieces.get(at + 1);
            rest = match *piece {
                Piece::Separator(written) => separator(rest, written, before, following)?,
                Piece::Literal(copied) if copied.is_whitespace() => rest.trim_start(),
                Piece::Literal(copied) => {
                    rest.trim_start().strip_prefix(copied).ok_or("和格式里的文字对不上")?
                }
                Piece::Word { word, bare, .. } => {
                    let runs_on = bare || !following.is_some_and(starts_with_digit);
                    field(word, rest.trim_start(), runs_on, &mut fields)?
                }
            };
        }
        Ok(fields)
    }
}

/// Passes over what a separator of the pattern stands for; a blank may stand for nothing, and among other separators
/// for no punctuation.
fn separator<'a>(
    rest: &'a str,
    written: char,
    before: Option<&Piece>,
    following: Option<&Piece>,
) -> Result<&'a str, &'static str> {
    let trimmed = rest.trim_start();
    let beside = |piece: Option<&Piece>| matches!(piece, Some(Piece::Separator(_)));
    if written == ' ' && (beside(before) || beside(following)) {
        return Ok(trimmed);
    }
    let before_zone = matches!(following, Some(Piece::Word { word: Word::ZoneHour, .. }));
    let sign = |c: char| c == '+' || c == '-';
    let is_separator = |c: char| c.is_ascii_punctuation() && !(before_zone && sign(c));
    match trimmed.strip_prefix(is_separator) {
        // The pattern's separator stands for the blank, and what comes next would be a sign.
        Some(_) if trimmed.len() < rest.len() && !beside(following) => Err("分隔符前多了空格"),
        Some(after) => Ok(after),
        None if written == ' ' || trimmed.len() < rest.len() => Ok(trimmed),
        None => Err("少了格式里的分隔符"),
    }
}

/// Reads the part that a word tells and returns what follows it.
fn field<'a>(
    word: Word,
    rest: &'a str,
    runs_on: bool,
    fields: &mut Fields,
) -> Result<&'a str, &'static str> {
    let part = Part::of(word).ok_or("格式词不能用来读")?;
    let (value, after) = match word {
        Word::MonthName => named(rest, MONTHS).map(|(place, after)| (place + 1, after))?,
        Word::MonthShort => {
            named(rest, MONTHS.map(short)).map(|(place, after)| (place + 1, after))?
        }
        Word::DayName => named(rest, DAYS)?,
        Word::DayShort => named(rest, DAYS.map(short))?,
        Word::HalfDay { dotted: false } => named(rest, ["AM", "PM"])?,
        Word::HalfDay { dotted: true } => named(rest, ["A.M.", "P.M."])?,
        Word::YearGrouped => grouped_year(rest)?,
        Word::ZoneHour => {
            fields.west = rest.starts_with('-');
            digits(rest.strip_prefix(['+', '-']).ok_or("时区要带正负号")?, 2, runs_on)?.value()?
        }
        Word::Year(_) | Word::YearRound(_) | Word::IsoYear(_) => year(word, rest, runs_on)?,
        Word::Millisecond => fraction(rest, 3, runs_on)?,
        Word::Microsecond => fraction(rest, 6, runs_on)?,
        Word::Fraction(width) => fraction(rest, width.into(), runs_on)?,
        _ => {
            fields.twelve_hours |= word == Word::Hour12;
            digits(rest, width(word), runs_on)?.value()?
        }
    };
    fields.tell(part, value);
    Ok(after)
}

/// The digits of a word's number.
fn width(word: Word) -> usize {
    match word {
        Word::IsoDayOfWeek => 1,
        Word::DayOfYear => 3,
        Word::SecondOfDay => 5,
        Word::Julian => 7,
        _ => 2,
    }
}

/// Whether a piece begins with a digit, so that the number before it cannot run on.
fn starts_with_digit(piece: &Piece) -> bool {
    match piece {
        Piece::Literal(copied) | Piece::Separator(copied) => copied.is_ascii_digit(),
        Piece::Word { word, .. } => !matches!(
            word,
            Word::MonthName
                | Word::MonthShort
                | Word::DayName
                | Word::DayShort
                | Word::HalfDay { .. }
                | Word::ZoneHour
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, pattern: &str) -> Result<String, String> {
        let template = InputTemplate::parse("to_timestamp", pattern).unwrap();
        let reading = template.read(text).map_err(|refusal| refusal.to_string())?;
        Ok(reading.clock.to_string())
    }

    /// What PostgreSQL 15 answered, too.
    #[test]
    fn reads_what_postgresql_reads() {
        for (text, pattern, told) in [
            ("2026-03-05", "YYYY-MM-DD", "2026-03-05 00:00:00"),
            ("2026/3/5", "YYYY-MM-DD", "2026-03-05 00:00:00"),
            ("20260305", "YYYYMMDD", "2026-03-05 00:00:00"),
            ("2026年3月5日", "YYYY年MM月DD日", "2026-03-05 00:00:00"),
            ("2026-03", "YYYY-MM-DD HH24:MI", "2026-03-01 00:00:00"),
            ("2026-03-05 10:00 上午", "YYYY-MM-DD", "2026-03-05 00:00:00"),
            ("2026-03-05T13:04", "YYYY-MM-DD\"T\"HH24:MI", "2026-03-05 13:04:00"),
            ("05 mar 2026 1:04 pm", "DD Mon YYYY HH:MI AM", "2026-03-05 13:04:00"),
            ("2026-03-05 12:30 am", "YYYY-MM-DD HH12:MI AM", "2026-03-05 00:30:00"),
            ("March 5 2026", "FMMonth DD, YYYY", "2026-03-05 00:00:00"),
            ("2026-064", "YYYY-DDD", "2026-03-05 00:00:00"),
            ("2026-10-4", "IYYY-IW-ID", "2026-03-05 00:00:00"),
            ("2461105", "J", "2026-03-05 00:00:00"),
            ("69-01-01", "YY-MM-DD", "2069-01-01 00:00:00"),
            ("70-01-01", "YY-MM-DD", "1970-01-01 00:00:00"),
            ("2026-03-05 47049", "YYYY-MM-DD SSSSS", "2026-03-05 13:04:09"),
            ("2026-03-05 0:0:1.25", "YYYY-MM-DD HH24:MI:SS.MS", "2026-03-05 00:00:01.250"),
        ] {
            assert_eq!(read(text, pattern).as_deref(), Ok(told), "{text} {pattern}");
        }
    }

    #[test]
    fn reads_the_years_of_oracle() {
        assert_eq!(read("49-01-01", "RR-MM-DD").as_deref(), Ok("2049-01-01 00:00:00"));
        assert_eq!(read("50-01-01", "RRRR-MM-DD").as_deref(), Ok("1950-01-01 00:00:00"));
        assert_eq!(read("2026-01-01", "RRRR-MM-DD").as_deref(), Ok("2026-01-01 00:00:00"));
    }

    #[test]
    fn a_zone_is_read_with_its_sign() {
        let template = InputTemplate::parse("to_timestamp", "YYYY-MM-DD HH24:MI TZH:TZM").unwrap();
        let west = template.read("2026-03-05 13:04 -03:30").unwrap();
        assert_eq!(west.offset_seconds, Some(-12_600));
        assert_eq!(template.read("2026-03-05 13:04").unwrap().offset_seconds, None);
    }

    #[test]
    fn refuses_what_does_not_exist_or_does_not_fit() {
        let refused = read("2026-02-30", "YYYY-MM-DD").unwrap_err();
        assert_eq!(refused, "to_timestamp 读不懂“2026-02-30”（格式“YYYY-MM-DD”）：没有这一天");
        for (text, pattern) in [
            ("2026-13-01", "YYYY-MM-DD"),
            ("2026-00-01", "YYYY-MM-DD"),
            ("26-03-05", "YYYY-MM-DD"),
            ("20260305", "YYYY-MM-DD"),
            ("2026-03-05 24:00", "YYYY-MM-DD HH24:MI"),
            ("2026-03-05 13:00", "YYYY-MM-DD HH:MI"),
            ("2026-03-05 10:60", "YYYY-MM-DD HH24:MI"),
            ("Fri 2026-03-05", "Dy YYYY-MM-DD"),
            ("2026--3-05", "YYYY-MM-DD"),
            ("2026-03-05, -1", "YYYY-MM-DD, HH24"),
            ("2026-03-05 pm", "YYYY-MM-DD AM HH12"),
            ("", "YYYY-MM-DD"),
            ("三月", "YYYY-MM-DD"),
        ] {
            assert!(read(text, pattern).is_err(), "{text} {pattern}");
        }
    }
}
