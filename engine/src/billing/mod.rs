//! 计费: the bill run of a period.
//!
//! A run goes through the city in chunks of neighbouring accounts. Each chunk is rated in memory and stored in
//! one transaction that also marks it done, so a crash loses the chunk in work and no more. A charge names the
//! readings that it takes, and a reading is taken once: a second run bills only those that came late or were
//! reviewed since, under the dates of its own issue, and goes on in the tiers where the account was billed before.
//! An outlet that has closed the month is left out; what a reversal sets free in a closed month is billed in the first
//! one of its outlet that is open, by the rates and classes of its own month.
//! An account that cannot be billed is parked with its reason, and the others go on.
//!
//! Where a rate is by the month, months that nobody read are charged once they are over ([`ChargeKind::Fixed`]), and
//! taken off when a late reading covers them. Each month and each reading stands in one charge; a charge that is
//! taken back sets both free.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use terms::{AccountId, BillPeriod, Clock, FeeItem, Money, OutletId, TownId};

use crate::database::{broken_law, lock_not_granted};
use crate::room;

mod kind;
mod assess;
mod owners;
mod rates;
mod order;
mod months;
mod run;
mod reverse;
mod consent;
mod oracle;
mod store;

pub use consent::{
    AnswerChargeReversal, ChargeAnswer, ChargeRequest, RequestChargeReversal,
    answer_charge_reversal, charge_request, charge_request_for, charge_requests_answered,
    charge_requests_waiting, request_charge_reversal,
};
pub use kind::ChargeKind;
pub use oracle::{Difference, oracle};
pub use order::BillRun;
pub use reverse::{
    ChargeSheet, ChargeSheetLine, ChargeState, ReverseChargeError, ReversedCharge, charge_sheet,
    charges_of,
};

use run::Shared;

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

/// A run that did not come to its end; what is done stays done, and another call goes on.
#[derive(Debug, thiserror::Error)]
pub enum BillError {
    /// Bills went out under a later date already.
    #[error("出账日期不能早于上一次出账（{last_bill_date}）")]
    BeforeLastIssue {
        /// The bill date of the last issue.
        last_bill_date: NaiveDate,
    },
    /// Whoever is billed now would be late at once.
    #[error("缴费期限 {due_date} 已过，请另定出账日期和缴费期限")]
    BornOverdue {
        /// The due date that was asked for.
        due_date: NaiveDate,
    },
    /// A bill is dated ahead by at most a month.
    #[error("出账日期 {bill_date} 太晚：最晚为今天之后 31 天，请核对年月")]
    TooFarAhead {
        /// The bill date that was asked for.
        bill_date: NaiveDate,
    },
    /// Nothing can have been read for a month that lies ahead.
    #[error("{period} 尚未到来，不能计费，请核对年月")]
    NotYet {
        /// The month that was asked for.
        period: BillPeriod,
    },
    /// Nobody is given more than a year.
    #[error("缴费期限 {due_date} 太晚：最晚为出账日期之后 366 天，请核对年份")]
    DueTooLate {
        /// The due date that was asked for.
        due_date: NaiveDate,
    },
    /// Outlets closed the month while it was billed; another call leaves them out.
    #[error("计费期间有网点月结了应收月，其余已计费；请重新执行计费")]
    MonthClosed,
    /// Others kept accounts or readings locked for longer than was waited.
    #[error("计费期间有其他业务占用，已完成的部分已入账；请重新执行计费")]
    Busy,
    /// The due date lies before the bill date.
    #[error("缴费期限不能早于出账日期")]
    DueBeforeBill,
    /// A worker ended in a fault of the program.
    #[error("计费任务异常中止：{0}")]
    Worker(#[from] tokio::task::JoinError),
    /// The database failed.
    #[error("数据库错误：{0}")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for BillError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("month_closed", _)) => Self::MonthClosed,
            _ if lock_not_granted(&error) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

/// Bills a period: every reading of it that may be billed and that no charge has taken yet. Other dates than those
/// of the run before make another issue of it: what is billed late has dates of its own.
///
/// # Errors
/// See [`BillError`].
pub async fn run(
    pool: &PgPool,
    clock: &dyn Clock,
    order: BillRun,
    progress: impl Fn(Progress),
) -> Result<RunReport, BillError> {
    let order = order.allowed(clock.today())?;
    room::open_months(pool, order.period).await?;
    let issue = run::open(pool, clock.now(), order).await?;
    let (run_id, issue_id) = (issue.run_id, issue.id);
    let shared = Shared::load(pool, order, issue, clock.now()).await?;
    let (charges, amount) = run::work(pool, shared, order.workers, progress).await?;
    let mut connection = pool.acquire().await?;
    store::finish(&mut connection, run_id, clock.now()).await?;
    let totals = store::totals(&mut connection, run_id).await?;
    let left_out = store::left_out(&mut connection, order.period).await?;
    Ok(RunReport {
        period: order.period,
        issue: issue_id,
        charges,
        amount,
        parked: totals.parked,
        total_charges: totals.charges,
        total_amount: totals.amount,
        left_out,
    })
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
    pub parked: BTreeMap<String, u64>,
    /// The outlets that it would leave out.
    pub left_out: Vec<LeftOut>,
}

/// Rates what a run would bill, without writing anything; refuses what it would refuse.
///
/// # Errors
/// See [`BillError`].
pub async fn dry_run(
    pool: &PgPool,
    clock: &dyn Clock,
    order: BillRun,
) -> Result<DryRun, BillError> {
    run::dry(pool, clock.today(), order.allowed(clock.today())?).await
}

/// An account that could not be billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Parked {
    /// The account.
    pub account: AccountId,
    /// 户号.
    pub account_no: String,
    /// Why, for people.
    pub reason: String,
}

/// The accounts parked by the run of a period, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn parked(
    connection: &mut PgConnection,
    period: BillPeriod,
    limit: i64,
) -> Result<Vec<Parked>, sqlx::Error> {
    store::parked(connection, period, limit).await
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
    /// When it began.
    pub started_at: DateTime<Utc>,
}

/// Every run, newest period first.
///
/// # Errors
/// The database fails.
pub async fn runs(connection: &mut PgConnection) -> Result<Vec<RunState>, sqlx::Error> {
    store::runs(connection).await
}
