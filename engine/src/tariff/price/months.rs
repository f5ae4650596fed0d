//! Garbage, month by month: each bears what its own last day says, and bears it once.
//!
//! The use of a reading lies evenly in its months. A month that goes by water bears what its share comes to, or its least
//! charge where that is more; one without use bears its fixed charge, which is never above the least one: so what was
//! charged stays, and more use adds to it. It is taken off by version: no least charge pays for the use of another month.

use terms::{FeeItem, Money, OrganisationId, TariffVersionId, UnitPrice, Volume};

use super::{NoPrice, Part, Price, PricedLine, Usage, parts};
use crate::tariff::book::TariffVersion;
use crate::tariff::tier::split;

/// A month that goes by water.
#[derive(Debug, Clone, Copy)]
pub struct GarbageMonth<'a> {
    /// Its rate.
    pub version: &'a TariffVersion,
    /// Whose the money is.
    pub owner: Option<OrganisationId>,
    /// Persons of the household.
    pub persons: i32,
    /// What was used in it.
    pub used: Volume,
}

/// Months that bear garbage alike: the same version for the same owner, by water or by the month.
struct Alike<'a> {
    first: GarbageMonth<'a>,
    /// What each of them bears; None where they go by their water.
    a_month: Option<Money>,
    months: u16,
    used: Volume,
}

impl GarbageMonth<'_> {
    /// What it bears whatever its water comes to; None where its water comes to more.
    fn least(&self) -> Option<Money> {
        let TariffVersion { fixed_charge, minimum_charge, .. } = *self.version;
        let least = if self.used == Volume::ZERO { fixed_charge } else { minimum_charge };
        let of_water = self.by_water(self.used, 1).iter().map(Part::amount).sum::<Money>();
        let is_least = of_water <= least;
        (is_least && (least > Money::ZERO || self.used == Volume::ZERO)).then_some(least)
    }

    /// What so much water of so many months comes to.
    fn by_water(&self, used: Volume, months: u16) -> Vec<Part> {
        let version = self.version;
        let limits = version.tiers.limits(version.base_persons, self.persons, months);
        let of_tiers = split(used, Volume::ZERO, &limits);
        let priced = |tier| (version.tiers.price(tier), String::new());
        parts(FeeItem::Garbage, version, of_tiers, priced)
    }

    fn is_like(&self, other: &Self) -> bool {
        (self.version.id, self.owner, self.persons)
            == (other.version.id, other.owner, other.persons)
    }
}

/// Prices the months that go by water, less what was `charged` for them before: first off what goes by the month.
pub fn price_months(
    usage: &Usage,
    months: &[GarbageMonth<'_>],
    mut charged: Vec<(TariffVersionId, OrganisationId, Money)>,
) -> Vec<(Option<OrganisationId>, PricedLine)> {
    let mut all: Vec<Alike<'_>> = Vec::with_capacity(1);
    for month in months {
        let a_month = month.least();
        let same = |alike: &&mut Alike<'_>| alike.a_month == a_month && alike.first.is_like(month);
        match all.iter_mut().find(same) {
            Some(alike) => {
                alike.months += 1;
                alike.used += month.used;
            }
            None => all.push(Alike { first: *month, a_month, months: 1, used: month.used }),
        }
    }
    all.sort_by_key(|alike| (alike.a_month.is_none(), alike.used));
    let steps = usage.steps();
    let mut lines = Vec::with_capacity(all.len());
    for alike in all {
        let owner = alike.first.owner;
        for line in alike.lines(&steps) {
            let before = charged.iter_mut().find(|(version, whose, left)| {
                *version == line.version && Some(*whose) == owner && *left > Money::ZERO
            });
            let line = match before {
                Some((_, _, left)) => take_off(line, left),
                None => Some(line),
            };
            lines.extend(line.map(|line| (owner, line)));
        }
    }
    lines
}

impl Alike<'_> {
    fn lines(&self, steps: &str) -> Vec<PricedLine> {
        let Some(a_month) = self.a_month else {
            let parts = self.first.by_water(self.used, self.months).into_iter();
            return parts.map(|part| Part { steps: steps.to_owned(), ..part }.line()).collect();
        };
        let word = if self.used == Volume::ZERO { "fixed" } else { "minimum" };
        let why = format!(r#"{steps},"{word}":true"#);
        by_month(self.first.version, a_month, self.months, why).into_iter().collect()
    }
}

/// Prices garbage by what the account has, for so many months, whatever was used.
///
/// # Errors
/// It is not known how much the account has.
pub fn price_quantity(
    usage: &Usage,
    version: &TariffVersion,
    months: u16,
) -> Result<Option<PricedLine>, NoPrice> {
    let rate = version.base_price();
    if rate == UnitPrice::default() {
        return Ok(None);
    }
    let of = usage.quantities.of(version.basis).ok_or(NoPrice::Quantity(version.basis))?;
    let of = Volume::rounded(of);
    let why = format!(r#"{},"{}":{of},"rate":{rate}"#, usage.steps(), version.basis.code());
    Ok(by_month(version, Money::charge(of, rate), months, why))
}

/// What is due for months at so much each.
fn by_month(
    version: &TariffVersion,
    a_month: Money,
    months: u16,
    steps: String,
) -> Option<PricedLine> {
    let unit_price = a_month.into();
    let price = Price { fee_item: FeeItem::Garbage, tier: 1, version: version.id, unit_price };
    let is_due = a_month > Money::ZERO && months > 0;
    is_due.then(|| Part { price, quantity: Volume::m3(months.into()), steps }.line())
}

/// Takes what was charged before off a line: the amount is exact, and the quantity follows from it.
fn take_off(mut line: PricedLine, charged: &mut Money) -> Option<PricedLine> {
    let off = line.amount.min(*charged);
    if off == Money::ZERO {
        return Some(line);
    }
    *charged -= off;
    line.amount -= off;
    line.quantity = Volume::rounded(line.amount.yuan() / line.unit_price.yuan());
    line.basis.truncate(line.basis.len() - 1);
    line.basis.push_str(&format!(r#","charged":"{off}"}}"#));
    (line.amount > Money::ZERO).then_some(line)
}
