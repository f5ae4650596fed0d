//! An exact number on its way to or from a text.

/// A number as the digits that write it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Figure {
    /// Whether a minus stands before it.
    pub(super) negative: bool,
    /// The digits before the point, without leading zeros but at least one.
    pub(super) whole: String,
    /// The digits after the point.
    pub(super) fraction: String,
}

/// What a double can tell for certain.
const DOUBLE_DIGITS: usize = 15;

impl Figure {
    /// Rounds a decimal of a scale to some places, half away from zero.
    pub(super) fn of_decimal(units: i128, scale: u8, places: usize) -> Option<Self> {
        let scale = usize::from(scale);
        let dropped = u32::try_from(scale.saturating_sub(places)).ok()?;
        let divisor = 10_u128.checked_pow(dropped)?;
        let (kept, rest) = (units.unsigned_abs() / divisor, units.unsigned_abs() % divisor);
        let rounded = if rest > 0 && rest >= divisor - rest { kept + 1 } else { kept };
        let written = rounded.to_string();
        let held = scale.min(places);
        let padded = format!("{written:0>width$}", width = held + 1);
        let (whole, fraction) = padded.split_at_checked(padded.len() - held)?;
        let fraction = format!("{fraction:0<places$}");
        Some(Self { negative: units < 0 && rounded != 0, whole: whole.to_owned(), fraction })
    }

    /// Rounds a double to some places; none if the places reach beyond what a double holds.
    pub(super) fn of_double(value: f64, places: usize) -> Option<Self> {
        if !value.is_finite() {
            return None;
        }
        let written = format!("{:.places$}", value.abs());
        let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
        let figure = Self {
            negative: value.is_sign_negative(),
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        };
        (figure.whole.len() + places <= DOUBLE_DIGITS).then_some(figure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(units: i128, scale: u8, places: usize) -> String {
        let figure = Figure::of_decimal(units, scale, places).unwrap();
        let sign = if figure.negative { "-" } else { "" };
        format!("{sign}{}.{}", figure.whole, figure.fraction)
    }

    #[test]
    fn rounds_half_away_from_zero() {
        assert_eq!(rounded(125, 2, 1), "1.3");
        assert_eq!(rounded(-125, 2, 1), "-1.3");
        assert_eq!(rounded(-4, 2, 1), "0.0");
        assert_eq!(rounded(999, 2, 1), "10.0");
        assert_eq!(rounded(5, 0, 2), "5.00");
        assert_eq!(rounded(i128::MAX, 38, 0), "2.");
    }

    #[test]
    fn a_double_tells_fifteen_digits() {
        assert_eq!(Figure::of_double(0.125, 2).unwrap().fraction, "12");
        assert_eq!(Figure::of_double(1e14, 2), None);
        assert_eq!(Figure::of_double(f64::NAN, 2), None);
    }
}
