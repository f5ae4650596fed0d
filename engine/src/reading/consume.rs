//! 用水量: what a meter counted between two readings.

use rust_decimal::Decimal;
use terms::Volume;

/// A meter that falls counts as run through its range only if the use that follows from it is at most this
/// part of the range; anything more is a misread index.
const PLAUSIBLE_SHARE: Decimal = Decimal::from_parts(1, 0, 0, false, 1);

/// What a meter counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consumption {
    /// Water used.
    pub volume: Volume,
    /// The meter passed the end of its range and began again. 翻转
    pub rolled_over: bool,
}

/// An index that cannot follow the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrongIndex {
    /// The index is below the last one, and the meter cannot have run through its range. 倒表
    #[error("止码小于上期止码")]
    Falling,
    /// The meter cannot show this index.
    #[error("止码超出水表量程")]
    OutOfRange,
    /// Indices are not negative.
    #[error("止码为负数")]
    Negative,
}

/// What the meter counted from `start` to `end`, where it begins again at `max_range`.
///
/// # Errors
/// The index falls without a plausible rollover, or the meter cannot show it.
pub fn consumption(
    start: Volume,
    end: Volume,
    max_range: Volume,
) -> Result<Consumption, WrongIndex> {
    if end < Volume::ZERO {
        return Err(WrongIndex::Negative);
    }
    if end >= max_range {
        return Err(WrongIndex::OutOfRange);
    }
    if end >= start {
        return Ok(Consumption { volume: end - start, rolled_over: false });
    }
    let through_zero = max_range - start + end;
    if through_zero.figure() > max_range.figure() * PLAUSIBLE_SHARE {
        return Err(WrongIndex::Falling);
    }
    Ok(Consumption { volume: through_zero, rolled_over: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(start: i64, end: i64) -> Result<(i64, bool), WrongIndex> {
        consumption(Volume::m3(start), Volume::m3(end), Volume::m3(10_000))
            .map(|used| (i64::try_from(used.volume.figure()).unwrap(), used.rolled_over))
    }

    #[test]
    fn indices_rise_or_run_through_the_range() {
        assert_eq!(used(100, 130), Ok((30, false)));
        assert_eq!(used(100, 100), Ok((0, false)));
        assert_eq!(used(9987, 23), Ok((36, true)));
        assert_eq!(used(5000, 4990), Err(WrongIndex::Falling));
        assert_eq!(used(9987, 10_000), Err(WrongIndex::OutOfRange));
        assert_eq!(used(0, -1), Err(WrongIndex::Negative));
    }

    #[test]
    fn a_replaced_meter_and_its_successor_add_up() {
        let (old, new) = (used(1480, 1520).unwrap(), used(0, 18).unwrap());
        assert_eq!(old.0 + new.0, 58);
    }
}
