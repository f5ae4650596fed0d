//! Months without a reading of their own, where the garbage rate is by the month: each bears what the account and the rates
//! were on its own last day, whether the next reading is billed at once with it or later.

use rust_decimal::Decimal;
use terms::{FeeItem, Money, OrganisationId, Span, TownId};

use super::assess::{ChargedMonth, Holder, ToBill};
use super::history::History;
use super::rates::{Rate, Rates};
use crate::register::{AccountState, RateBasis};
use crate::tariff::{GarbageMonths, TariffVersion};

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

    /// Whether something is due without use.
    fn is_due(&self) -> bool {
        self.is_dry() || self.version.fixed_charge > Money::ZERO
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

/// The months of a reading that are not like its last one, and open: they are charged as if nobody had read.
pub(super) fn unlike(to_bill: &ToBill, rates: &Rates, then: &History) -> Vec<ToBill> {
    let Some((last, before)) = to_bill.months.split_last() else { return Vec::new() };
    if to_bill.taken.is_empty() || (before.is_empty() && last.month == to_bill.month()) {
        return Vec::new();
    }
    let holder = to_bill.holder();
    let bears = |month| rates.of(month).borne(holder.town, &then.of(&holder, month));
    let of_last = bears(to_bill.month());
    let months = to_bill.months.iter().filter(|open| bears(open.month) != of_last).copied();
    rows(holder, months, rates, then)
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

/// Says what the months of a span bear for garbage; false where one that is charged for itself could not be.
pub(super) fn weigh(to_bill: &mut ToBill, rates: &Rates, then: &History) -> bool {
    let holder = to_bill.holder();
    let (span, months) = (to_bill.usage.span, &to_bill.months);
    let is_open = |month| months.iter().any(|open| open.month == month);
    let all = to_bill.usage.garbage;
    let mut weighed = GarbageMonths { like: 0, open: 0, ..all };
    if to_bill.taken.is_empty() || span.months() == 1 {
        let open = u16::try_from(months.len()).expect("the calendar has few months");
        to_bill.usage.garbage = GarbageMonths { like: span.months(), open, ..weighed };
        return true;
    }
    let bears = |month| rates.of(month).borne(holder.town, &then.of(&holder, month));
    let of_last = bears(span.last());
    for month in span.each_month() {
        let own = bears(month);
        if own == of_last {
            weighed.like += 1;
            weighed.open += u16::from(is_open(month));
            continue;
        }
        let Some(own) = own.filter(Bears::is_due) else { continue };
        if is_open(month) {
            return false;
        } else if own.is_dry() {
            weighed.dry += 1;
        } else {
            weighed.others += own.version.fixed_charge;
        }
    }
    to_bill.usage.garbage = weighed;
    true
}
