//! 上缴进度: non-tax money taken this year, what of it the treasury has, and what of all years it has not.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use terms::{FeeItem, Money, ReceiptType};

use super::read::{Dates, Read};
use super::wan::{percent, wan};

/// How much of a fee was passed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The fee.
    pub fee: FeeItem,
    /// Its Chinese name.
    pub label: String,
    /// Taken for it this year, its late fees included, yuan.
    pub collected: Money,
    /// Passed on for months of this year. 已上缴
    pub remitted: Money,
    /// Taken and not passed on, of all years. 已收未缴
    pub held: Money,
    /// Such as `19,402.66 / 20,115.03 万元`.
    pub text: String,
    /// Passed on in percent, whole and at most 100, for a bar.
    pub percent: u8,
}

pub(super) fn progress(read: &Read, dates: &Dates) -> Vec<Progress> {
    nontax().map(|fee| of(read, dates, fee)).collect()
}

/// The fees that belong to the treasury.
pub(super) fn nontax() -> impl Iterator<Item = FeeItem> {
    FeeItem::ALL.iter().copied().filter(|fee| fee.document() == ReceiptType::NonTax)
}

pub(super) fn collected(read: &Read, dates: &Dates, fee: FeeItem) -> Money {
    let year = dates.year();
    let months = read.months.iter().filter(|(period, _)| period.number() / 100 == year);
    months.filter_map(|(_, used)| used.fees.get(&fee)).copied().sum()
}

pub(super) fn remitted(read: &Read, fee: FeeItem) -> Money {
    read.remitted.get(&fee).copied().unwrap_or_default()
}

/// Taken of a fee in all years and not passed on.
pub(super) fn held(read: &Read, fee: FeeItem) -> Money {
    let of_fee = read.owned.iter().filter(|((_, _, of), _)| *of == fee);
    of_fee.map(|(_, held)| held.taken - held.passed_on).sum()
}

/// Towns that hold somebody's money of months that are over, whatever was passed on to others.
pub(super) fn towns_behind(read: &Read) -> usize {
    let behind = read.owned.iter().filter(|(_, held)| held.taken_before > held.passed_on);
    behind.map(|((town, _, _), _)| *town).collect::<BTreeSet<_>>().len()
}

fn of(read: &Read, dates: &Dates, fee: FeeItem) -> Progress {
    let (collected, remitted) = (collected(read, dates, fee), remitted(read, fee));
    let bar = percent(remitted, collected, 0).and_then(|p| u8::try_from(p.mantissa()).ok());
    Progress {
        fee,
        label: fee.label().to_owned(),
        collected,
        remitted,
        held: held(read, fee),
        text: format!("{} / {} 万元", wan(remitted), wan(collected)),
        percent: bar.unwrap_or(0).min(100),
    }
}

#[cfg(test)]
mod tests {
    use terms::TownId;

    use super::super::read::Held;
    use super::*;

    /// 茶山 passed on all but 3.00 of last year's sewage; 石龙 too much garbage, and 5.00 of sewage is with it still; 高埗
    /// took 7.00 this month, which is not asked for yet.
    #[test]
    fn what_was_taken_in_another_year_is_held_still() {
        let yuan = |n: i64| Money::from_fen(n * 100);
        let mut read = Read::default();
        for (town, owner, fee, [taken, taken_before, passed_on]) in [
            (103, 1, FeeItem::Sewage, [40, 40, 37]),
            (102, 2, FeeItem::Garbage, [10, 10, 20]),
            (102, 1, FeeItem::Sewage, [5, 5, 0]),
            (129, 1, FeeItem::Sewage, [7, 0, 0]),
        ] {
            let held = Held {
                taken: yuan(taken),
                taken_before: yuan(taken_before),
                passed_on: yuan(passed_on),
            };
            read.owned.insert((TownId(town), Some(owner), fee), held);
        }
        assert_eq!(towns_behind(&read), 2);
        assert_eq!(
            [FeeItem::Sewage, FeeItem::Garbage].map(|fee| held(&read, fee)),
            [15, -10].map(yuan)
        );
        assert!(nontax().eq([FeeItem::Sewage, FeeItem::Garbage, FeeItem::Overquota]));
    }
}
