//! Garbage, where its rate is by the month: each month bears what its own last day says, and bears it once.

use rust_decimal::Decimal;
use terms::{FeeItem, Money, Volume};

use super::{NoPrice, PricedLine, Usage, lines};
use crate::register::RateBasis;
use crate::tariff::book::TariffVersion;
use crate::tariff::tier::split;

/// What the months of a span bear for garbage. Those that are not like the last one, by rate, quantity or owner, stay as
/// they were charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GarbageMonths {
    /// Months that bear what the last one bears, itself included.
    pub like: u16,
    /// Those of them that nothing was charged for.
    pub open: u16,
    /// What the others bear that go by water.
    pub others: Money,
    /// The others that do not go by water: their part of it is not priced.
    pub dry: u16,
    /// What was charged for the months that go by water.
    pub charged: Money,
}

impl GarbageMonths {
    /// So many months that are alike, and for which nothing was charged.
    pub fn alike(months: u16) -> Self {
        Self { like: months, open: months, others: Money::ZERO, dry: 0, charged: Money::ZERO }
    }
}

/// Prices garbage by the whole of the water. Where the rate is by the month, the months of the span bear at least
/// its fixed charge if nothing was used, and its least charge otherwise; what they bore before is taken off.
pub(super) fn price_garbage(
    usage: &Usage,
    version: &TariffVersion,
) -> Result<Vec<PricedLine>, NoPrice> {
    let months = usage.garbage;
    if version.basis != RateBasis::Volume {
        return price_quantity(usage, version);
    }
    let (base, persons, wet) =
        (version.base_persons, usage.persons, usage.span.months() - months.dry);
    let limits = version.tiers.limits(base, persons, wet);
    let by_volume = |parts| {
        lines(FeeItem::Garbage, version, parts, |part, tier| {
            (version.tiers.price(tier), format!(r#"{},"m3":{part}"#, usage.steps()))
        })
    };
    if !version.is_monthly() && months.others == Money::ZERO && months.dry == 0 {
        let (from, upto) = usage.of_month();
        let whole = split(upto - from, from, &limits);
        return Ok(by_volume(usage.apart.taken_off(FeeItem::Garbage, whole)?));
    }
    let used = usage.used_before + usage.volume;
    let part = Decimal::from(wet) / Decimal::from(usage.span.months());
    let whole = by_volume(split(Volume::rounded(used.figure() * part), Volume::ZERO, &limits));
    let (a_month, word) = if used == Volume::ZERO {
        (version.fixed_charge, "fixed")
    } else {
        (version.minimum_charge, "minimum")
    };
    let least = Money::charge(Volume::m3(months.like.into()), a_month.into()) + months.others;
    let comes_to = whole.iter().map(|line| line.amount).sum::<Money>();
    let whole = if comes_to > least {
        whole
    } else {
        by_month(usage, version, (a_month, least), &format!(r#""{word}":true"#))
    };
    Ok(take_off(whole, months.charged))
}

/// Prices garbage by what the account has, for each month that nothing was charged for, whatever was used.
fn price_quantity(usage: &Usage, version: &TariffVersion) -> Result<Vec<PricedLine>, NoPrice> {
    let of = usage.quantities.of(version.basis).ok_or(NoPrice::Quantity(version.basis))?;
    let of = Volume::rounded(of);
    let rate = version.base_price();
    let a_month = Money::charge(of, rate);
    let word = version.basis.code();
    let steps = format!(r#""{word}":{of},"rate":{rate}"#);
    let due = Money::charge(Volume::m3(usage.garbage.open.into()), a_month.into());
    Ok(by_month(usage, version, (a_month, due), &steps))
}

/// What is due for months at so much each: the amount is exact, and how many months it is follows from it.
fn by_month(
    usage: &Usage,
    version: &TariffVersion,
    (a_month, due): (Money, Money),
    why: &str,
) -> Vec<PricedLine> {
    if a_month == Money::ZERO {
        return Vec::new();
    }
    let months = Volume::rounded(due.yuan() / a_month.yuan());
    let mut lines = lines(FeeItem::Garbage, version, vec![months], |_, _| {
        (a_month.into(), format!("{},{why}", usage.steps()))
    });
    for line in &mut lines {
        line.amount = due;
    }
    lines
}

/// Takes what was charged before off the first lines; of one of which a part stays, the quantity follows from the amount.
fn take_off(mut lines: Vec<PricedLine>, charged: Money) -> Vec<PricedLine> {
    let mut left = charged;
    lines.retain_mut(|line| {
        let off = left.min(line.amount);
        left -= off;
        if off == Money::ZERO || off == line.amount {
            return off == Money::ZERO;
        }
        line.amount -= off;
        line.quantity = Volume::rounded(line.amount.yuan() / line.unit_price.yuan());
        line.basis.truncate(line.basis.len() - 1);
        line.basis.push_str(&format!(r#","charged":"{charged}"}}"#));
        true
    });
    lines
}
