//! From a volume to priced lines: pure arithmetic over the versions of one day.

use rust_decimal::{Decimal, RoundingStrategy};
use terms::{FeeItem, Money, TariffVersionId, TownId, UnitPrice, Volume};

use super::{TariffBook, TariffVersion, tier};
use crate::register::{GarbageClass, SewageClass, UseClass};

/// What one account used in one period, and as what it is charged.
#[derive(Debug, Clone)]
pub struct Usage {
    /// Prices of a town come before those of the city.
    pub town: TownId,
    /// Decides the price of water and the surcharge.
    pub use_class: UseClass,
    /// Decides the price of sewage treatment.
    pub sewage_class: SewageClass,
    /// Decides the price of garbage treatment.
    pub garbage_class: GarbageClass,
    /// Persons of the household.
    pub persons: i32,
    /// Months since the reading before, at least 1.
    pub months: i32,
    /// Water used.
    pub volume: Volume,
    /// The quota of a non-resident for the period. 定额
    pub quota: Option<Volume>,
}

/// One fee at one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// What is charged.
    pub fee_item: FeeItem,
    /// From 1.
    pub tier: i16,
    /// Cubic metres, or 1 for a fixed charge.
    pub quantity: Volume,
    /// Yuan for one unit of quantity.
    pub unit_price: UnitPrice,
    /// `quantity × unit_price`, rounded once.
    pub amount: Money,
    /// The version that priced it.
    pub version: TariffVersionId,
    /// The steps, as JSON of at most 400 characters.
    pub basis: String,
}

/// No version of a rate holds for the account.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{}没有适用于“{class}”的有效收费标准", .fee_item.label())]
pub struct NoTariff {
    /// The fee without a rate.
    pub fee_item: FeeItem,
    /// The class of the account for that fee.
    pub class: &'static str,
}

/// Prices everything that an account owes for a period. No line has a quantity of nothing, so an account
/// that used nothing has lines only where its garbage class bears a fixed charge.
///
/// # Errors
/// A fee has no version for the account's class and town.
pub fn price(book: &TariffBook, usage: &Usage) -> Result<Vec<PricedLine>, NoTariff> {
    let mut lines = Vec::with_capacity(4);
    let water = book.find(FeeItem::Water, usage.use_class.code(), usage.town)?;
    lines.extend(price_water(usage.volume, usage.months, usage.persons, water));
    if usage.sewage_class != SewageClass::Exempt {
        let sewage = book.find(FeeItem::Sewage, usage.sewage_class.code(), usage.town)?;
        lines.extend(price_sewage(usage.volume, sewage));
    }
    if usage.garbage_class != GarbageClass::None {
        let garbage = book.find(FeeItem::Garbage, usage.garbage_class.code(), usage.town)?;
        lines.extend(price_garbage(usage.volume, garbage));
    }
    if let Some(quota) = usage.quota.filter(|quota| usage.volume > *quota) {
        let bands = book.find(FeeItem::Overquota, usage.use_class.code(), usage.town)?;
        lines.extend(price_overquota(usage.volume, quota, water, bands));
    }
    Ok(lines)
}

/// Prices water by tiers that widen with months and persons.
pub fn price_water(
    volume: Volume,
    months: i32,
    persons: i32,
    version: &TariffVersion,
) -> Vec<PricedLine> {
    let limits = tier::limits(&version.tiers, version.base_persons, persons, months);
    let parts = tier::split(volume, Volume::ZERO, &limits);
    lines(FeeItem::Water, version, parts, |part, i| {
        let limit = limits[i].map_or_else(|| "null".to_owned(), |limit| limit.to_string());
        (
            version.tiers[i].unit_price,
            format!(
                r#""use":{volume},"months":{months},"persons":{persons},"upto":{limit},"m3":{part}"#
            ),
        )
    })
}

