//! Reads a number from a text by a pattern, and drops nothing of it.

use super::cells::{Cell, Cells, Sign};
use super::refusal::Refusal;

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
        let inside = text.trim().strip_prefix(self.prefix.trim()).ok_or(unlike)?;
        let inside = inside.strip_suffix(self.suffix.trim()).ok_or(unlike)?.trim();
        let behind = matches!(self.sign, Sign::After | Sign::MinusAfter);
        let unsigned =
            if behind { inside.strip_suffix(['+', '-']) } else { inside.strip_prefix(['+', '-']) };
        let negative = unsigned.is_some()
            && if behind { inside.ends_with('-') } else { inside.starts_with('-') };
        let (whole, fraction) = split(unsigned.unwrap_or(inside).trim());
        if whole.is_empty() && fraction.is_none_or(str::is_empty) {
            return Err("不是数字");
        }
        let digits = self.whole_part(whole)? + &self.fraction_part(fraction)?;
        let units: i128 = digits.parse().map_err(|_| "不是数字")?;
        Ok(if negative { -units } else { units })
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
        if digits.len() > self.scale() {
            return Err("小数部分的位数比格式多");
        }
        Ok(format!("{digits:0<width$}", width = self.scale()))
    }
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
