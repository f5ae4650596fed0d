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
    if whole.iter().map(|line| line.amount).sum::<Money>() > least {
        return Ok(take_off(whole, months.charged));
    }
    let open = least.yuan() - months.charged.yuan();
    if open <= Decimal::ZERO || a_month == Money::ZERO {
        return Ok(Vec::new());
    }
    // Months that are still open; a part of one is cut in the payer's favour.
    let open_months = Volume::cut(open / a_month.yuan());
    Ok(by_month(usage, version, (a_month, open_months), &format!(r#""{word}":true"#)))
}

/// Prices garbage by what the account has, for each month that nothing was charged for, whatever was used.
fn price_quantity(usage: &Usage, version: &TariffVersion) -> Result<Vec<PricedLine>, NoPrice> {
    let of = usage.quantities.of(version.basis).ok_or(NoPrice::Quantity(version.basis))?;
    let of = Volume::rounded(of);
    let rate = version.base_price();
    let a_month = Money::charge(of, rate);
    let word = version.basis.code();
    let steps = format!(r#""{word}":{of},"rate":{rate}"#);
    let open_months = Volume::m3(usage.garbage.open.into());
    Ok(by_month(usage, version, (a_month, open_months), &steps))
}

/// So many months at so much each.
fn by_month(
    usage: &Usage,
    version: &TariffVersion,
    (a_month, months): (Money, Volume),
    why: &str,
) -> Vec<PricedLine> {
    if a_month == Money::ZERO {
        return Vec::new();
    }
    lines(FeeItem::Garbage, version, vec![months], |_, _| {
        let charged = usage.garbage.charged;
        (a_month.into(), format!(r#"{},{why},"charged":"{charged}""#, usage.steps()))
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