/// Prices sewage treatment on the levied part of the water.
pub fn price_sewage(volume: Volume, version: &TariffVersion) -> Vec<PricedLine> {
    let ratio = version.levy_ratio;
    let parts = tier::split(volume.levied(ratio), Volume::ZERO, &limits_as_written(version));
    lines(FeeItem::Sewage, version, parts, |part, i| {
        let steps = format!(r#""use":{volume},"ratio":{},"m3":{part}"#, ratio.normalize());
        (version.tiers[i].unit_price, steps)
    })
}

/// Prices garbage by the whole of the water; without use, by the fixed charge of the class, if it has one.
pub fn price_garbage(volume: Volume, version: &TariffVersion) -> Vec<PricedLine> {
    if volume == Volume::ZERO {
        if version.fixed_charge == Money::ZERO {
            return Vec::new();
        }
        let price = UnitPrice(version.fixed_charge.yuan());
        return lines(FeeItem::Garbage, version, vec![Volume::m3(1)], |_, _| {
            (price, r#""use":0,"fixed":true"#.to_owned())
        });
    }
    let parts = tier::split(volume, Volume::ZERO, &limits_as_written(version));
    lines(FeeItem::Garbage, version, parts, |part, i| {
        (version.tiers[i].unit_price, format!(r#""use":{volume},"m3":{part}"#))
    })
}

/// Prices the use above a quota: each band is a share of the quota, at a multiple of the base water price.
pub fn price_overquota(
    volume: Volume,
    quota: Volume,
    water: &TariffVersion,
    bands: &TariffVersion,
) -> Vec<PricedLine> {
    let limits: Vec<_> =
        bands.tiers.iter().map(|band| band.upto.map(|share| quota.levied(share.0))).collect();
    let excess = Volume((volume.0 - quota.0).max(Decimal::ZERO));
    let parts = tier::split(excess, Volume::ZERO, &limits);
    let base = water.base_price();
    lines(FeeItem::Overquota, bands, parts, |part, i| {
        let times = bands.tiers[i].unit_price.0;
        let price =
            (base.0 * times).round_dp_with_strategy(4, RoundingStrategy::MidpointAwayFromZero);
        let steps = format!(
            r#""use":{volume},"quota":{quota},"base":{},"times":{},"m3":{part}"#,
            base.0.normalize(),
            times.normalize()
        );
        (UnitPrice(price), steps)
    })
}

fn limits_as_written(version: &TariffVersion) -> Vec<Option<Volume>> {
    version.tiers.iter().map(|tier| tier.upto).collect()
}

/// Makes a line of each part that is not empty; `priced` gives its unit price and its steps.
fn lines(
    fee_item: FeeItem,
    version: &TariffVersion,
    parts: Vec<Volume>,
    priced: impl Fn(Volume, usize) -> (UnitPrice, String),
) -> Vec<PricedLine> {
    let mut lines = Vec::with_capacity(1);
    for (i, part) in parts.into_iter().enumerate().filter(|(_, part)| *part != Volume::ZERO) {
        let (unit_price, steps) = priced(part, i);
        lines.push(PricedLine {
            fee_item,
            tier: i16::try_from(i + 1).unwrap_or(i16::MAX),
            quantity: part,
            unit_price,
            amount: Money::charge(part, unit_price),
            version: version.id,
            basis: format!(
                r#"{{{steps},"price":{}{}}}"#,
                unit_price.0.normalize(),
                version.provenance
            ),
        });
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tariff::seed;

    fn usage(volume: i64) -> Usage {
        Usage {
            town: TownId(441_900_003),
            use_class: UseClass::Resident,
            sewage_class: SewageClass::Resident,
            garbage_class: GarbageClass::Resident,
            persons: 4,
            months: 1,
            volume: Volume::m3(volume),
            quota: None,
        }
    }

    fn amounts(usage: &Usage) -> Vec<(FeeItem, i16, String)> {
        let book = seed::book().unwrap();
        price(&book, usage)
            .unwrap()
            .iter()
            .map(|line| (line.fee_item, line.tier, line.amount.to_string()))
            .collect()
    }

    fn total(usage: &Usage) -> String {
        price(&seed::book().unwrap(), usage)
            .unwrap()
            .iter()
            .map(|line| line.amount)
            .sum::<Money>()
            .to_string()
    }

    #[test]
    fn thirty_cubic_metres_of_a_household() {
        let usage = usage(30);
        assert_eq!(
            amounts(&usage),
            [
                (FeeItem::Water, 1, "37.84".to_owned()),
                (FeeItem::Water, 2, "20.64".to_owned()),
                (FeeItem::Sewage, 1, "25.65".to_owned()),
                (FeeItem::Garbage, 1, "19.20".to_owned()),
            ]
        );
        assert_eq!(total(&usage), "103.33");
    }

    #[test]
    fn the_third_tier() {
        let water: Money = price(&seed::book().unwrap(), &usage(45))
            .unwrap()
            .iter()
            .filter(|line| line.fee_item == FeeItem::Water)
            .map(|line| line.amount)
            .sum();
        assert_eq!(water.to_string(), "110.08");
    }

    #[test]
    fn estates_pay_less_for_garbage() {
        for (class, want) in
            [(GarbageClass::PropertyEstate, "15.36"), (GarbageClass::SortedEstate, "13.82")]
        {
            let usage = Usage { garbage_class: class, ..usage(30) };
            assert_eq!(amounts(&usage).last().unwrap().2, want);
        }
    }

    #[test]
    fn use_above_the_quota_bears_the_surcharge() {
        let usage = Usage {
            use_class: UseClass::NonResident,
            sewage_class: SewageClass::Exempt,
            garbage_class: GarbageClass::None,
            quota: Some(Volume::m3(6000)),
            ..usage(8000)
        };
        let lines = price(&seed::book().unwrap(), &usage).unwrap();
        let surcharge: Vec<_> = lines
            .iter()
            .filter(|line| line.fee_item == FeeItem::Overquota)
            .map(|line| line.amount.to_string())
            .collect();
        assert_eq!(surcharge, ["2616.00", "3488.00"]);
    }

    #[test]
    fn self_supplied_water_pays_for_nine_tenths_of_what_is_drawn() {
        let book = seed::book().unwrap();
        let sewage =
            book.find(FeeItem::Sewage, SewageClass::NonResident.code(), TownId(441_900_003));
        for (why, drawn, want) in
            [("metered", 12_000, "15120.00"), ("pump of 50 m³ an hour", 50 * 24 * 30, "45360.00")]
        {
            let lines = price_sewage(Volume::m3(drawn), sewage.as_ref().unwrap());
            assert_eq!(lines[0].amount.to_string(), want, "{why}");
        }
    }

    #[test]
    fn a_shop_without_use_pays_its_fixed_garbage_charge() {
        let usage = Usage { garbage_class: GarbageClass::Shop, ..usage(0) };
        assert_eq!(amounts(&usage), [(FeeItem::Garbage, 1, "50.00".to_owned())]);
        assert!(amounts(&Usage { garbage_class: GarbageClass::Resident, ..usage }).is_empty());
    }

    #[test]
    fn a_line_explains_itself() {
        let book = seed::book().unwrap();
        let lines = price(&book, &usage(30)).unwrap();
        for line in &lines {
            let steps: serde_json::Value = serde_json::from_str(&line.basis).unwrap();
            assert_eq!(steps["use"], 30);
            assert!(["official", "placeholder"].contains(&steps["status"].as_str().unwrap()));
            assert!(line.basis.len() <= 400, "{}", line.basis);
        }
    }
}
