//! From a volume to priced lines: pure arithmetic over the versions of one day.

use rust_decimal::Decimal;
use terms::{FeeItem, Money, OrganisationId, Span, TariffVersionId, TownId, UnitPrice, Volume};

use super::book::{TariffBook, TariffVersion};
use super::tier::split;
use crate::register::{GarbageClass, Quantities, RateBasis, SewageClass, UseClass};

mod months;

pub use months::GarbageMonths;

/// What one account used in a span, and as what it is charged.
#[derive(Debug, Clone)]
pub struct Usage {
    /// Prices of a town come before those of the city.
    pub town: TownId,
    /// 供水单位: its own prices come before those of the town.
    pub supplier: OrganisationId,
    /// Decides the price of water and the surcharge.
    pub use_class: UseClass,
    /// Decides the price of sewage treatment.
    pub sewage_class: SewageClass,
    /// Decides the price of garbage treatment.
    pub garbage_class: GarbageClass,
    /// Persons of the household.
    pub persons: i32,
    /// What fees are due on that are not by water.
    pub quantities: Quantities,
    /// 计征比例 of its own; None where that of the rate holds.
    pub levy_ratio: Option<Decimal>,
    /// When: tiers, quota and fixed charge are as wide as its months.
    pub span: Span,
    /// Water used.
    pub volume: Volume,
    /// Water of the same months that was billed before; tiers and quota begin there.
    pub used_before: Volume,
    /// What of it was billed apart, for the last month alone.
    pub apart: Apart,
    /// What its months bear for garbage, and bore before.
    pub garbage: GarbageMonths,
    /// The quota of a non-resident for all months of the span. 定额
    pub quota: Option<Volume>,
}

/// What was billed for the same month by other charges, each tier of each fee by itself: a month billed apart comes to what
/// it comes to at once, so this is taken off the whole.
#[derive(Debug, Clone, Default)]
pub struct Apart {
    /// Water used.
    pub volume: Volume,
    /// Quantities, by fee and tier.
    pub lines: Vec<(FeeItem, i16, Volume)>,
}

impl Apart {
    /// What of each part of the whole is still to be charged.
    fn taken_off(&self, fee_item: FeeItem, mut parts: Vec<Volume>) -> Result<Vec<Volume>, NoPrice> {
        for (_, tier, quantity) in self.lines.iter().filter(|line| line.0 == fee_item) {
            let part = usize::try_from(*tier - 1).ok().and_then(|tier| parts.get_mut(tier));
            let Some(part) = part.filter(|part| **part >= *quantity) else {
                return Err(NoPrice::Apart(fee_item));
            };
            *part = *part - *quantity;
        }
        Ok(parts)
    }
}

impl Usage {
    /// Where prices are looked for.
    pub(crate) fn place(&self) -> (TownId, OrganisationId) {
        (self.town, self.supplier)
    }

    /// Whether the books have room for what was used.
    fn fits(&self) -> bool {
        [self.volume, self.used_before].into_iter().chain(self.quota).all(Volume::fits)
    }

    /// Where the last month of the span begins and ends, in water: what is billed of the months before it, and all that is
    /// used.
    fn of_month(&self) -> (Volume, Volume) {
        (self.used_before - self.apart.volume, self.used_before + self.volume)
    }

    /// The tiers of a version, as wide as the span.
    fn limits(&self, version: &TariffVersion) -> Vec<Volume> {
        version.tiers.limits(version.base_persons, self.persons, self.span.months())
    }

