//! Reads a number from a text by a pattern, and drops nothing of it.

use super::cells::{Cell, Cells, Sign};
use super::refusal::Refusal;
use crate::blanks::{BLANKS, unpadded};

impl Cells {
    /// The places after the point of the numbers that are read.
    pub(super) fn scale(&self) -> usize {
        self.fraction.len()
    }

    /// Reads a number, in units of its last place.
    pub(super) fn read(&self, text: &str) -> Result<i128, Refusal> {
        self.units(text).map_err(|why| Refusal::of_text(self.function, text, &self.text, why))
    }

    fn units(&self, text: &str) -> Result<i128, &'static str> {
        let unlike = "和格式里的文字对不上";
        if self.suffix.contains(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-')) {
            return Err("格式末尾的文字里有数字或正负号");
        }
        // Text in front stands for as many letters, whichever they are.
        let inside = text.strip_prefix(self.prefix.as_str()).ok_or(unlike)?;
        let inside = inside.trim_end_matches(BLANKS).strip_suffix(unpadded(&self.suffix));
        let (before, inside) = led(inside.ok_or(unlike)?.trim_end_matches(BLANKS));
        let behind = matches!(self.sign, Sign::After | Sign::MinusAfter);
        let unsigned =
            if behind { inside.strip_suffix(['+', '-']) } else { inside.strip_prefix(['+', '-']) };
        let negative = unsigned.is_some()
            && if behind { inside.ends_with('-') } else { inside.starts_with('-') };
        let (after, written) = led(unsigned.unwrap_or(inside));
        let (whole, fraction) = split(written);
        if whole.is_empty() && fraction.is_none_or(str::is_empty) {
            return Err("不是数字");
        }
        let (digits, decimals) = (self.whole_part(whole)?, self.fraction_part(fraction)?);
        let lost = before / 2 + after.div_ceil(2);
        let sign_is_met = unsigned.is_none() || behind || before / 2 < self.whole_digits();
        if !sign_is_met || !self.reaches_the_end(lost, &digits, written) {
            return Err("空格或逗号多了，PostgreSQL 会漏读后面的数字");
        }
        let units: i128 = (digits + &decimals).parse().map_err(|_| "不是数字")?;
        Ok(if negative { -units } else { units })
    }

    /// Whether the pattern has a place for all that is written. In PostgreSQL a place takes a digit, perhaps with a
    /// blank before it, or is lost to two blanks; with `FM` it is also lost to a comma.
    fn reaches_the_end(&self, lost: usize, digits: &str, written: &str) -> bool {
        if !self.bare {
            return lost + digits.len() <= self.whole_digits();
        }
        let point = usize::from(!self.fraction.is_empty());
        lost + written.len() <= self.whole_digits() + point + self.scale()
    }

    /// The digits before the point; commas only where the pattern has them.
    fn whole_part(&self, written: &str) -> Result<String, &'static str> {
        let digits: String = written.chars().filter(|c| *c != ',').collect();
        if !digits.bytes().all(|c| c.is_ascii_digit()) {
            return Err("不是数字");
        }
        if digits.len() > self.whole_digits() {
            return Err("整数部分的位数比格式多");
        }
        let expected = self.grouped(&digits);
        if written.contains(',') && expected != written {
            return Err("千分位逗号的位置和格式不同");
        }
        Ok(digits)
    }

    /// The digits with the commas of the pattern, counted from the point.
    fn grouped(&self, digits: &str) -> String {
        let mut left = digits.chars().rev().peekable();
        let mut reversed = Vec::new();
        for cell in self.whole.iter().rev() {
            match cell {
                Cell::Group if left.peek().is_some() => reversed.push(','),
                Cell::Group => {}
                Cell::Nine | Cell::Zero => reversed.extend(left.next()),
            }
        }
        reversed.iter().rev().collect()
    }

    /// The digits after the point, filled up to the places of the pattern.
    fn fraction_part(&self, written: Option<&str>) -> Result<String, &'static str> {
        let digits = written.unwrap_or("");
        if !digits.bytes().all(|c| c.is_ascii_digit()) {
            return Err("不是数字");
        }
        if digits.len() > self.scale() || written.is_some() && self.scale() == 0 {
            return Err("小数部分的位数比格式多");
        }
        Ok(format!("{digits:0<width$}", width = self.scale()))
    }
}

