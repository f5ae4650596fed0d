//! A cell: its figure, and the one text in which every renderer shows it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use terms::{Money, Volume, clock_time, grouped};

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
        let text = grouped(volume.figure().normalize());
        Self { text, figure: Some(Figure::Volume(volume)) }
    }

    /// The time of a moment in Dongguan: `14:05:12`.
    pub fn time(moment: DateTime<Utc>) -> Self {
        Self { text: clock_time(moment), figure: Some(Figure::Moment(moment)) }
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
