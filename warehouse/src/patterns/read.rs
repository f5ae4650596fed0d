//! Reads a moment from a text by a pattern.
//!
//! As in PostgreSQL, blanks round a word are passed over, any punctuation stands for any other or for none, a number
//! runs on until something that is no digit unless the next word is a number too, a text may end before its pattern
//! does, and what stands behind the pattern is passed over.

use super::digits::{digits, fraction, grouped_year, named, year};
use super::fields::{Fields, Reading};
use super::input::{InputTemplate, Part};
use super::refusal::Refusal;
use super::template::Piece;
use super::word::Word;
use super::write::{DAYS, MONTHS, short};
use crate::blanks::BLANKS;

impl InputTemplate {
    /// Reads a text as far as the pattern goes.
    pub(super) fn read(&self, text: &str) -> Result<Reading, Refusal> {
        self.fields(text)
            .and_then(|fields| fields.reading())
            .map_err(|why| Refusal::of_text(self.0.function, text, &self.0.text, why))
    }

    fn fields(&self, text: &str) -> Result<Fields, &'static str> {
        let mut fields = Fields::default();
        let mut place = Place { rest: text, ahead: 0, last: None };
        for (at, piece) in self.0.pieces.iter().enumerate() {
            if place.rest.is_empty() {
                break;
            }
            if at == 0 || matches!(piece, Piece::Word { .. }) {
                place.pass_blanks();
            }
            match *piece {
                Piece::Separator(_) => place.pass_separator(),
                Piece::Literal(copied) => place.pass_literal(copied)?,
                Piece::Word { word, bare, .. } => {
                    let following = self.0.pieces.get(at + 1);
                    let runs_on = bare || !following.is_some_and(starts_with_digit);
                    let rest = match word {
                        Word::ZoneHour => zone_hour(&place, runs_on, &mut fields)?,
                        _ => field(word, place.rest, runs_on, &mut fields)?,
                    };
                    place = Place { rest, ahead: 0, last: None };
                    place.pass_blanks();
                }
            }
        }
        Ok(fields)
    }
}

/// Where the reading stands in the text.
struct Place<'a> {
    rest: &'a str,
    /// How many letters were passed over beyond those of the pattern.
    ahead: i32,
    /// The letter that was passed over last.
    last: Option<char>,
}

impl Place<'_> {
    fn pass(&mut self, letter: char) {
        self.rest = self.rest.get(letter.len_utf8()..).unwrap_or("");
        self.last = Some(letter);
        self.ahead += 1;
    }

    fn pass_blanks(&mut self) {
        while let Some(blank) = self.rest.chars().next().filter(|first| BLANKS.contains(first)) {
            self.pass(blank);
        }
    }

    /// A separator of the pattern stands for any one of the text, or for none.
    fn pass_separator(&mut self) {
        let is_separator = |c: &char| c.is_ascii_punctuation() || BLANKS.contains(c);
        if let Some(separator) = self.rest.chars().next().filter(is_separator) {
            self.pass(separator);
        }
        self.ahead -= 1;
    }

    /// A letter of the pattern stands for one that was passed over already, or for itself.
    fn pass_literal(&mut self, copied: char) -> Result<(), &'static str> {
        if self.ahead <= 0 {
            if !self.rest.starts_with(copied) {
                return Err("和格式里的文字对不上");
            }
            self.pass(copied);
        }
        self.ahead -= 1;
        Ok(())
    }
}

/// Reads the hours of a zone, whose sign a separator of the pattern may have taken for its own.
fn zone_hour<'a>(
    place: &Place<'a>,
    runs_on: bool,
    fields: &mut Fields,
) -> Result<&'a str, &'static str> {
    let sign = |letter: &char| matches!(letter, '+' | '-');
    let first = place.rest.chars().next().filter(sign);
    let taken = place.last.filter(sign);
    // PostgreSQL gives a minus back where a blank beside it stood for the separator.
    if first.is_none() && taken == Some('-') && place.ahead <= 0 {
        return Err("时区的减号被当成了分隔符：请去掉格式里 TZH 前面的空格或符号");
    }
    fields.west = first.or(taken).ok_or("时区要带正负号")? == '-';
    let hours = place.rest.strip_prefix(['+', '-']).unwrap_or(place.rest);
    let (value, after) = digits(hours, 2, runs_on)?.value()?;
    fields.tell(Part::ZoneHour, value);
    Ok(after)
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
            // A separator stands for any, or for none.
            ("2026 -03 - 5", "YYYY-MM-DD", "2026-03-05 00:00:00"),
            ("mar05 2026", "Mon-DD YYYY", "2026-03-05 00:00:00"),
            ("\u{b}2026-03-05\t\n13", "YYYY-MM-DD HH24", "2026-03-05 13:00:00"),
            ("2026-03-05 , 1", "YYYY-MM-DD, HH24", "2026-03-05 01:00:00"),
            // A blank stands for the letter that was copied.
            ("2026 3月5日", "YYYY年MM月DD日", "2026-03-05 00:00:00"),
            ("mar 5 2026", "Mon\" \"DD YYYY", "2026-03-05 00:00:00"),
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
        let east = template.read("2026-03-05 13:04+05:30").unwrap();
        assert_eq!(east.offset_seconds, Some(19_800));
    }

    /// PostgreSQL would take the zone for one of the east.
    #[test]
    fn a_minus_that_stands_for_a_separator_is_no_sign() {
        for (text, pattern) in [
            ("2026-03-01 08:05-05:30", "YYYY-MM-DD HH24:MI TZH:TZM"),
            ("2026-03-01 08:05:09-8", "YYYY-MM-DD HH24:MI:SS TZH"),
            ("2026-03-01 08:05 -05", "YYYY-MM-DD HH24:MI  TZH"),
            ("2026-03-01 08:05-05", "YYYY-MM-DD HH24:MI-TZH"),
        ] {
            assert!(read(text, pattern).unwrap_err().contains("减号"), "{text} {pattern}");
        }
        let template = InputTemplate::parse("to_timestamp", "YYYY-MM-DD HH24:MITZH").unwrap();
        for text in ["2026-03-01 08:05-05", "2026-03-01 08:05 -05"] {
            assert_eq!(template.read(text).unwrap().offset_seconds, Some(-18_000), "{text}");
        }
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
            ("2026-03-01\u{3000}08:05", "YYYY-MM-DD HH24:MI"),
            ("\u{3000}2026-03-01", "YYYY-MM-DD"),
            ("2026 年3月5日", "YYYY年MM月DD日"),
            ("mar5 2026", "Mon\" \"DD YYYY"),
            ("2026-03-05 13--05", "YYYY-MM-DD HH24TZH"),
            ("2026-03-05, 17: ", "YYYY-MM-DD, HH24:MI"),
            ("", "YYYY-MM-DD"),
            ("三月", "YYYY-MM-DD"),
        ] {
            assert!(read(text, pattern).is_err(), "{text} {pattern}");
        }
    }
}
