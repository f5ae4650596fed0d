//! 万元: amounts as leadership reads them.

use rust_decimal::{Decimal, RoundingStrategy};
use terms::Money;

/// An amount in ten thousands of yuan, two decimals, half away from zero: `312.46`.
pub fn wan(amount: Money) -> String {
    let wan = (amount.yuan() / Decimal::from(10_000))
        .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    Money::exact(wan).unwrap_or_default().grouped()
}

/// A part of a whole in percent, or none where the whole is nothing.
pub(super) fn percent(part: Money, whole: Money, decimals: u32) -> Option<Decimal> {
    if whole == Money::ZERO {
        return None;
    }
    let exact = part.yuan() * Decimal::ONE_HUNDRED / whole.yuan();
    let mut rounded =
        exact.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
    rounded.rescale(decimals);
    Some(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousands_are_rounded_once() {
        for (fen, want) in [
            (312_460_000, "312.46"),
            (312_465_000, "312.47"),
            (4_999, "0.00"),
            (5_000, "0.01"),
            (-5_000, "-0.01"),
            (38_204_770_000_000, "38,204,770.00"),
        ] {
            assert_eq!(wan(Money::from_fen(fen)), want, "{fen}");
        }
    }
}
