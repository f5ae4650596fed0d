//! A bill run with years behind it, beside COPY BINARY of the very rows that it makes.

use std::time::Instant;

use chrono::NaiveDate;
use engine::billing::{self, BillRun, RunReport};
use sqlx::PgPool;
use terms::{SystemClock, grouped};

use super::figure::Figure;
use super::ground::Ground;
use super::store;
use crate::Progress;
use crate::demo::{Plan, SEED};

const WORKERS: usize = 2;

pub(super) async fn measure(accounts: u32, months: u32) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::open("bill-run").await?;
    let plan = Plan::new(accounts, months, SEED);
    let mut city = ground.city(plan).await?;
    while city.months_left() > 1 {
        city.live_a_month().await?;
    }
    let days = city.only_read().await?;
    store::analyze(&ground.address).await?;
    let (seconds, run) = bill(&ground.pool, plan, days).await?;
    let limit = store::copy_again(&ground.address, plan.last_period()).await?;
    let measure = format!(
        "month {months} of {} accounts, {} bills, {} rows",
        grouped(accounts),
        grouped(run.charges),
        grouped(limit.rows)
    );
    let figure = Figure::time(
        "bill-run",
        measure,
        seconds,
        limit.seconds,
        "COPY BINARY of the same rows, same keys, no triggers",
        ("ratio at most 2", 2.0),
    );
    ground.close().await?;
    Ok(vec![figure])
}

/// Bills the last month of a city; gives the seconds that it took.
pub(super) async fn bill(
    pool: &PgPool,
    plan: Plan,
    (bill_date, due_date): (NaiveDate, NaiveDate),
) -> anyhow::Result<(f64, RunReport)> {
    let order =
        BillRun { period: plan.last_period(), bill_date, due_date, workers: WORKERS, by: None };
    let progress = Progress::new("bill run: chunks");
    let start = Instant::now();
    let run = billing::run(pool, &SystemClock, order, |at| progress.at(at.chunks_done, at.chunks))
        .await?;
    Ok((start.elapsed().as_secs_f64(), run))
}
