//! Remittances as values: what is passed on, what is left, what was recorded. 上缴

use chrono::NaiveDate;
use serde::Serialize;
use terms::{BillPeriod, FeeItem, Money, OrganisationId, TownId, UserId};

/// What the finance clerk orders.
#[derive(Debug, Clone)]
pub struct Remit {
    /// The town that collected.
    pub town: TownId,
    /// Whose money it is: the agency that the fee is collected for, or the supplier. 归属单位
    pub owner: OrganisationId,
    /// The fee: not water, which is the water company's own.
    pub fee_item: FeeItem,
    /// The month of collection. 实收月
    pub pay_period: BillPeriod,
    /// Yuan.
    pub amount: Money,
    /// Number of the bank voucher; each counts once.
    pub voucher_no: String,
}

/// A remittance that was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Remitted {
    /// The remittance.
    pub id: i64,
}

/// What a town collected of a fee for its owner and passed on, up to the end of a month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unremitted {
    /// The town.
    pub town: TownId,
    /// Its short name.
    pub town_name: String,
    /// Whose money it is. 归属单位
    pub owner: OrganisationId,
    /// Its name.
    pub owner_name: String,
    /// The fee.
    pub fee_item: FeeItem,
    /// Collected less reversed, late fees included, yuan.
    pub collected: Money,
    /// Passed on, yuan.
    pub remitted: Money,
}

/// A remittance or reversal on the books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// The entry.
    pub id: i64,
    /// True for a reversal.
    pub is_reversal: bool,
    /// True where it was taken back.
    pub is_reversed: bool,
    /// The town that collected.
    pub town: TownId,
    /// Its short name.
    pub town_name: String,
    /// Whose money it is. 归属单位
    pub owner_name: String,
    /// The fee.
    pub fee_item: FeeItem,
    /// The month of collection. 实收月
    pub pay_period: BillPeriod,
    /// Yuan; negative for a reversal.
    pub amount: Money,
    /// Number of the bank voucher.
    pub voucher_no: String,
    /// The day on which it was recorded.
    pub remitted_on: NaiveDate,
    /// Who recorded it.
    pub person: UserId,
    /// The name of that person.
    pub recorded_by: String,
    /// The remittance that a reversal takes back.
    pub reverses: Option<i64>,
    /// Why, for a reversal.
    pub reason: Option<String>,
}
