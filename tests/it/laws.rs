//! Rules that hold for any figures.

use engine::tariff::{Step, Tiers, split};
use proptest::prelude::*;
use rust_decimal::Decimal;
use terms::{Money, UnitPrice, Volume};

fn volume() -> impl Strategy<Value = Volume> {
    (0..2_000_000_i64).prop_map(|litres| Volume::rounded(Decimal::new(litres, 3)))
}

fn price() -> impl Strategy<Value = UnitPrice> {
    (0..200_000_i64).prop_map(|p| UnitPrice::exact(Decimal::new(p, 4)).unwrap())
}

fn step(upto: i64, unit_price: UnitPrice, add_m3: i64) -> Step {
    Step { upto: Volume::m3(upto), unit_price, add_per_person: Volume::m3(add_m3) }
}

proptest! {
    /// No drop of water is lost or charged twice between the tiers, whoever lives there.
    #[test]
    fn tiers_add_up_to_the_volume(
        volume in volume(), used in volume(), first in 1..60_i64, more in 1..60_i64,
        persons in 1..12, months in 1..13_u16, price in price(), add in 0..9_i64,
    ) {
        let steps = vec![step(first, price, add), step(first + more, price, add)];
        let limits = Tiers::try_new(steps, price).unwrap().limits(4, persons, months);
        let parts = split(volume, used, &limits);
        prop_assert_eq!(parts.iter().copied().sum::<Volume>(), volume);
        prop_assert!(parts.iter().all(|part| *part >= Volume::ZERO));
        // Billed at once or in two halves, each drop lands in the same tier.
        let half = Volume::rounded(volume.figure() / Decimal::TWO);
        let rest = volume - half;
        let (one, two) = (split(half, used, &limits), split(rest, used + half, &limits));
        for (whole, (one, two)) in parts.iter().zip(one.iter().zip(&two)) {
            prop_assert_eq!(*whole, *one + *two);
        }
    }

    /// More water never costs less, and a charge is within half a fen of the exact product.
    #[test]
    fn a_charge_is_rounded_once(one in volume(), two in volume(), price in price()) {
        let (low, high) = if one <= two { (one, two) } else { (two, one) };
        prop_assert!(Money::charge(low, price) <= Money::charge(high, price));
        let off = (Money::charge(one, price).yuan() - one.figure() * price.yuan()).abs();
        prop_assert!(off <= Decimal::new(5, 3));
    }

    /// A late fee is cut to the fen and never exceeds what it is on, under any ratio up to one.
    #[test]
    fn a_share_never_exceeds_its_whole(fen in 0..100_000_000_i64, per_mille in 0..=1_000_i64) {
        let whole = Money::from_fen(fen);
        let share = whole.share_rounded_down(Decimal::new(per_mille, 3));
        prop_assert!(Money::ZERO <= share && share <= whole);
    }

    /// What is printed reads back as what was meant.
    #[test]
    fn amounts_survive_print(fen in -1_000_000_000_000_i64..1_000_000_000_000) {
        let money = Money::from_fen(fen);
        prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
        prop_assert_eq!(money.grouped().replace(',', "").parse::<Money>(), Ok(money));
        prop_assert_eq!(serde_json::from_str::<Money>(&serde_json::to_string(&money).unwrap()).unwrap(), money);
    }
}
