//! How figures and moments are written, for whoever reads them.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::clock::shanghai;

/// A number with its whole part grouped by thousands: `21,448,902.17`.
pub fn grouped(number: impl fmt::Display) -> String {
    let plain = number.to_string();
    let (sign, digits) = plain.strip_prefix('-').map_or(("", &*plain), |digits| ("-", digits));
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

/// A moment in Dongguan: `2026-11-24 14:05:12`.
pub fn moment(moment: DateTime<Utc>) -> String {
    moment.with_timezone(&shanghai()).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// The time of the day of a moment in Dongguan: `14:05:12`.
pub fn clock_time(moment: DateTime<Utc>) -> String {
    moment.with_timezone(&shanghai()).format("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_whatever_the_scale() {
        for (plain, want) in [
            ("21448902.17", "21,448,902.17"),
            ("-1234.5000", "-1,234.5000"),
            ("12", "12"),
            ("0.05", "0.05"),
            ("-999", "-999"),
            ("1498220", "1,498,220"),
            ("-100000", "-100,000"),
        ] {
            assert_eq!(grouped(plain), want);
        }
        assert_eq!(grouped(i64::MIN), "-9,223,372,036,854,775,808");
    }

    #[test]
    fn a_moment_is_one_of_dongguan() {
        let at = "2026-11-24T16:05:12.9Z".parse().unwrap();
        assert_eq!((moment(at), clock_time(at)), ("2026-11-25 00:05:12".into(), "00:05:12".into()));
    }
}
