//! 上缴进度: non-tax money taken this year, and what of it the treasury has.

use serde::{Deserialize, Serialize};
use terms::{FeeItem, Money, ReceiptType, TownId};

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
    /// Of that, passed on. 已上缴
    pub remitted: Money,
    /// Taken and not passed on. 已收未缴
    pub held: Money,
    /// Such as `19,402.66 / 20,115.03 万元`.
    pub text: String,
    /// Passed on in percent, whole and at most 100, for a bar.
    pub percent: u8,
}

pub(super) fn progress(read: &Read, dates: &Dates) -> Vec<Progress> {
    nontax().map(|fee| of(fee, collected(read, dates, fee), remitted(read, fee))).collect()
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
    read.remitted.iter().filter(|((_, of), _)| *of == fee).map(|(_, amount)| *amount).sum()
}

/// Towns that hold money of months that are over.
pub(super) fn towns_behind(read: &Read) -> usize {
    let passed_on = |town: TownId| -> Money {
        read.remitted.iter().filter(|((at, _), _)| *at == town).map(|(_, amount)| *amount).sum()
    };
    read.towns.iter().filter(|(town, figures)| figures.nontax_due > passed_on(**town)).count()
}

fn of(fee: FeeItem, collected: Money, remitted: Money) -> Progress {
    let bar = percent(remitted, collected, 0).and_then(|p| u8::try_from(p.mantissa()).ok());
    Progress {
        fee,
        label: fee.label().to_owned(),
        collected,
        remitted,
        held: collected - remitted,
        text: format!("{} / {} 万元", wan(remitted), wan(collected)),
        percent: bar.unwrap_or(0).min(100),
    }
}
