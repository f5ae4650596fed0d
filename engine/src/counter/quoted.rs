//! What an account owes, as the clerk sees it before money changes hands.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use terms::{
    AccountId, BillPeriod, ChargeId, ChargeLineId, FeeItem, Money, OrganisationId, OutletId,
    PayMethod, PayerId, TownId, UnitPrice, Volume,
};

use super::purse::Purse;
use crate::tariff::{LateFeeRules, late_fees};

/// What a clerk sees before money changes hands.
#[derive(Debug, Clone, Serialize)]
pub struct Quote {
    /// Whose account it is.
    pub payer: Payer,
    /// The day up to which late fees run.
    pub day: NaiveDate,
    /// Open charges, oldest first.
    pub charges: Vec<QuotedCharge>,
    /// Principal of all open charges, yuan.
    pub principal: Money,
    /// Late fees of all open charges, yuan.
    pub late_fee: Money,
    /// What settles everything, yuan.
    pub total: Money,
    /// Money that the account has with us, yuan. 预存余额
    pub prepaid: Money,
}

/// The account's card at the counter.
#[derive(Debug, Clone, Serialize)]
pub struct Payer {
    /// The account.
    pub account: AccountId,
    /// Its number, as printed on bills. 用户号
    pub no: String,
    /// Who pays. 缴费人
    pub payer_name: String,
    /// Telephone, where known.
    pub phone: Option<String>,
    /// Where the water is used.
    pub address: String,
    /// Town of the account.
    pub town: TownId,
    /// Its short name.
    pub town_name: String,
    /// Outlet that serves the account.
    pub outlet: OutletId,
    /// Class of use, such as `resident`. 用水性质
    pub use_class: String,
    /// Usual way of paying, such as `batch_withhold`.
    pub pay_method: String,
    /// `open` or `closed`.
    pub status: String,
}

/// One open charge.
#[derive(Debug, Clone, Serialize)]
pub struct QuotedCharge {
    /// The charge.
    pub id: ChargeId,
    /// Whose it is, where another pays for the account now.
    pub former_payer: Option<FormerPayer>,
    /// Month of the books. 账务月份
    pub period: BillPeriod,
    /// Day on which it was due.
    pub due_date: NaiveDate,
    /// Water used, cubic metres.
    pub volume: Volume,
    /// One sum for each fee.
    pub fees: Vec<QuotedFee>,
    /// The lines behind the sums, tier by tier.
    pub lines: Vec<QuotedLine>,
    /// Sum without late fee, yuan.
    pub principal: Money,
    /// Late fee, yuan.
    pub late_fee: Money,
    /// Both, yuan.
    pub total: Money,
}

/// Who paid for an account before it passed to another: a bill that is open again is still theirs. 原缴费人
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerPayer {
    /// Who it is.
    pub id: PayerId,
    /// What they are called now.
    pub name: String,
}

/// A fee of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct QuotedFee {
    /// Which fee.
    pub fee_item: FeeItem,
    /// Principal, yuan.
    pub amount: Money,
    /// Late fee on it, yuan.
    pub late_fee: Money,
}

/// A line of a charge: one fee at one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct QuotedLine {
    /// The line.
    pub id: ChargeLineId,
    /// Whose the money is: the supplier, or the agency that it is collected for.
    pub owner: OrganisationId,
    /// Which fee.
    pub fee_item: FeeItem,
    /// Tier, from 1.
    pub tier: i16,
    /// Quantity priced.
    pub quantity: Volume,
    /// Yuan for one unit.
    pub unit_price: UnitPrice,
    /// Principal, yuan.
    pub amount: Money,
    /// Late fee on it today, yuan.
    pub late_fee: Money,
}

/// What late fees depend on, the same for every charge.
#[derive(Clone, Copy)]
pub(crate) struct LateFeeTerms<'a> {
    pub(crate) rules: &'a LateFeeRules,
    /// The day up to which they run.
    pub(crate) day: NaiveDate,
    pub(crate) method: PayMethod,
}

impl<'a> LateFeeTerms<'a> {
    /// Those of whoever pays at a counter, in whatever way.
    pub(super) fn at_counter(rules: &'a LateFeeRules, day: NaiveDate) -> Self {
        Self { rules, day, method: PayMethod::Cash }
    }
}

