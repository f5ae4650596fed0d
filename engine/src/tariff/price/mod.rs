//! From a volume to priced lines: pure arithmetic over the versions of each month.

use rust_decimal::Decimal;
use terms::{FeeItem, Money, OrganisationId, Span, TariffVersionId, TownId, UnitPrice, Volume};

use super::book::{TariffBook, TariffVersion};
use super::tier::split;
use crate::register::{GarbageClass, Quantities, RateBasis, SewageClass, UseClass};

mod months;

pub use months::{GarbageMonth, price_months, price_quantity};

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
    /// Water of the same months that was billed before.
    pub used_before: Volume,
    /// Where its last month lies in what was billed before.
    pub at: Place,
    /// The quota of a non-resident for all months of the span. 定额
    pub quota: Option<Volume>,
}

/// Where a month lies in the water of its span, and what was charged already. A month comes to what it comes to when all of
/// it is billed at once, after the months before it: of that, what other charges bear is taken off.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Water of the months before it; tiers and quota begin there.
    pub from: Volume,
    /// Water of the month itself that was billed before.
    pub of_month: Volume,
    /// What was charged for the month, and for the others that it meets.
    pub charged: Vec<(Price, Volume)>,
}

/// What a part of the water bears: one price of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// What is charged.
    pub fee_item: FeeItem,
    /// From 1.
    pub tier: i16,
    /// The version that prices it.
    pub version: TariffVersionId,
    /// Yuan for one unit of quantity.
    pub unit_price: UnitPrice,
}

/// So much water at one price, and the steps to it.
struct Part {
    price: Price,
    quantity: Volume,
    steps: String,
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

    /// Where the last month of the span begins and ends, in water.
    fn of_month(&self) -> (Volume, Volume) {
        let Place { from, of_month, .. } = self.at;
        (from, from + of_month + self.volume)
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
    /// The class of the account for that fee, as people call it.
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
    /// Months that it meets were billed before, by another meter: in order they come to less in some tier.
    #[error("{}：另一水表同月或其后月份已先计费，按月份先后合并计费，已计的某一阶梯偏多，请先冲正这些应收，再按月份先后一并计费", .0.label())]
    Apart(FeeItem),
}

/// Prices what an account owes for the water of a span: all fees but garbage, which goes by the month. The `others` are the
/// months that it meets, each as it is with it and with its own book: the charge bears what all of them come to, less what
/// they were charged. No line has a quantity of nothing.
///
/// # Errors
/// A fee has no version for the account's class and town, or some tier comes to less than was charged.
pub fn price(
    book: &TariffBook,
    usage: &Usage,
    others: &[(&TariffBook, Usage)],
) -> Result<Vec<PricedLine>, NoPrice> {
    let mut parts = whole(book, usage)?;
    for (book, usage) in others {
        parts.extend(whole(book, usage)?);
    }
    if !usage.at.charged.is_empty() {
        parts = take_off(parts, &usage.at.charged)?;
    }
    let parts = parts.into_iter().filter(|part| part.quantity != Volume::ZERO);
    Ok(parts.map(Part::line).collect())
}

/// Whether the books have room for what a charge comes to.
///
/// # Errors
/// They have not.
pub fn check_room<'a>(lines: impl Iterator<Item = &'a PricedLine>) -> Result<(), NoPrice> {
    let mut total = Money::ZERO;
    for line in lines {
        if !line.fits() {
            return Err(NoPrice::Room(line.fee_item.label()));
        }
        total += line.amount;
    }
    if total.fits() { Ok(()) } else { Err(NoPrice::Room("应收合计")) }
}

/// What is still to be charged of each price.
fn take_off(parts: Vec<Part>, charged: &[(Price, Volume)]) -> Result<Vec<Part>, NoPrice> {
    let mut left: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match left.iter_mut().find(|same| same.price == part.price) {
            Some(same) => same.quantity += part.quantity,
            None => left.push(part),
        }
    }
    for (price, quantity) in charged {
        let part = left.iter_mut().find(|part| part.price == *price);
        let part = part.ok_or(NoPrice::Apart(price.fee_item))?;
        part.quantity = part.quantity - *quantity;
    }
    match left.iter().find(|part| part.quantity < Volume::ZERO) {
        Some(part) => Err(NoPrice::Apart(part.price.fee_item)),
        None => Ok(left),
    }
}

