//! From a volume to priced lines: pure arithmetic over the versions of one day.

use rust_decimal::Decimal;
use terms::{FeeItem, Money, OrganisationId, Span, TariffVersionId, TownId, UnitPrice, Volume};

use super::book::{TariffBook, TariffVersion};
use super::tier::split;
use crate::register::{GarbageClass, Quantities, RateBasis, SewageClass, UseClass};

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
    /// What was charged for garbage in the same months before, where the rate is by the month.
    pub garbage_before: Money,
    /// The quota of a non-resident for all months of the span. 定额
    pub quota: Option<Volume>,
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
    /// `quantity × unit_price`, rounded once.
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
    lines.extend(water.into_iter().flat_map(|water| price_water(usage, water)));
    if usage.sewage_class != SewageClass::Exempt {
        let sewage = book.find(FeeItem::Sewage, usage.sewage_class.code(), usage.place())?;
        lines.extend(price_sewage(usage, sewage));
    }
    if usage.garbage_class != GarbageClass::Uncharged {
        let garbage = book.find(FeeItem::Garbage, usage.garbage_class.code(), usage.place())?;
        lines.extend(price_garbage(usage, garbage)?);
    }
    let used = usage.used_before + usage.volume;
    if let (Some(quota), Some(water)) = (usage.quota.filter(|quota| used > *quota), water) {
        let bands = book.find(FeeItem::Overquota, usage.use_class.code(), usage.place())?;
        lines.extend(price_overquota(usage, quota, water, bands));
    }
    Ok(lines)
}

/// Prices water by tiers that widen with months and persons.
fn price_water(usage: &Usage, version: &TariffVersion) -> Vec<PricedLine> {
    let limits = usage.limits(version);
    let parts = split(usage.volume, usage.used_before, &limits);
    lines(FeeItem::Water, version, parts, |part, tier| {
        let limit = limits.get(tier).map_or_else(|| "null".to_owned(), ToString::to_string);
        let (steps, persons) = (usage.steps(), usage.persons);
        (
            version.tiers.price(tier),
            format!(r#"{steps},"persons":{persons},"upto":{limit},"m3":{part}"#),
        )
    })
}

/// Prices sewage treatment on the levied part of the water.
fn price_sewage(usage: &Usage, version: &TariffVersion) -> Vec<PricedLine> {
    let ratio = usage.levy_ratio.unwrap_or(version.levy_ratio);
    // The levy of all the water less that of what was billed before: so nothing is lost to rounding between them.
    let before = usage.used_before.levied(ratio);
    let levied = (usage.used_before + usage.volume).levied(ratio);
    let parts = split(levied - before, before, &usage.limits(version));
    lines(FeeItem::Sewage, version, parts, |part, tier| {
        let (steps, ratio) = (usage.steps(), ratio.normalize());
        (version.tiers.price(tier), format!(r#"{steps},"ratio":{ratio},"m3":{part}"#))
    })
}

/// Prices garbage by the whole of the water. Where the rate is by the month, the months of the span bear at least
/// its fixed charge if nothing was used, and its least charge otherwise; what they bore before is taken off.
fn price_garbage(usage: &Usage, version: &TariffVersion) -> Result<Vec<PricedLine>, NoPrice> {
    if version.basis != RateBasis::Volume {
        return price_quantity(usage, version);
    }
    let by_volume = |volume, before| {
        let parts = split(volume, before, &usage.limits(version));
        lines(FeeItem::Garbage, version, parts, |part, tier| {
            (version.tiers.price(tier), format!(r#"{},"m3":{part}"#, usage.steps()))
        })
    };
    if !version.is_monthly() {
        return Ok(by_volume(usage.volume, usage.used_before));
    }
    let used = usage.used_before + usage.volume;
    let whole = by_volume(used, Volume::ZERO);
    let (a_month, word) = if used == Volume::ZERO {
        (version.fixed_charge, "fixed")
    } else {
        (version.minimum_charge, "minimum")
    };
    let months = Volume::m3(usage.span.months().into());
    let least = Money::charge(months, a_month.into());
    if whole.iter().map(|line| line.amount).sum::<Money>() > least {
        return Ok(take_off(whole, usage.garbage_before));
    }
    Ok(by_month(usage, version, a_month, &format!(r#""{word}":true"#)))
}

/// Prices garbage by what the account has, each month, whatever was used.
fn price_quantity(usage: &Usage, version: &TariffVersion) -> Result<Vec<PricedLine>, NoPrice> {
    let of = usage.quantities.of(version.basis).ok_or(NoPrice::Quantity(version.basis))?;
    let of = Volume::rounded(of);
    let rate = version.base_price();
    let a_month = Money::charge(of, rate);
    let word = version.basis.code();
    let steps = format!(r#""{word}":{},"rate":{}"#, of, rate);
    Ok(by_month(usage, version, a_month, &steps))
}

/// The months of the span at so much each, less what they bore before.
fn by_month(usage: &Usage, version: &TariffVersion, a_month: Money, why: &str) -> Vec<PricedLine> {
    let months = Volume::m3(usage.span.months().into());
    let least = Money::charge(months, a_month.into());
    let open = least.yuan() - usage.garbage_before.yuan();
    if open <= Decimal::ZERO {
        return Vec::new();
    }
    // Months that are still open; a part of one is cut in the payer's favour.
    let open_months = Volume::cut(open / a_month.yuan());
    lines(FeeItem::Garbage, version, vec![open_months], |_, _| {
        let before = usage.garbage_before;
        (a_month.into(), format!(r#"{},{why},"charged":"{before}""#, usage.steps()))
    })
}

/// Takes what was charged before off the first lines; a line of which a part stays has less quantity.
fn take_off(mut lines: Vec<PricedLine>, charged: Money) -> Vec<PricedLine> {
    let mut left = charged.yuan();
    lines.retain_mut(|line| {
        let off = left.min(line.amount.yuan());
        left -= off;
        if off == Decimal::ZERO || off == line.amount.yuan() {
            return off == Decimal::ZERO;
        }
        let quantity = (line.amount.yuan() - off) / line.unit_price.yuan();
        line.quantity = Volume::rounded(quantity);
        line.amount = Money::charge(line.quantity, line.unit_price);
        line.basis.truncate(line.basis.len() - 1);
        line.basis.push_str(&format!(r#","charged":"{charged}"}}"#));
        true
    });
    lines
}

/// Prices the use above a quota: each band is a share of the quota, at a multiple of the base water price.
fn price_overquota(
    usage: &Usage,
    quota: Volume,
    water: &TariffVersion,
    bands: &TariffVersion,
) -> Vec<PricedLine> {
    let limits: Vec<_> =
        bands.tiers.steps().iter().map(|band| quota.levied(band.upto.figure())).collect();
    let above = |used: Volume| (used - quota).max(Volume::ZERO);
    let before = above(usage.used_before);
    let excess = above(usage.used_before + usage.volume);
    let parts = split(excess - before, before, &limits);
    let base = water.base_price();
    lines(FeeItem::Overquota, bands, parts, |part, tier| {
        let times = bands.tiers.price(tier).yuan();
        let steps = format!(
            r#"{},"quota":{quota},"base":{base},"times":{},"m3":{part}"#,
            usage.steps(),
            times.normalize()
        );
        (base.times(times), steps)
    })
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