    /// The beginning of a line's steps.
    fn steps(&self) -> String {
        let (volume, months) = (self.volume, self.span.months());
        let before = self.used_before;
        if before == Volume::ZERO {
            format!(r#""use":{volume},"months":{months}"#)
        } else {
            format!(r#""use":{volume},"months":{months},"before":{before}"#)
        }
    }
}

/// One fee at one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricedLine {
    /// What is charged.
    pub fee_item: FeeItem,
    /// From 1.
    pub tier: i16,
    /// Cubic metres, or months for a fixed charge.
    pub quantity: Volume,
    /// Yuan for one unit of quantity.
    pub unit_price: UnitPrice,
    /// `quantity × unit_price`, rounded once; of garbage that was charged in part before, what is left to the fen, and the
    /// quantity follows.
    pub amount: Money,
    /// The version that priced it.
    pub version: TariffVersionId,
    /// The steps, as JSON of at most 200 characters.
    pub basis: String,
}

impl PricedLine {
    /// Whether the books have room for it.
    fn fits(&self) -> bool {
        self.quantity.fits() && self.unit_price.fits() && self.amount.fits()
    }
}

/// No version of a rate holds for the account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{}没有适用于“{class}”的有效收费标准", .fee_item.label())]
pub struct NoTariff {
    /// The fee without a rate.
    pub fee_item: FeeItem,
    /// The class of the account for that fee.
    pub class: &'static str,
}

/// An account that cannot be priced.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum NoPrice {
    /// A fee has no rate.
    #[error(transparent)]
    Tariff(#[from] NoTariff),
    /// The fee is due on something that nobody has entered.
    #[error("垃圾费按{}计收，该户未登记数量", .0.label())]
    Quantity(RateBasis),
    /// A figure for which the books have no room.
    #[error("{0}超出账簿可记的数额，请核对抄表、计费数量和收费标准")]
    Room(&'static str),
    /// The same month was billed apart, by a meter that was read more often: at once it comes to less in some tier.
    #[error("{}：同月另一水表已按较少的月数计费，合并计费较少，请先冲正同月应收，再一并计费", .0.label())]
    Apart(FeeItem),
}

/// Prices everything that an account owes for a span. No line has a quantity of nothing, so an account
/// that used nothing has lines only where its garbage class bears a fixed charge.
///
/// # Errors
/// A fee has no version for the account's class and town, is due on something that the account has not, or comes to more
/// than the books have room for.
pub fn price(book: &TariffBook, usage: &Usage) -> Result<Vec<PricedLine>, NoPrice> {
    if !usage.fits() {
        return Err(NoPrice::Room("用水量"));
    }
    let lines = price_all(book, usage)?;
    if let Some(line) = lines.iter().find(|line| !line.fits()) {
        return Err(NoPrice::Room(line.fee_item.label()));
    }
    if !lines.iter().map(|line| line.amount).sum::<Money>().fits() {
        return Err(NoPrice::Room("应收合计"));
    }
    Ok(lines)
}

fn price_all(book: &TariffBook, usage: &Usage) -> Result<Vec<PricedLine>, NoPrice> {
    let mut lines = Vec::with_capacity(4);
    let water = match usage.use_class.buys_water() {
        true => Some(book.find(FeeItem::Water, usage.use_class.code(), usage.place())?),
        false => None,
    };
    if let Some(water) = water {
        lines.extend(price_water(usage, water)?);
    }
    if usage.sewage_class != SewageClass::Exempt {
        let sewage = book.find(FeeItem::Sewage, usage.sewage_class.code(), usage.place())?;
        lines.extend(price_sewage(usage, sewage)?);
    }
    if usage.garbage_class != GarbageClass::Uncharged {
        let garbage = book.find(FeeItem::Garbage, usage.garbage_class.code(), usage.place())?;
        lines.extend(months::price_garbage(usage, garbage)?);
    }
    let is_over = |quota: &Volume| {
        let was_over = usage.apart.lines.iter().any(|line| line.0 == FeeItem::Overquota);
        usage.used_before + usage.volume > *quota || was_over
    };
    if let (Some(quota), Some(water)) = (usage.quota.filter(is_over), water) {
        let bands = book.find(FeeItem::Overquota, usage.use_class.code(), usage.place())?;
        lines.extend(price_overquota(usage, quota, water, bands)?);
    }
    Ok(lines)
}

/// Prices water by tiers that widen with months and persons.
fn price_water(usage: &Usage, version: &TariffVersion) -> Result<Vec<PricedLine>, NoPrice> {
    let limits = usage.limits(version);
    let (from, upto) = usage.of_month();
    let parts = usage.apart.taken_off(FeeItem::Water, split(upto - from, from, &limits))?;
    Ok(lines(FeeItem::Water, version, parts, |part, tier| {
        let limit = limits.get(tier).map_or_else(|| "null".to_owned(), ToString::to_string);
        let (steps, persons) = (usage.steps(), usage.persons);
        (
            version.tiers.price(tier),
            format!(r#"{steps},"persons":{persons},"upto":{limit},"m3":{part}"#),
        )
    }))
}

/// Prices sewage treatment on the levied part of the water.
fn price_sewage(usage: &Usage, version: &TariffVersion) -> Result<Vec<PricedLine>, NoPrice> {
    let ratio = usage.levy_ratio.unwrap_or(version.levy_ratio);
    // The levy of all the water less that of what was billed before: so nothing is lost to rounding between them.
    let (from, upto) = usage.of_month();
    let (from, upto) = (from.levied(ratio), upto.levied(ratio));
    let whole = split(upto - from, from, &usage.limits(version));
    let parts = usage.apart.taken_off(FeeItem::Sewage, whole)?;
    Ok(lines(FeeItem::Sewage, version, parts, |part, tier| {
        let (steps, ratio) = (usage.steps(), ratio.normalize());
        (version.tiers.price(tier), format!(r#"{steps},"ratio":{ratio},"m3":{part}"#))
    }))
}

/// Prices the use above a quota: each band is a share of the quota, at a multiple of the base water price.
fn price_overquota(
    usage: &Usage,
    quota: Volume,
    water: &TariffVersion,
    bands: &TariffVersion,
) -> Result<Vec<PricedLine>, NoPrice> {
    let limits: Vec<_> =
        bands.tiers.steps().iter().map(|band| quota.levied(band.upto.figure())).collect();
    let above = |used: Volume| (used - quota).max(Volume::ZERO);
    let (from, upto) = usage.of_month();
    let (from, upto) = (above(from), above(upto));
    let parts = usage.apart.taken_off(FeeItem::Overquota, split(upto - from, from, &limits))?;
    let base = water.base_price();
    Ok(lines(FeeItem::Overquota, bands, parts, |part, tier| {
        let times = bands.tiers.price(tier).yuan();
        let steps = format!(
            r#"{},"quota":{quota},"base":{base},"times":{},"m3":{part}"#,
            usage.steps(),
            times.normalize()
        );
        (base.times(times), steps)
    }))
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
            tier: i16::try_from(i + 1).expect("a rate has few tiers"),
            quantity: part,
            unit_price,
            amount: Money::charge(part, unit_price),
            version: version.id,
            basis: format!(r#"{{{steps},"price":{unit_price}}}"#),
        });
    }
    lines
}

#[cfg(test)]
mod tests;
