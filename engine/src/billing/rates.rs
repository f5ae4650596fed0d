//! What each month is priced by: the rates that hold on its last day, and whose the money is on that day; with what the
//! accounts were then, and their quotas.

use chrono::NaiveDate;
use terms::BillPeriod;

use super::history::History;
use super::owners::Owners;
use super::quotas::Quotas;
use crate::tariff::TariffBook;

/// The rates from one day to the next on which something changed.
#[derive(Debug, Default)]
pub(super) struct Rate {
    pub(super) from: NaiveDate,
    pub(super) book: TariffBook,
    pub(super) owners: Owners,
}

impl Rate {
    /// True where both are one and the same.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.from == other.from
    }
}

/// The rates of all months, the oldest first. There is always one: before the first rate nothing has a price.
#[derive(Debug)]
pub(super) struct Rates(Vec<Rate>);

impl Rates {
    /// The rates of these days, the oldest first.
    pub(super) fn since(days: Vec<Rate>) -> Self {
        let mut rates = vec![Rate { from: NaiveDate::MIN, ..Rate::default() }];
        rates.extend(days);
        Self(rates)
    }

    /// The rates of a month.
    pub(super) fn of(&self, month: BillPeriod) -> &Rate {
        let later = self.0.partition_point(|rate| rate.from <= month.last_day());
        &self.0[later.saturating_sub(1)]
    }

    /// The garbage classes of which, in some town and at some time, something is due for each month.
    pub(super) fn monthly_garbage(&self) -> Vec<String> {
        self.0.iter().flat_map(|rate| rate.book.monthly_garbage()).collect()
    }
}

/// All that the months of accounts are judged by.
#[derive(Clone, Copy)]
pub(super) struct Books<'a> {
    pub(super) rates: &'a Rates,
    pub(super) then: &'a History,
    pub(super) quotas: &'a Quotas,
}
