//! 阶梯: a volume is cut at the limits of its tiers.
//!
//! Months and years are one rule: the limits are widened by months or stand for a year, and what was
//! used before in the same span is passed over first.

use rust_decimal::Decimal;
use terms::Volume;

use super::Tier;

/// The upper limits of the tiers for `persons` and `months`, each rounded up to a whole cubic metre in
/// the payer's favour: ceil(months × (upto + (persons − base)⁺ × add)). The last tier has none.
pub fn limits(tiers: &[Tier], base_persons: i32, persons: i32, months: i32) -> Vec<Option<Volume>> {
    let extra = Decimal::from((persons - base_persons).max(0));
    tiers
        .iter()
        .map(|tier| {
            tier.upto.map(|upto| {
                let one_month = upto.0 + extra * tier.add_per_person.0;
                Volume((Decimal::from(months) * one_month).ceil())
            })
        })
        .collect()
}

/// Cuts `volume` at `limits`, passing over what was `already_used` in the span. One part a tier, in order;
/// a limit that was already passed leaves its tier empty, and nothing used before is repriced.
pub fn split(volume: Volume, already_used: Volume, limits: &[Option<Volume>]) -> Vec<Volume> {
    let mut from = already_used.0;
    let end = already_used.0 + volume.0;
    limits
        .iter()
        .map(|limit| {
            let upto = limit.map_or(end, |limit| limit.0.min(end)).max(from);
            let part = upto - from;
            from = upto;
            Volume(part)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::UnitPrice;

    fn cut(volume: i64, used: i64, limits: &[i64]) -> Vec<i64> {
        let limits: Vec<_> =
            limits.iter().map(|limit| Some(Volume::m3(*limit))).chain([None]).collect();
        split(Volume::m3(volume), Volume::m3(used), &limits)
            .iter()
            .map(|part| i64::try_from(part.0).unwrap())
            .collect()
    }

    /// The worked cases of a city's annual tiers: base 150 m³ for 5 persons, 30 m³ for each more,
    /// second tier 100 m³ wide.
    #[test]
    fn annual_tiers_follow_the_worked_cases() {
        let tier = |upto: Option<i64>| Tier {
            upto: upto.map(Volume::m3),
            unit_price: UnitPrice(Decimal::ONE),
            add_per_person: Volume::m3(30),
        };
        let tiers = [tier(Some(150)), tier(Some(250)), tier(None)];
        for (why, persons, used, volume, want) in [
            ("across the first limit", 5, 140, 30, [10, 20, 0]),
            ("a sixth person comes", 6, 160, 50, [20, 30, 0]),
            ("the sixth person leaves, history stays", 5, 160, 10, [0, 10, 0]),
            ("two meters merged at 80 and 90", 5, 170, 10, [0, 10, 0]),
            ("and used further", 5, 180, 100, [0, 70, 30]),
            ("the pair split: the first", 5, 80, 20, [20, 0, 0]),
            ("the pair split: the second", 5, 90, 70, [60, 10, 0]),
            ("a new owner starts at nothing", 5, 0, 150, [150, 0, 0]),
        ] {
            let limits = limits(&tiers, 5, persons, 1);
            let parts: Vec<i64> = split(Volume::m3(volume), Volume::m3(used), &limits)
                .iter()
                .map(|part| i64::try_from(part.0).unwrap())
                .collect();
            assert_eq!(parts, want, "{why}");
        }
    }

    #[test]
    fn a_volume_at_a_limit_stays_below_it() {
        assert_eq!(cut(22, 0, &[22, 40]), [22, 0, 0]);
        assert_eq!(cut(45, 0, &[10, 20, 30, 40]), [10, 10, 10, 10, 5]);
        assert_eq!(cut(0, 0, &[22, 40]), [0, 0, 0]);
    }

    #[test]
    fn limits_grow_with_months_and_persons() {
        let tier = |upto: &str, add: i64| Tier {
            upto: Some(Volume(upto.parse().unwrap())),
            unit_price: UnitPrice(Decimal::ONE),
            add_per_person: Volume::m3(add),
        };
        let tiers = [tier("22.5", 5), tier("40", 5)];
        assert_eq!(limits(&tiers, 4, 3, 1), [Some(Volume::m3(23)), Some(Volume::m3(40))]);
        assert_eq!(limits(&tiers, 4, 6, 2), [Some(Volume::m3(65)), Some(Volume::m3(100))]);
    }
}
