//! Payments at the counter, beside pgbench with the same statements over the same tables.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use engine::counter::{self, Collect, Surplus};
use futures::{StreamExt, TryStreamExt, stream};
use terms::{Money, PayMethod, SystemClock};

use super::figure::{Figure, percentile};
use super::ground::Ground;
use super::store::{self, Due};
use crate::demo::{Plan, SEED};

/// Counters at the same time.
const TASKS: usize = 32;
/// The statements of one payment, in pgbench's words.
const SCRIPT: &str = include_str!("posting.pgbench.sql");

pub(super) async fn measure(accounts: u32) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::open("posting").await?;
    let mut plan = Plan::new(accounts, 1, SEED);
    plan.unpaid_percent = 100;
    let mut city = ground.city(plan).await?;
    city.live_a_month(&ground.pool).await?;
    let dues = store::dues(&ground.pool, None).await?;
    if dues.len() < 2 * TASKS {
        bail!("{} bills are too few to measure with", dues.len());
    }
    // One half is paid by us, the other by pgbench.
    let half = dues.len() / 2;
    let (ours, theirs) = dues.split_at(half);
    store::analyze(&ground.address).await?;
    let (rate, delays) = pay(&ground, ours.to_vec()).await?;
    let limit = pgbench(&ground, theirs).await?;
    let measure = format!("{half} payments, {TASKS} counters");
    let figures = vec![
        Figure::rate(
            "posting",
            measure,
            (rate, "payments/s"),
            limit,
            "pgbench, same statements, prepared, 24 clients",
            ("ratio at least 0.5", 0.5),
        ),
        Figure::delay(
            "posting",
            "p50 of a payment".into(),
            percentile(&delays, 50),
            ("at most 50 ms", 50.0),
        ),
        Figure::delay(
            "posting",
            "p99 of a payment".into(),
            percentile(&delays, 99),
            ("at most 250 ms", 250.0),
        ),
    ];
    ground.close().await?;
    Ok(figures)
}

/// Payments a second, and the sorted milliseconds of each.
async fn pay(ground: &Ground, dues: Vec<Due>) -> anyhow::Result<(f64, Vec<f64>)> {
    let (count, start) = (dues.len(), Instant::now());
    let pool = Arc::new(ground.pool.clone());
    let mut delays: Vec<f64> = stream::iter(dues)
        .map(|due| {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move {
                let start = Instant::now();
                counter::collect(&pool, &SystemClock, order(&due)).await.map(|_| start.elapsed())
            })
        })
        .buffer_unordered(TASKS)
        .map(|done| Ok::<Duration, anyhow::Error>(done??))
        .map_ok(|delay| delay.as_secs_f64() * 1e3)
        .try_collect()
        .await?;
    let rate = count as f64 / start.elapsed().as_secs_f64();
    delays.sort_by(f64::total_cmp);
    Ok((rate, delays))
}

fn order(due: &Due) -> Collect {
    Collect {
        account: due.account,
        charges: vec![due.charge],
        expected_total: due.open,
        fees: Vec::new(),
        prepaid_used: Money::ZERO,
        received: due.open,
        surplus: Surplus::Change,
        method: PayMethod::Cash,
        cashier: due.cashier,
        outlet: due.outlet,
        channel_serial: None,
        slip_total: None,
        also: Vec::new(),
        key: format!("bench-{}", due.charge),
    }
}

async fn pgbench(ground: &Ground, dues: &[Due]) -> anyhow::Result<f64> {
    store::give_to_pgbench(&ground.address, dues).await?;
    let script = ground.data().join("posting.sql");
    std::fs::write(&script, SCRIPT).context("write the script")?;
    // Each transaction takes the next bill of a sequence; together they take each bill once.
    let clients = 24;
    let each = dues.len() / clients;
    let mut command = ground.program("pgbench");
    command
        .args([
            "-n",
            "-M",
            "prepared",
            "-j",
            "2",
            "-c",
            &clients.to_string(),
            "-t",
            &each.to_string(),
            "-f",
        ])
        .arg(&script);
    let output = command.output().await.context("run pgbench")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split_whitespace().next()?.parse().ok());
    match tps {
        Some(tps) if output.status.success() => Ok(tps),
        _ => {
            let said = String::from_utf8_lossy(&output.stderr);
            let error = said.lines().find(|line| line.contains("client")).or(said.lines().last());
            bail!("pgbench: {}", error.unwrap_or("no answer"))
        }
    }
}
