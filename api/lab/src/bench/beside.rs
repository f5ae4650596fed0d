//! Tills and a bill run at the same time, and beside capture: how fast each is then, and how fast alone.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use engine::counter::{self, Collect, Tender};
use futures::{StreamExt, TryStreamExt, stream};
use sqlx::PgPool;
use terms::{Clock, SystemClock};

use super::bill_run::bill;
use super::figure::{Figure, percentile};
use super::ground::Ground;
use super::posting::order;
use super::store::{self, Due};
use crate::demo::{Plan, SEED};
use terms::grouped;

/// Tills at the same time.
const TILLS: usize = 8;

pub(super) async fn measure(accounts: u32) -> anyhow::Result<Vec<Figure>> {
    let alone = scene("alone", accounts, false).await?;
    let beside = scene("beside", accounts, true).await?;
    let tills = format!("{} payments at {TILLS} tills", grouped(beside.payments));
    Ok(vec![
        Figure::time(
            "beside",
            format!("bills of {} accounts, beside tills and capture", grouped(accounts)),
            beside.run,
            alone.run,
            "the same bill run alone",
            ("ratio at most 3", 3.0),
        ),
        Figure::rate(
            "beside",
            format!("{tills}, beside a bill run and capture"),
            (beside.rate, "payments/s"),
            alone.rate,
            "the same payments alone",
            ("ratio at least 0.3", 0.3),
        ),
        Figure::delay(
            "beside",
            "p99 of a payment beside them".into(),
            beside.p99,
            ("at most 250 ms", 250.0),
        ),
    ])
}

struct Scene {
    /// Seconds of the bill run.
    run: f64,
    payments: u64,
    /// Payments a second, and milliseconds of the slow ones.
    rate: f64,
    p99: f64,
}

/// A city of one month that nobody has paid and one that was only read: its tills and its bill run, one after the other
/// or at once.
async fn scene(name: &str, accounts: u32, beside: bool) -> anyhow::Result<Scene> {
    let ground = Ground::open(name).await?;
    let mut plan = Plan::new(accounts, 2, SEED);
    plan.unpaid_percent = 100;
    let mut city = ground.city(plan).await?;
    city.live_a_month().await?;
    let dues = store::dues(&ground.pool, None).await?;
    ensure!(dues.len() >= TILLS, "{} bills are too few to measure with", dues.len());
    let days = city.only_read().await?;
    store::analyze(&ground.address).await?;
    let payments = dues.len() as u64;
    let (tills, run) = (take(&ground.pool, dues), bill(&ground.pool, plan, days));
    let (taken, ran) = if beside {
        let capture = ground.capture().await?;
        let both = tokio::join!(tills, run);
        capture.stop().await?;
        both
    } else {
        (tills.await, run.await)
    };
    let ((seconds, delays), (run, _)) = (taken?, ran?);
    ground.close().await?;
    Ok(Scene { run, payments, rate: payments as f64 / seconds, p99: percentile(&delays, 99) })
}

/// Seconds for all payments, and the sorted milliseconds of each.
async fn take(pool: &PgPool, dues: Vec<Due>) -> anyhow::Result<(f64, Vec<f64>)> {
    let (pool, start) = (Arc::new(pool.clone()), Instant::now());
    let mut delays: Vec<f64> = stream::iter(dues)
        .map(|due| tokio::spawn(pay(Arc::clone(&pool), due)))
        .buffer_unordered(TILLS)
        .map(|done| done?)
        .try_collect()
        .await?;
    delays.sort_by(f64::total_cmp);
    Ok((start.elapsed().as_secs_f64(), delays))
}

/// Quotes a bill and takes the money for it, whatever else the account owes by now.
async fn pay(pool: Arc<PgPool>, due: Due) -> anyhow::Result<f64> {
    let start = Instant::now();
    let quote =
        counter::quote(&mut *pool.acquire().await?, due.account, SystemClock.today()).await?;
    let quote = quote.context("the account is gone")?;
    let bill = quote.charges.iter().find(|charge| charge.id == due.charge);
    let total = bill.context("the bill is gone")?.total;
    let order =
        Collect { expected_total: total, tenders: vec![Tender::cash(total)], ..order(&due) };
    counter::collect(&pool, &SystemClock, order).await?;
    Ok(start.elapsed().as_secs_f64() * 1e3)
}
