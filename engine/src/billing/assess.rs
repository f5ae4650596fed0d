//! From readings to a charge, or to the reason why there is none: pure.

use terms::{AccountId, BillPeriod, Money, OutletId, ReadingId, TownId, Volume};

use crate::reading::Flag;
use crate::register::UseClass;
use crate::tariff::{PricedLine, TariffBook, Usage, price};

/// An account with its readings of a period.
#[derive(Debug, Clone)]
pub(super) struct ToBill {
    pub(super) account: AccountId,
    pub(super) outlet: OutletId,
    /// Its classes; months, volume and quota too.
    pub(super) usage: Usage,
    /// At least one; several where a meter was replaced or an account has more than one.
    pub(super) readings: Vec<MeterUse>,
}

/// What one meter says for the period.
#[derive(Debug, Clone, Copy)]
pub(super) struct MeterUse {
    pub(super) reading: ReadingId,
    pub(super) flag: Flag,
    pub(super) review: Option<Verdict>,
}

/// What a second person said of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    Rejected,
}

/// A charge to be made.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    pub(super) account: AccountId,
    pub(super) town: TownId,
    pub(super) outlet: OutletId,
    pub(super) kind: &'static str,
    pub(super) use_class: UseClass,
    pub(super) reading: ReadingId,
    pub(super) volume: Volume,
    pub(super) total: Money,
    pub(super) lines: Vec<PricedLine>,
}

/// What became of an account.
#[derive(Debug, Clone)]
pub(super) enum Assessed {
    /// It owes something.
    Charge(Box<Charge>),
    /// It used nothing, and its garbage class bears no fixed charge.
    Nothing,
    /// It cannot be billed.
    Parked(String),
}

/// Assesses one account.
pub(super) fn assess(book: &TariffBook, to_bill: ToBill) -> Assessed {
    for meter in &to_bill.readings {
        match meter.review {
            Some(Verdict::Accepted) => {}
            Some(Verdict::Rejected) => {
                return Assessed::Parked("抄表已被退回".to_owned());
            }
            None if meter.flag.waits() => {
                return Assessed::Parked(format!("抄表{}，待审核", meter.flag.label()));
            }
            None => {}
        }
    }
    let lines = match price(book, &to_bill.usage) {
        Ok(lines) => lines,
        Err(no_tariff) => return Assessed::Parked(no_tariff.to_string()),
    };
    let Some(first) = to_bill.readings.first().filter(|_| !lines.is_empty()) else {
        return Assessed::Nothing;
    };
    let usage = to_bill.usage;
    Assessed::Charge(Box::new(Charge {
        account: to_bill.account,
        town: usage.town,
        outlet: to_bill.outlet,
        kind: if usage.volume == Volume::ZERO { "fixed_garbage" } else { "bill" },
        use_class: usage.use_class,
        reading: first.reading,
        volume: usage.volume,
        total: lines.iter().map(|line| line.amount).sum(),
        lines,
    }))
}

/// Months from the reading before to this one, at least 1.
pub(super) fn months_between(before: Option<BillPeriod>, period: BillPeriod) -> i32 {
    let months = |period: BillPeriod| period.number() / 100 * 12 + period.number() % 100;
    before.map_or(1, |before| (months(period) - months(before)).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_month_widens_the_span() {
        let month = |text: &str| text.parse::<BillPeriod>().unwrap();
        for (before, want) in [(None, 1), (Some("2026-10"), 1), (Some("2025-12"), 11)] {
            assert_eq!(months_between(before.map(month), month("2026-11")), want, "{before:?}");
        }
    }
}
