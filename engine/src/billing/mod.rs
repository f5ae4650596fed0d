//! 计费: the bill run of a period.
//!
//! A run goes through the city in chunks of neighbouring accounts. Each chunk is rated in memory and stored in
//! one transaction that also marks it done, so a crash loses the chunk in work and no more. A charge names the
//! readings that it takes, and a reading is taken once: a second run bills only those that came late or were
//! reviewed since, under the dates of its own issue, and goes on in the tiers where the account was billed before.
//! Each start of a run looks at every chunk, the one too that goes on where another was broken off.
//! In whatever order months are billed, they come to what they come to in order. Water on which nothing is due is billed
//! at 0.00, by a charge without lines: it owes nothing, and its reading is done.
//! An outlet that has closed the month is left out; what a reversal sets free in a closed month is billed in the first
//! one of its outlet that is open, by the rates and classes of its own month.
//! An account that cannot be billed is parked with its reason, and the others go on.
//!
//! Where a rate is by the month, months that nobody read are charged once they are over ([`ChargeKind::Fixed`]), each
//! by its own last day, and taken off when a late reading covers them. Each month and each reading stands in one
//! charge; a charge that is taken back sets both free.

use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, Clock};

use crate::room;

mod kind;
mod why;
mod sheet;
mod request;
mod report;
mod assess;
mod owners;
mod rates;
mod order;
mod plan;
mod shared;
mod load;
mod months;
mod history;
mod missed;
mod before;
mod quotas;
mod run;
mod reverse;
mod consent;
mod oracle;
mod store;
#[cfg(test)]
mod tests;

pub use consent::{
    answer_charge_reversal, charge_request, charge_request_for, charge_requests_answered,
    charge_requests_waiting, request_charge_reversal,
};
pub use kind::ChargeKind;
pub use oracle::{Difference, oracle};
pub use order::{BillError, BillRun};
pub use plan::DAYS_TO_PAY;
pub use report::{DryRun, LeftOut, Parked, Progress, RunReport, RunState};
pub use request::{AnswerChargeReversal, ChargeAnswer, ChargeRequest, RequestChargeReversal};
pub use reverse::{charge_sheet, charges_of};
pub use sheet::{ChargeSheet, ChargeSheetLine, ChargeState, ReverseChargeError, ReversedCharge};
pub use why::{ParkReason, Why};

use shared::Shared;

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
    let issue = run::open(pool, clock.now(), order).await?;
    run::await_others(pool, order.period).await?;
    room::open_months(pool, order.period).await?;
    let (run_id, issue_id) = (issue.run_id, issue.id);
    let shared = Shared::of(order, issue, clock.handle());
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

/// Rates what a run would bill, without writing anything; refuses what it would refuse.
///
/// # Errors
/// See [`BillError`].
pub async fn dry_run(
    pool: &PgPool,
    clock: &dyn Clock,
    order: BillRun,
) -> Result<DryRun, BillError> {
    let today = clock.today();
    run::dry(pool, today, order.allowed(today)?).await
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

/// Every run, newest period first.
///
/// # Errors
/// The database fails.
pub async fn runs(connection: &mut PgConnection) -> Result<Vec<RunState>, sqlx::Error> {
    store::runs(connection).await
}