/// All that the last month of a span bears, whatever was charged of it.
fn whole(book: &TariffBook, usage: &Usage) -> Result<Vec<Part>, NoPrice> {
    if !usage.fits() {
        return Err(NoPrice::Room("用水量"));
    }
    let mut parts = Vec::with_capacity(4);
    let water = match usage.use_class.buys_water() {
        true => Some(book.find(FeeItem::Water, usage.use_class.code(), usage.place())?),
        false => None,
    };
    if let Some(water) = water {
        parts.extend(price_water(usage, water));
    }
    if usage.sewage_class != SewageClass::Exempt {
        let sewage = book.find(FeeItem::Sewage, usage.sewage_class.code(), usage.place())?;
        parts.extend(price_sewage(usage, sewage));
    }
    let is_over = |quota: &Volume| usage.of_month().1 > *quota;
    if let (Some(quota), Some(water)) = (usage.quota.filter(is_over), water) {
        let bands = book.find(FeeItem::Overquota, usage.use_class.code(), usage.place())?;
        parts.extend(price_overquota(usage, quota, water, bands));
    }
    Ok(parts)
}

/// Prices water by tiers that widen with months and persons.
fn price_water(usage: &Usage, version: &TariffVersion) -> Vec<Part> {
    let limits = usage.limits(version);
    let (from, upto) = usage.of_month();
    parts(FeeItem::Water, version, split(upto - from, from, &limits), |tier| {
        let limit = limits.get(tier).map_or_else(|| "null".to_owned(), ToString::to_string);
        let (steps, persons) = (usage.steps(), usage.persons);
        (version.tiers.price(tier), format!(r#"{steps},"persons":{persons},"upto":{limit}"#))
    })
}

/// Prices sewage treatment on the levied part of the water.
fn price_sewage(usage: &Usage, version: &TariffVersion) -> Vec<Part> {
    let ratio = usage.levy_ratio.unwrap_or(version.levy_ratio);
    // The levy of all the water less that of what was billed before: so nothing is lost to rounding between them.
    let (from, upto) = usage.of_month();
    let (from, upto) = (from.levied(ratio), upto.levied(ratio));
    parts(FeeItem::Sewage, version, split(upto - from, from, &usage.limits(version)), |tier| {
        let (steps, ratio) = (usage.steps(), ratio.normalize());
        (version.tiers.price(tier), format!(r#"{steps},"ratio":{ratio}"#))
    })
}

/// Prices the use above a quota: each band is a share of the quota, at a multiple of the base water price.
fn price_overquota(
    usage: &Usage,
    quota: Volume,
    water: &TariffVersion,
    bands: &TariffVersion,
) -> Vec<Part> {
    let limits: Vec<_> =
        bands.tiers.steps().iter().map(|band| quota.levied(band.upto.figure())).collect();
    let above = |used: Volume| (used - quota).max(Volume::ZERO);
    let (from, upto) = usage.of_month();
    let (from, upto) = (above(from), above(upto));
    let base = water.base_price();
    parts(FeeItem::Overquota, bands, split(upto - from, from, &limits), |tier| {
        let (steps, times) = (usage.steps(), bands.tiers.price(tier).yuan());
        let normal = times.normalize();
        (base.times(times), format!(r#"{steps},"quota":{quota},"base":{base},"times":{normal}"#))
    })
}

/// What of each tier is not empty; `priced` gives its unit price and its steps.
fn parts(
    fee_item: FeeItem,
    version: &TariffVersion,
    quantities: Vec<Volume>,
    priced: impl Fn(usize) -> (UnitPrice, String),
) -> Vec<Part> {
    let mut parts = Vec::with_capacity(1);
    for (i, quantity) in quantities.into_iter().enumerate().filter(|(_, m3)| *m3 != Volume::ZERO) {
        let (unit_price, steps) = priced(i);
        let tier = i16::try_from(i + 1).expect("a rate has few tiers");
        let price = Price { fee_item, tier, version: version.id, unit_price };
        parts.push(Part { price, quantity, steps });
    }
    parts
}

impl Part {
    fn amount(&self) -> Money {
        Money::charge(self.quantity, self.price.unit_price)
    }

    fn line(self) -> PricedLine {
        let amount = self.amount();
        let Self { price, quantity, steps } = self;
        let Price { fee_item, tier, version, unit_price } = price;
        PricedLine {
            fee_item,
            tier,
            quantity,
            unit_price,
            amount,
            version,
            basis: format!(r#"{{{steps},"m3":{quantity},"price":{unit_price}}}"#),
        }
    }
}

#[cfg(test)]
mod tests;
