//! What a run tells: how far it is, what it made or would make, what it parked and left out.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use terms::{AccountId, BillPeriod, FeeItem, Money, OutletId, TownId};

use super::why::{ParkReason, Why};

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Chunks done, of this run.
    pub chunks_done: u64,
    /// All chunks of this run.
    pub chunks: u64,
    /// Charges made so far by this call.
    pub charges: u64,
    /// Their sum.
    pub amount: Money,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunReport {
    /// The month of the books.
    pub period: BillPeriod,
    /// The issue under whose dates the charges went out.
    pub issue: i64,
    /// Charges made by this call; none where everything was billed before.
    pub charges: u64,
    /// Their sum.
    pub amount: Money,
    /// Accounts parked with a reason, now.
    pub parked: u64,
    /// Charges that the runs of the period ever made.
    pub total_charges: u64,
    /// Their sum; what was taken back since is in it.
    pub total_amount: Money,
    /// The outlets that have closed the month: nothing of theirs is billed in it.
    pub left_out: Vec<LeftOut>,
}

/// An outlet that has closed the month of a run. 已月结网点
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The outlet.
    pub outlet: OutletId,
    /// Its name.
    pub name: String,
    /// Its first month that is open: what was set free is billed there.
    pub open_period: BillPeriod,
    /// Readings of the month that wait for that: the charges that took them were taken back.
    pub readings: u64,
}

/// What a run would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// Charges that it would make.
    pub charges: u64,
    /// Their sum.
    pub amount: Money,
    /// The sum of each fee.
    pub by_fee: BTreeMap<FeeItem, Money>,
    /// The sum of each fee in each town.
    pub by_town: BTreeMap<TownId, BTreeMap<FeeItem, Money>>,
    /// Accounts that it would park, by reason.
    pub parked: BTreeMap<Why, u64>,
    /// The outlets that it would leave out.
    pub left_out: Vec<LeftOut>,
}

/// An account that could not be billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parked {
    /// The account.
    pub account: AccountId,
    /// 户号.
    pub account_no: String,
    /// Under what.
    pub reason: ParkReason,
    /// Why, for people.
    pub words: String,
}

/// A run of a period, as the list of runs shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunState {
    /// The month of the books.
    pub period: BillPeriod,
    /// 出账日期 of the last issue.
    pub bill_date: NaiveDate,
    /// 缴费期限 of the last issue.
    pub due_date: NaiveDate,
    /// True once every chunk is done.
    pub done: bool,
    /// Chunks done.
    pub chunks_done: i64,
    /// All chunks.
    pub chunks: i64,
    /// Charges made.
    pub charges: i64,
    /// Their sum.
    pub amount: Money,
    /// Accounts parked.
    pub parked: i64,
    /// When it was last started.
    pub started_at: DateTime<Utc>,
}