/// How many blanks lead a text, and the text without them.
fn led(text: &str) -> (usize, &str) {
    let after = text.trim_start_matches(' ');
    (text.len() - after.len(), after)
}

/// Cuts a number at its point.
fn split(written: &str) -> (&str, Option<&str>) {
    match written.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (written, None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::figure::Figure;
    use super::*;

    fn read(text: &str, pattern: &str) -> Option<i128> {
        Cells::parse("to_number", pattern).unwrap().read(text).ok()
    }

    #[test]
    fn reads_what_the_pattern_allows() {
        assert_eq!(read("1,234.50", "999,999.99"), Some(123_450));
        assert_eq!(read("-12.5", "FM999,990.00"), Some(-1250));
        assert_eq!(read("12,454.8-", "99G999D9S"), Some(-124_548));
        assert_eq!(read(" 12 ", "999"), Some(12));
        assert_eq!(read("1234.50 元", "9999.99\" 元\""), Some(123_450));
        assert_eq!(read(".5", "9.99"), Some(50));
        assert_eq!(read("¥ 12", "\"¥ \"999"), Some(12));
        assert_eq!(read("¥-12 ", "\"¥\"999"), Some(-12));
        assert_eq!(read("5-\t", "999S"), Some(-5));
        assert_eq!(read("- 5", "99"), Some(-5));
        assert_eq!(read("   12", "999"), Some(12));
        assert_eq!(read("123,456", "FM999,999.99"), Some(12_345_600));
    }

    /// What `to_char` writes, blanks and all, is read again.
    #[test]
    fn reads_what_was_written() {
        for pattern in ["999", "9,999.99", "S9,999.9", "999S", "MI9,999", "9990.0MI", "\" \"999"] {
            let cells = Cells::parse("to_number", pattern).unwrap();
            for units in [0, 5, -5, 120, -120] {
                let figure = Figure::of_decimal(units, 0, cells.scale()).unwrap();
                let text = cells.write(&figure);
                let scale = u32::try_from(cells.scale()).unwrap();
                assert_eq!(cells.read(&text), Ok(units * 10_i128.pow(scale)), "{text} {pattern}");
            }
        }
    }

    /// PostgreSQL counts letters: it would read 23, 5 without its minus, 12 of 123, 12345 of 123456, 13 m.
    #[test]
    fn refuses_what_does_not_match_letter_by_letter() {
        for (text, pattern) in [
            ("123", " 999"),
            ("-5", " 999"),
            ("¥12", "\"¥ \"999"),
            (" ¥12", "\"¥\"999"),
            (" ¥12", "¥999"),
            ("5 -", "999S"),
            ("5 -", "9.9S"),
            ("123 -", "999MI"),
            ("5.-", "999S"),
            ("   5", "9"),
            ("- 5", "9"),
            ("   123", "999"),
            ("  -.5", "9.99"),
            ("  -.5", "FM9.99"),
            ("123,456", "FM999,999"),
            ("968,911.31", "FM999,990.99"),
            ("1 m3", "999\" m3\""),
            ("5-", "S9\"-\""),
            ("\u{3000}5", "999"),
            ("\t5", "999"),
        ] {
            assert_eq!(read(text, pattern), None, "{text} {pattern}");
        }
    }

    /// PostgreSQL drops digits here, or takes the point for a digit's place.
    #[test]
    fn refuses_what_would_lose_a_digit() {
        for (text, pattern) in [
            ("12.345", "99.99"),
            ("1234", "999"),
            ("1,23", "9,999"),
            ("1,234", "9999"),
            ("12.5", "999"),
            ("12a", "999"),
            ("--1", "999"),
            ("-", "999"),
            ("", "999.99"),
            (".", "999.99"),
        ] {
            assert_eq!(read(text, pattern), None, "{text} {pattern}");
        }
    }
}
