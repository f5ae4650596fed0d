//! Writes a number by its pattern.

use super::cells::{Cell, Cells, Sign};
use super::figure::Figure;

impl Cells {
    /// Writes a number that was rounded to the places of this pattern; `####` where it does not fit.
    pub(super) fn write(&self, figure: &Figure) -> String {
        let fits = figure.whole.len() <= self.whole_digits();
        let (whole, fraction) = if fits {
            (figure.whole.clone(), figure.fraction.clone())
        } else {
            ("#".repeat(self.whole_digits()), "#".repeat(self.fraction.len()))
        };
        let fraction = fraction.get(..self.kept(&fraction)).unwrap_or(&fraction);
        let mut out = self.prefix.clone();
        if self.sign == Sign::MinusBefore {
            out += self.mark(figure.negative);
        }
        self.write_whole(&whole, fraction, figure.negative, &mut out);
        if !self.fraction.is_empty() {
            out.push('.');
            out += fraction;
        }
        if matches!(self.sign, Sign::After | Sign::MinusAfter) {
            out += self.mark(figure.negative);
        }
        out + &self.suffix
    }

    /// How many places after the point are written: with `FM`, up to the last that counts or is asked for.
    fn kept(&self, fraction: &str) -> usize {
        if !self.bare {
            return fraction.len();
        }
        let counting = fraction.trim_end_matches('0').len();
        let asked = self.fraction.iter().rposition(|zero| *zero).map_or(0, |at| at + 1);
        counting.max(asked)
    }

    fn write_whole(&self, digits: &str, fraction: &str, negative: bool, out: &mut String) {
        let blanks = self.whole_digits() - digits.len();
        let mut places = self.whole.iter().filter(|cell| **cell != Cell::Group);
        let zeros_from = places.position(|cell| *cell == Cell::Zero);
        let shown_from = zeros_from.map_or(blanks, |at| at.min(blanks));
        // A zero alone before the point is left blank, unless it is asked for or nothing else is left.
        let nothing_else = self.bare && fraction.is_empty();
        let blank_zero =
            digits == "0" && !self.fraction.is_empty() && zeros_from.is_none() && !nothing_else;
        let mut digits = digits.chars();
        let mut place = 0;
        for cell in &self.whole {
            if *cell == Cell::Group {
                self.write_or_blank((place > shown_from).then_some(','), out);
                continue;
            }
            if place == shown_from && !blank_zero {
                out.push_str(self.leading_mark(negative));
            }
            let digit = if place < blanks { Some('0') } else { digits.next() };
            self.write_or_blank(digit.filter(|_| place >= shown_from && !blank_zero), out);
            place += 1;
        }
        if blank_zero {
            out.push_str(self.leading_mark(negative));
        }
    }

    fn write_or_blank(&self, written: Option<char>, out: &mut String) {
        match written {
            Some(written) => out.push(written),
            None if self.bare => {}
            None => out.push(' '),
        }
    }

    /// The sign right before the first digit.
    fn leading_mark(&self, negative: bool) -> &'static str {
        match self.sign {
            Sign::Unsaid | Sign::Before => self.mark(negative),
            Sign::After | Sign::MinusBefore | Sign::MinusAfter => "",
        }
    }

    /// The sign as it is written.
    fn mark(&self, negative: bool) -> &'static str {
        match (negative, self.sign) {
            (true, _) => "-",
            (false, Sign::Before | Sign::After) => "+",
            (false, _) if self.bare => "",
            (false, _) => " ",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PostgreSQL 15 answered.
    #[test]
    fn writes_what_postgresql_writes() {
        for (pattern, units, scale, written) in [
            ("999,990.00", 12_345, 1, "   1,234.50"),
            ("999,990.00", -125, 3, "      -0.13"),
            ("FM999,990.00", -1_234_565, 3, "-1,234.57"),
            ("9.9", 4, 2, "  .0"),
            ("FM9.9", 4, 2, "0."),
            ("FM990.99", 125, 1, "12.5"),
            ("999", 1234, 0, " ###"),
            ("FM999.9", -1234, 0, "-###.#"),
            ("S999", 12, 0, " +12"),
            ("999S", -12, 0, " 12-"),
            ("MI999", -12, 0, "- 12"),
            ("999MI", 12, 0, " 12 "),
            ("FM999MI", 12, 0, "12"),
            ("0999", -12, 0, "-0012"),
            ("9,999", -12, 0, "   -12"),
            ("FM9,999", 12, 0, "12"),
            ("\"￥\"FM9G990D00\" 元\"", 12_345, 1, "￥1,234.50 元"),
            ("9099.9", 7, 0, "  007.0"),
            ("FMS99.999", 0, 0, "+0."),
        ] {
            let cells = Cells::parse("to_char", pattern).unwrap();
            let figure = Figure::of_decimal(units, scale, cells.scale()).unwrap();
            assert_eq!(cells.write(&figure), written, "{pattern} {units}");
        }
    }
}
