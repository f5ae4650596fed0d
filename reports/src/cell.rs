//! A cell: its figure, and the one text in which every renderer shows it.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use terms::{Money, Volume, shanghai};

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Cell {
    /// As it is read, formatted once.
    pub text: String,
    /// What it is worth, where it is more than words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figure: Option<Figure>,
}

/// The worth of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Figure {
    /// How many.
    Count(i64),
    /// Yuan.
    Money(Money),
    /// Cubic metres.
    Volume(Volume),
    /// A day.
    Day(NaiveDate),
    /// A moment.
    Moment(DateTime<Utc>),
}

impl Cell {
    /// Words, or a number that names something.
    pub fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), figure: None }
    }

    /// How many, grouped by thousands.
    pub fn count(n: i64) -> Self {
        Self { text: grouped(n), figure: Some(Figure::Count(n)) }
    }

    /// Yuan: `80,099.92`.
    pub fn money(amount: Money) -> Self {
        Self { text: amount.grouped(), figure: Some(Figure::Money(amount)) }
    }

    /// Cubic metres, without idle zeros.
    pub fn volume(volume: Volume) -> Self {
        let whole = volume.figure().trunc();
        let rest = (volume.figure() - whole).abs().normalize().to_string();
        let sign = if volume.figure().is_sign_negative() && whole.is_zero() && rest != "0" {
            "-"
        } else {
            ""
        };
        let text = format!(
            "{sign}{}{}",
            grouped(i64::try_from(whole).unwrap_or(i64::MAX)),
            rest.strip_prefix('0').unwrap_or("")
        );
        Self { text, figure: Some(Figure::Volume(volume)) }
    }

    /// A day: `2026-11-24`.
    pub fn day(day: NaiveDate) -> Self {
        Self { text: day.to_string(), figure: Some(Figure::Day(day)) }
    }

    /// The time of a moment in Dongguan: `14:05:12`.
    pub fn time(moment: DateTime<Utc>) -> Self {
        let text = moment.with_timezone(&shanghai()).format("%H:%M:%S").to_string();
        Self { text, figure: Some(Figure::Moment(moment)) }
    }

    /// The sum with another cell of the same kind; blank cells add nothing.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        match (self.figure, other.figure) {
            (Some(Figure::Count(a)), Some(Figure::Count(b))) => Self::count(a + b),
            (Some(Figure::Money(a)), Some(Figure::Money(b))) => Self::money(a + b),
            (Some(Figure::Volume(a)), Some(Figure::Volume(b))) => Self::volume(a + b),
            (None, _) => other.clone(),
            _ => self.clone(),
        }
    }
}

/// A whole number grouped by thousands.
pub(crate) fn grouped(n: i64) -> String {
    let with_fen = Money::exact(Decimal::from(n)).unwrap_or_default().grouped();
    with_fen.strip_suffix(".00").unwrap_or(&with_fen).to_owned()
}

/// A moment in Dongguan: `2026-11-24 14:05:12`.
pub(crate) fn moment_text(moment: DateTime<Utc>) -> String {
    moment.with_timezone(&shanghai()).format("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_once_and_for_all() {
        assert_eq!(Cell::count(1_498_220).text, "1,498,220");
        assert_eq!(Cell::money(Money::from_fen(-14_620)).text, "-146.20");
        for (m3, want) in [
            ("1234.500", "1,234.5"),
            ("27.000", "27"),
            ("-0.250", "-0.25"),
            ("-12", "-12"),
            ("0", "0"),
        ] {
            assert_eq!(Cell::volume(m3.parse().unwrap()).text, want);
        }
    }
}
