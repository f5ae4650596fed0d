//! 阶梯: a volume is cut at the limits of its tiers.
//!
//! Months and years are one rule: the limits are widened by months or stand for a year, and what was
//! used before in the same span is passed over first.

use rust_decimal::Decimal;
use terms::{UnitPrice, Volume};

/// A step of a rate, with its upper limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Upper limit in m³ a month; for the surcharge, as a share of the quota.
    pub upto: Volume,
    /// Yuan per m³; for the surcharge, a multiple of the base water price.
    pub unit_price: UnitPrice,
    /// Widening of the limit for each person above the base, in m³ a month.
    pub add_per_person: Volume,
}

/// The steps of a rate, rising, and the price of all that lies above them: no water is without a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiers {
    steps: Vec<Step>,
    above: UnitPrice,
}

/// Steps of which one does not lie above the one before, or above nothing, or whose last one is not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the tiers do not rise to an open one")]
pub struct WrongTiers;

impl Tiers {
    /// Accepts steps that rise.
    ///
    /// # Errors
    /// A limit is not above the one before it.
    pub fn try_new(steps: Vec<Step>, above: UnitPrice) -> Result<Self, WrongTiers> {
        let mut below = Volume::ZERO;
        for step in &steps {
            if step.upto <= below {
                return Err(WrongTiers);
            }
            below = step.upto;
        }
        Ok(Self { steps, above })
    }

    /// Reads rows of limit, price and widening, of which the last alone has no limit.
    pub(super) fn from_rows(
        rows: impl IntoIterator<Item = (Option<Volume>, UnitPrice, Volume)>,
    ) -> Result<Self, WrongTiers> {
        let (mut steps, mut above) = (Vec::new(), None);
        for (upto, unit_price, add_per_person) in rows {
            if above.is_some() {
                return Err(WrongTiers);
            }
            match upto {
                Some(upto) => steps.push(Step { upto, unit_price, add_per_person }),
                None => above = Some(unit_price),
            }
        }
        Self::try_new(steps, above.ok_or(WrongTiers)?)
    }

    /// The steps, without what lies above them.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The price above the last step.
    pub fn above(&self) -> UnitPrice {
        self.above
    }

    /// The prices of all tiers, from the first.
    pub(super) fn prices(&self) -> impl Iterator<Item = UnitPrice> {
        self.steps.iter().map(|step| step.unit_price).chain([self.above])
    }

    /// The price of a tier, counted from 0; the last one lies above all steps.
    pub fn price(&self, tier: usize) -> UnitPrice {
        self.steps.get(tier).map_or(self.above, |step| step.unit_price)
    }

    /// The upper limits of the steps for `persons` and `months`, each rounded up to a whole cubic metre in
    /// the payer's favour: ceil(months × (upto + (persons − base)⁺ × add)).
    pub fn limits(&self, base_persons: i32, persons: i32, months: u16) -> Vec<Volume> {
        let extra = Decimal::from((persons - base_persons).max(0));
        self.steps
            .iter()
            .map(|step| {
                let one_month = step.upto.figure() + extra * step.add_per_person.figure();
                Volume::ceil(Decimal::from(months) * one_month)
            })
            .collect()
    }
}

/// Cuts `volume` at `limits`, passing over what was `already_used` in the span. One part for each limit, in
/// order, and one for what lies above them; a limit that was already passed leaves its tier empty, and nothing
/// used before is repriced.
pub fn split(volume: Volume, already_used: Volume, limits: &[Volume]) -> Vec<Volume> {
    let mut from = already_used;
    let end = already_used + volume;
    let mut parts = Vec::with_capacity(limits.len() + 1);
    for limit in limits {
        let upto = (*limit).min(end).max(from);
        parts.push(upto - from);
        from = upto;
    }
    parts.push(end - from);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(volume: i64, used: i64, limits: &[i64]) -> Vec<i64> {
        let limits: Vec<_> = limits.iter().map(|limit| Volume::m3(*limit)).collect();
        whole(&split(Volume::m3(volume), Volume::m3(used), &limits))
    }

    fn whole(parts: &[Volume]) -> Vec<i64> {
        parts.iter().map(|part| i64::try_from(part.figure()).unwrap()).collect()
    }

    fn tiers(limits: &[&str], add: i64) -> Result<Tiers, WrongTiers> {
        let price = UnitPrice::exact(Decimal::ONE).unwrap();
        let step = |limit: &&str| Step {
            upto: limit.parse().unwrap(),
            unit_price: price,
            add_per_person: Volume::m3(add),
        };
        Tiers::try_new(limits.iter().map(step).collect(), price)
    }

    /// The worked cases of a city's annual tiers: base 150 m³ for 5 persons, 30 m³ for each more,
    /// second tier 100 m³ wide.
    #[test]
    fn annual_tiers_follow_the_worked_cases() {
        let tiers = tiers(&["150", "250"], 30).unwrap();
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
            let limits = tiers.limits(5, persons, 1);
            let parts = split(Volume::m3(volume), Volume::m3(used), &limits);
            assert_eq!(whole(&parts), want, "{why}");
        }
    }

    #[test]
    fn a_volume_at_a_limit_stays_below_it() {
        assert_eq!(cut(22, 0, &[22, 40]), [22, 0, 0]);
        assert_eq!(cut(45, 0, &[10, 20, 30, 40]), [10, 10, 10, 10, 5]);
        assert_eq!(cut(0, 0, &[22, 40]), [0, 0, 0]);
    }

    #[test]
    fn water_above_the_last_limit_is_not_lost() {
        assert_eq!(cut(45, 0, &[22, 40]), [22, 18, 5]);
        assert_eq!(cut(5, 40, &[22, 40]), [0, 0, 5]);
        let price = UnitPrice::exact(Decimal::ONE).unwrap();
        let row = |upto: Option<i64>| (upto.map(Volume::m3), price, Volume::ZERO);
        let rows = |uptos: &[Option<i64>]| Tiers::from_rows(uptos.iter().copied().map(row));
        assert!(rows(&[Some(22), Some(40), None]).is_ok());
        for wrong in
            [&[][..], &[Some(22), Some(40)], &[None, Some(40), None], &[Some(40), Some(22), None]]
        {
            assert_eq!(rows(wrong), Err(WrongTiers), "{wrong:?}");
        }
        assert_eq!(tiers(&["22", "22"], 0), Err(WrongTiers));
    }

    #[test]
    fn limits_grow_with_months_and_persons() {
        let tiers = tiers(&["22.5", "40"], 5).unwrap();
        assert_eq!(tiers.limits(4, 3, 1), [Volume::m3(23), Volume::m3(40)]);
        assert_eq!(tiers.limits(4, 6, 2), [Volume::m3(65), Volume::m3(100)]);
    }
}
