//! Throws that depend on nothing but the seed, what is decided, for whom and when.

/// What a throw decides; each has its own sequence.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    UseClass,
    Habit,
    Usage,
    Noise,
    Persons,
    Garbage,
    StartIndex,
    Anomaly,
    FamilyName,
    GivenName,
    Phone,
    Street,
    Missed,
    Recovered,
    Day,
    Minute,
    Tender,
    Reversed,
    Kept,
    Remitted,
    Unpaid,
    Rejected,
    Quota,
}

/// The dice of one city.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    /// A number below `sides`.
    pub(super) fn below(self, of: Of, who: u64, when: u64, sides: u64) -> u64 {
        let mixed = mix(self.0
            ^ mix(of as u64 + 1)
            ^ mix(who.wrapping_mul(0x9e37_79b9))
            ^ mix(when.wrapping_add(0x51_7cc1)));
        // The high half of the product is the number scaled to the sides, without a division.
        u64::try_from((u128::from(mixed) * u128::from(sides)) >> 64).unwrap_or_default()
    }

    /// True `per_mille` times in a thousand.
    pub(super) fn hits(self, of: Of, who: u64, when: u64, per_mille: u64) -> bool {
        self.below(of, who, when, 1000) < per_mille
    }

    /// One of a list.
    pub(super) fn pick<T: Copy>(self, of: Of, who: u64, when: u64, list: &[T]) -> T {
        let sides = list.len() as u64;
        list[usize::try_from(self.below(of, who, when, sides)).unwrap_or_default()]
    }
}

/// The finaliser of splitmix64: every bit in reaches every bit out.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_are_even_and_repeatable() {
        let dice = Dice(7);
        let hits = (0..100_000).filter(|who| dice.hits(Of::Missed, *who, 202_611, 50)).count();
        assert!((4_700..5_300).contains(&hits), "{hits}");
        assert_eq!(dice.below(Of::Usage, 5, 6, 100), Dice(7).below(Of::Usage, 5, 6, 100));
        assert!((0..1_000).all(|who| dice.below(Of::Day, who, 0, 4) < 4));
    }
}
