//! 预警线: which readings look unlike the account.

use rust_decimal::Decimal;
use terms::{Volume, closed_list};

/// Use up to this is never high or low. 基量
const BASE_M3: i64 = 20;
/// Use of a month above which a meter without a habit waits: a comma read over makes ten times as much.
const UNKNOWN_MAX_M3: i64 = 200;
/// Deviation from the mean of the last three readings, in parts of it, from which a reading waits.
const DEVIATION: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// What the alert lines say of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flag {
    /// Nothing. 正常
    Usual,
    /// No use. 零用水
    Zero,
    /// The meter passed the end of its range. 翻转
    Rollover,
    /// Far above the habit. 偏高
    High,
    /// Far below the habit. 偏低
    Low,
    /// A person's own entry, put right by the same person. 更正
    Corrected,
}

closed_list!(Flag, "reading flag", {
    Usual = "none" "正常",
    Zero = "zero" "零用水",
    Rollover = "rollover" "翻转",
    High = "high" "偏高",
    Low = "low" "偏低",
    Corrected = "corrected" "更正",
});

impl Flag {
    /// True where the reading is not billed before a second person has accepted it.
    pub const fn waits(self) -> bool {
        matches!(self, Self::Rollover | Self::High | Self::Low | Self::Corrected)
    }
}

/// What the alert lines say of a use of some months, beside the mean of the last three readings (None while there are
/// fewer).
pub fn flag(volume: Volume, rolled_over: bool, mean: Option<Decimal>, months: i32) -> Flag {
    if rolled_over {
        return Flag::Rollover;
    }
    if volume == Volume::ZERO {
        return Flag::Zero;
    }
    match mean {
        Some(mean) if volume > Volume::m3(BASE_M3) => {
            // A mean of three has no last digit; their sum has.
            let (thrice, three) =
                (volume.figure() * Decimal::from(3), (mean * Decimal::from(3)).round_dp(3));
            if thrice > three * (Decimal::ONE + DEVIATION) {
                Flag::High
            } else if thrice < three * (Decimal::ONE - DEVIATION) {
                Flag::Low
            } else {
                Flag::Usual
            }
        }
        None if volume.figure() > Decimal::from(UNKNOWN_MAX_M3) * Decimal::from(months.max(1)) => {
            Flag::High
        }
        _ => Flag::Usual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_use_above_the_base_is_high_or_low() {
        for (volume, rolled, mean, want) in [
            (0, false, Some(30), Flag::Zero),
            (36, true, Some(30), Flag::Rollover),
            (20, false, Some(5), Flag::Usual),
            (45, false, Some(30), Flag::Usual),
            (46, false, Some(30), Flag::High),
            (24, false, Some(50), Flag::Low),
            (25, false, Some(50), Flag::Usual),
            (200, false, None, Flag::Usual),
            (201, false, None, Flag::High),
            (13_245 - 1_300, false, None, Flag::High),
        ] {
            let got = flag(Volume::m3(volume), rolled, mean.map(Decimal::from), 1);
            assert_eq!(got, want, "{volume} beside {mean:?}");
        }
        // Half as much again as the mean of 15, 15 and 16, which PostgreSQL gives as 15.3333333333333333.
        let mean = "15.3333333333333333".parse().unwrap();
        assert_eq!(flag(Volume::m3(23), false, Some(mean), 1), Flag::Usual);
        assert_eq!(flag(Volume::m3(24), false, Some(mean), 1), Flag::High);
        // Five months unread.
        assert_eq!(flag(Volume::m3(1_000), false, None, 5), Flag::Usual);
        assert_eq!(flag(Volume::m3(1_001), false, None, 5), Flag::High);
    }
}
