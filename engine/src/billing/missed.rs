//! Garbage goes by the month: each bears what the account and the rates were on its own last day, whether it is billed with
//! its reading, with a later one, or unread.

use rust_decimal::Decimal;
use terms::{
    BillPeriod, FeeItem, Money, OrganisationId, Span, TariffVersionId, TownId, UnitPrice, Volume,
};

use super::assess::{ChargedMonth, Holder, ToBill};
use super::before::{Before, joined};
use super::history::History;
use super::rates::{Books, Rate, Rates};
use super::why::Why;
use crate::register::{AccountState, GarbageClass, RateBasis};
use crate::tariff::{
    GarbageMonth, NoPrice, PricedLine, TariffVersion, price_months, price_quantity,
};

/// What garbage costs an account in a month.
#[derive(PartialEq)]
struct Bears<'a> {
    version: &'a TariffVersion,
    quantity: Option<Decimal>,
    owner: Option<OrganisationId>,
}

impl Bears<'_> {
    fn is_dry(&self) -> bool {
        self.version.basis != RateBasis::Volume
    }

    /// Whether something is due without use: nothing is at a rate of nothing.
    fn is_due(&self) -> bool {
        let rate = self.version.base_price();
        let comes_to = |of| Money::charge(Volume::rounded(of), rate);
        match self.is_dry() {
            true if rate == UnitPrice::default() => false,
            true => self.quantity.is_none_or(|of| comes_to(of) > Money::ZERO),
            false => self.version.fixed_charge > Money::ZERO,
        }
    }
}

impl Rate {
    fn borne(&self, town: TownId, state: &AccountState) -> Option<Bears<'_>> {
        let place = (town, state.supplier);
        let version = self.book.find(FeeItem::Garbage, state.garbage_class.code(), place).ok()?;
        Some(Bears {
            version,
            quantity: state.quantities.of(version.basis),
            owner: self.owners.of(town, FeeItem::Garbage),
        })
    }

    /// True where an account owes something for each month, whatever it used.
    pub(super) fn is_monthly(&self, town: TownId, state: &AccountState) -> bool {
        self.borne(town, state).is_some_and(|bears| bears.version.is_monthly())
    }
}

/// The open months of a reading that are not like its last one, each with whether something is due for it without use.
fn unlike_months(to_bill: &ToBill, rates: &Rates, then: &History) -> Vec<(ChargedMonth, bool)> {
    let only_last = to_bill.months.iter().all(|open| open.month == to_bill.month());
    if to_bill.taken.is_empty() || only_last {
        return Vec::new();
    }
    let holder = to_bill.holder();
    let bears = |month| rates.of(month).borne(holder.town, &then.of(&holder, month));
    let of_last = bears(to_bill.month());
    let months = to_bill.months.iter().map(|open| (*open, bears(open.month)));
    let unlike = months.filter(|(_, own)| *own != of_last);
    unlike.map(|(open, own)| (open, own.is_some_and(|own| own.is_due()))).collect()
}

/// The months of a reading that are not like its last one, and open: they are charged as if nobody had read, and the
/// reading bears what its water comes to more.
pub(super) fn unlike(to_bill: &ToBill, rates: &Rates, then: &History) -> Vec<ToBill> {
    let months = unlike_months(to_bill, rates, then);
    rows(to_bill.holder(), months.into_iter().map(|(open, _)| open), rates, then)
}

/// Whether one of these months is due, and could not be charged.
pub(super) fn owes_before(books: &Books<'_>, to_bill: &ToBill) -> bool {
    unlike_months(to_bill, books.rates, books.then).into_iter().any(|(_, is_due)| is_due)
}

