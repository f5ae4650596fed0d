//! The month of the books.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A month in which charges are billed, stored as the number `202611`, printed as `2026-11`. 账务月份
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BillPeriod(i32);

/// A text or number that names no month.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is not a month such as 2026-11")]
pub struct NotAPeriod(pub String);

impl BillPeriod {
    /// Reads the stored number `202611`.
    pub fn from_number(yyyymm: i32) -> Result<Self, NotAPeriod> {
        let month = yyyymm % 100;
        if (190_001..=299_912).contains(&yyyymm) && (1..=12).contains(&month) {
            Ok(Self(yyyymm))
        } else {
            Err(NotAPeriod(yyyymm.to_string()))
        }
    }

    /// The month in which a day falls.
    pub fn of(day: NaiveDate) -> Self {
        Self(day.year() * 100 + i32::try_from(day.month()).expect("1 to 12"))
    }

    /// The stored number `202611`.
    pub fn number(self) -> i32 {
        self.0
    }

    /// The month after.
    #[must_use]
    pub fn next(self) -> Self {
        if self.0 % 100 == 12 { Self(self.0 + 89) } else { Self(self.0 + 1) }
    }

    /// The month before.
    #[must_use]
    pub fn previous(self) -> Self {
        if self.0 % 100 == 1 { Self(self.0 - 89) } else { Self(self.0 - 1) }
    }

    /// The month that lies `months` before.
    #[must_use]
    pub fn back(self, months: u32) -> Self {
        (0..months).fold(self, |period, _| period.previous())
    }

    /// How many months it lies after another one; below nothing where it lies before it.
    pub fn months_after(self, other: BillPeriod) -> i32 {
        let months = |period: BillPeriod| period.0 / 100 * 12 + period.0 % 100;
        months(self) - months(other)
    }

    /// Its first day.
    pub fn first_day(self) -> NaiveDate {
        let month = u32::try_from(self.0 % 100).expect("1 to 12");
        NaiveDate::from_ymd_opt(self.0 / 100, month, 1).expect("a month has a first day")
    }

    /// Its last day.
    pub fn last_day(self) -> NaiveDate {
        self.next().first_day().pred_opt().expect("not the first day of time")
    }
}

impl fmt::Display for BillPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{:02}", self.0 / 100, self.0 % 100))
    }
}

impl FromStr for BillPeriod {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let not = || NotAPeriod(text.to_owned());
        let (year, month) = text.split_once('-').ok_or_else(not)?;
        if year.len() != 4 || month.len() != 2 {
            return Err(not());
        }
        let year: i32 = year.parse().map_err(|_| not())?;
        let month: i32 = month.parse().map_err(|_| not())?;
        Self::from_number(year * 100 + month).map_err(|_| not())
    }
}

impl TryFrom<String> for BillPeriod {
    type Error = NotAPeriod;
    fn try_from(text: String) -> Result<Self, NotAPeriod> {
        text.parse()
    }
}

impl From<BillPeriod> for String {
    fn from(period: BillPeriod) -> Self {
        period.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_follow_each_other_across_the_year() {
        let december: BillPeriod = "2025-12".parse().unwrap();
        assert_eq!(december.next().to_string(), "2026-01");
        assert_eq!(december.next().previous(), december);
        assert_eq!(december.last_day().to_string(), "2025-12-31");
        assert_eq!(december.back(12).to_string(), "2024-12");
        assert_eq!(december.months_after(december.back(14)), 14);
        assert_eq!(december.back(1).months_after(december), -1);
        for bad in ["2025-13", "2025-1", "202512", "", "2025-00"] {
            assert!(bad.parse::<BillPeriod>().is_err(), "{bad}");
        }
    }
}