/// Writes the late fee of the day to every line, and sums up: at the counter, for a purse that pays by itself and for
/// what a channel settled. No late fee runs against a full purse: what it could pay, the oldest first, is late only
/// until the day on which it could, whether a channel holds the bill or not. It pays no bill of a former payer.
pub(crate) fn add_late_fees(charges: &mut [QuotedCharge], terms: &LateFeeTerms, purse: &Purse) {
    let mut covered = Some(Money::ZERO);
    for charge in charges {
        charge.be_late(terms);
        if charge.former_payer.is_none() {
            covered = covered.and_then(|older| charge.be_late_until_covered(terms, purse, older));
        }
    }
}

impl QuotedCharge {
    fn be_late(&mut self, terms: &LateFeeTerms) {
        let principals: Vec<_> = self.lines.iter().map(|l| (l.fee_item, l.amount)).collect();
        let fees = late_fees(terms.rules, principals, self.due_date, terms.day, terms.method);
        for (line, late_fee) in self.lines.iter_mut().zip(fees) {
            line.late_fee = late_fee;
        }
        self.sum_up();
    }

    /// Where the purse pays this charge besides the older ones, which take `older` out of it: the late fee of
    /// the day since which it could. Gives what it takes for all of them; none where it does not suffice.
    fn be_late_until_covered(
        &mut self,
        terms: &LateFeeTerms,
        purse: &Purse,
        older: Money,
    ) -> Option<Money> {
        let today = self.lines.clone();
        let mut needed = older + self.principal;
        while let Some(since) = purse.holds_since(needed) {
            self.be_late(&LateFeeTerms { day: since.min(terms.day), ..*terms });
            // What was late already when the money came takes more of it, and perhaps it came later.
            if older + self.total <= needed {
                return Some(needed);
            }
            needed = older + self.total;
        }
        self.lines = today;
        self.sum_up();
        None
    }

    /// A charge of water alone.
    #[cfg(test)]
    pub(crate) fn of_water(id: i64, period: BillPeriod, amount: Money) -> Self {
        let line = QuotedLine {
            id: ChargeLineId(id),
            owner: OrganisationId(1),
            fee_item: FeeItem::Water,
            tier: 1,
            quantity: Volume::m3(1),
            unit_price: amount.into(),
            amount,
            late_fee: Money::ZERO,
        };
        let mut charge = Self {
            id: ChargeId(id),
            former_payer: None,
            period,
            due_date: NaiveDate::MIN,
            volume: Volume::m3(1),
            fees: Vec::new(),
            lines: vec![line],
            principal: Money::ZERO,
            late_fee: Money::ZERO,
            total: Money::ZERO,
        };
        charge.sum_up();
        charge
    }

    /// Brings the sums in line with the lines.
    pub(super) fn sum_up(&mut self) {
        self.fees = fees(self.lines.iter().map(|l| (l.fee_item, l.amount, l.late_fee)));
        self.principal = self.fees.iter().map(|f| f.amount).sum();
        self.late_fee = self.fees.iter().map(|f| f.late_fee).sum();
        self.total = self.principal + self.late_fee;
    }
}

/// One sum for each fee that occurs, in the order of reports.
fn fees(lines: impl Iterator<Item = (FeeItem, Money, Money)> + Clone) -> Vec<QuotedFee> {
    let mut fees = Vec::new();
    for &fee_item in FeeItem::ALL {
        let mut of_item = lines.clone().filter(|l| l.0 == fee_item).peekable();
        if of_item.peek().is_some() {
            let (amount, late_fee) =
                of_item.fold((Money::ZERO, Money::ZERO), |sum, l| (sum.0 + l.1, sum.1 + l.2));
            fees.push(QuotedFee { fee_item, amount, late_fee });
        }
    }
    fees
}

impl Quote {
    pub(super) fn of(
        payer: Payer,
        day: NaiveDate,
        charges: Vec<QuotedCharge>,
        prepaid: Money,
    ) -> Self {
        let principal = charges.iter().map(|c| c.principal).sum();
        let late_fee = charges.iter().map(|c| c.late_fee).sum();
        Self { payer, day, charges, principal, late_fee, total: principal + late_fee, prepaid }
    }
}