/// One charge for each sequence of months that are alike.
pub(super) fn rows(
    holder: Holder,
    months: impl Iterator<Item = ChargedMonth>,
    rates: &Rates,
    then: &History,
) -> Vec<ToBill> {
    let mut rows: Vec<ToBill> = Vec::new();
    for open in months {
        let state = then.of(&holder, open.month);
        if !rates.of(open.month).is_monthly(holder.town, &state) {
            continue;
        }
        let alike = |last: &&mut ToBill| {
            last.month().next() == open.month
                && rates.of(last.month()).is(rates.of(open.month))
                && then.of(&holder, last.month()) == state
        };
        let month = open.month;
        let span = Span::new(month.first_day(), month.last_day(), month.previous(), month);
        match rows.last_mut().filter(alike) {
            Some(row) => {
                row.usage.span = row.usage.span.join(span);
                row.months.push(open);
            }
            None => {
                let mut one = ToBill::new(holder, state, span);
                one.months.push(open);
                rows.push(one);
            }
        }
    }
    rows
}

/// What garbage comes to, less what was charged for it, each line with its owner. Months that go by water are priced in the
/// span of all charges that meet; one that goes by what the account has is charged where it is open and like the last one.
pub(super) fn garbage(
    books: &Books<'_>,
    before: &[Before],
    to_bill: &ToBill,
) -> Result<Vec<(Option<OrganisationId>, PricedLine)>, Why> {
    let (holder, usage) = (to_bill.holder(), &to_bill.usage);
    let before: &[Before] = if to_bill.taken.is_empty() { &[] } else { before };
    let span = joined(usage.span, &before.iter().map(|part| part.span).collect::<Vec<_>>());
    let met: Vec<&Before> = before.iter().filter(|part| part.span.meets(span)).collect();
    let mut wet = Vec::with_capacity(1);
    for month in span.each_month() {
        wet.extend(wet_month(books, &holder, month, &met, to_bill)?);
    }
    let mut lines = price_months(usage, &wet, charged(&met));
    let bears = |month| books.rates.of(month).borne(holder.town, &books.then.of(&holder, month));
    let of_last = bears(to_bill.month());
    if let Some(last) = of_last.as_ref().filter(|last| last.is_dry()) {
        let open = to_bill.months.iter().filter(|open| bears(open.month) == of_last).count();
        let open = u16::try_from(open).expect("the calendar has few months");
        let line = price_quantity(usage, last.version, open)?;
        lines.extend(line.map(|line| (last.owner, line)));
    }
    Ok(lines)
}

/// A month of an account, where it goes by water.
fn wet_month<'a>(
    books: &Books<'a>,
    holder: &Holder,
    month: BillPeriod,
    met: &[&Before],
    to_bill: &ToBill,
) -> Result<Option<GarbageMonth<'a>>, NoPrice> {
    let (rate, state) = (books.rates.of(month), books.then.of(holder, month));
    if state.garbage_class == GarbageClass::Uncharged {
        return Ok(None);
    }
    let place = (holder.town, state.supplier);
    let version = rate.book.find(FeeItem::Garbage, state.garbage_class.code(), place)?;
    if version.basis != RateBasis::Volume {
        return Ok(None);
    }
    let used_before: Volume = met.iter().map(|part| part.used_in(month)).sum();
    let used: Volume = to_bill.taken.iter().map(|taken| taken.used.of(month)).sum();
    Ok(Some(GarbageMonth {
        version,
        owner: rate.owners.of(holder.town, FeeItem::Garbage),
        persons: state.persons,
        used: used_before + used,
    }))
}

/// What charges bear for garbage, by version and owner.
fn charged(met: &[&Before]) -> Vec<(TariffVersionId, OrganisationId, Money)> {
    let mut sums: Vec<(TariffVersionId, OrganisationId, Money)> = Vec::new();
    let lines = met.iter().flat_map(|part| &part.lines);
    for line in lines.filter(|line| line.price.fee_item == FeeItem::Garbage) {
        let (version, owner) = (line.price.version, line.owner);
        match sums.iter_mut().find(|sum| (sum.0, sum.1) == (version, owner)) {
            Some(sum) => sum.2 += line.amount,
            None => sums.push((version, owner, line.amount)),
        }
    }
    sums
}
