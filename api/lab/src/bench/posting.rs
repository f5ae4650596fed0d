//! Payments at the counter of a city with three years behind it: one beside one of its first month, and many at a
//! time beside pgbench, which does the same work over the same tables in one call of a function.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use engine::counter::{self, Collect, Surplus, Tender};
use futures::{StreamExt, TryStreamExt, stream};
use terms::{Clock, Money, SystemClock};

use super::figure::{Figure, percentile};
use super::ground::Ground;
use super::store::{self, Due};
use crate::demo::{Plan, SEED};

/// Payments of a young city that are looked at one by one, and those before them that only warm up.
const ONE_BY_ONE: usize = 200;
const WARM_UP: usize = 40;
/// Counters at the same time.
const TASKS: usize = 32;
/// One payment as a function of the database, and what pgbench says to it.
const FUNCTION: &str = include_str!("posting.function.sql");
const SCRIPT: &str = "select bench_collect(nextval('bench_next'))";

pub(super) async fn measure(accounts: u32, months: u32) -> anyhow::Result<Vec<Figure>> {
    let young = young(accounts).await?;
    let ground = Ground::open("posting").await?;
    let mut plan = Plan::new(accounts, months, SEED);
    plan.unpaid_percent = 100;
    let mut city = ground.city(plan).await?;
    while city.months_left() > 0 {
        city.live_a_month().await?;
    }
    let mut dues = store::dues(&ground.pool, None).await?;
    let old = one_by_one(&ground, &mut dues).await?;
    dues.retain(|due| !due.late);
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
    let growth = |what: &str, old: f64, young: f64| {
        let measure = format!("{what} in month {months}, median");
        Figure::grown("posting", measure, old, young, ("ratio at most 1.15", 1.15))
    };
    let figures = vec![
        growth("a quote", old.quote, young.quote),
        growth("a payment", old.payment, young.payment),
        Figure::rate(
            "posting",
            measure,
            (rate, "payments/s"),
            limit,
            "pgbench, the same work as one function call, 24 clients",
            ("ratio at least 0.8", 0.8),
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

/// What one costs in the first month of a city. A city of its own: ids never go back from today's month to one of long ago.
async fn young(accounts: u32) -> anyhow::Result<Cost> {
    let ground = Ground::open("posting-young").await?;
    let mut plan = Plan::new(accounts, 1, SEED);
    plan.unpaid_percent = 100;
    let mut city = ground.city(plan).await?;
    city.live_a_month().await?;
    let cost = one_by_one(&ground, &mut store::dues(&ground.pool, None).await?).await?;
    ground.close().await?;
    Ok(cost)
}

/// Median milliseconds.
struct Cost {
    quote: f64,
    payment: f64,
}

/// Quotes and takes payments one at a time, as they come to a quiet counter; takes them from the end of the list.
async fn one_by_one(ground: &Ground, dues: &mut Vec<Due>) -> anyhow::Result<Cost> {
    store::analyze(&ground.address).await?;
    let first = dues.len().saturating_sub(WARM_UP + ONE_BY_ONE);
    let taken = dues.split_off(first);
    ensure!(taken.len() > WARM_UP, "{} bills are too few to measure with", taken.len());
    let (mut quotes, mut payments) = (Vec::new(), Vec::new());
    for due in taken {
        let start = Instant::now();
        let mut connection = ground.pool.acquire().await?;
        let today = SystemClock.today();
        let quote = counter::quote(&mut connection, due.account, today).await?;
        drop(connection);
        let quoted = Instant::now();
        let total = quote.context("the account is gone")?.total;
        let tenders = vec![Tender::cash(total)];
        let order = Collect { expected_total: total, tenders, ..order(&due) };
        let ordered = Instant::now();
        counter::collect(&ground.pool, &SystemClock, order).await?;
        quotes.push((quoted - start).as_secs_f64() * 1e3);
        payments.push(ordered.elapsed().as_secs_f64() * 1e3);
    }
    let median = |mut all: Vec<f64>| {
        let mut rest = all.split_off(WARM_UP);
        rest.sort_by(f64::total_cmp);
        percentile(&rest, 50)
    };
    Ok(Cost { quote: median(quotes), payment: median(payments) })
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

pub(super) fn order(due: &Due) -> Collect {
    Collect {
        account: due.account,
        charges: vec![due.charge],
        expected_total: due.open,
        fees: Vec::new(),
        prepaid_used: Money::ZERO,
        tenders: vec![Tender::cash(due.open)],
        surplus: Surplus::Change,
        cashier: due.cashier,
        outlet: due.outlet,
        key: format!("bench-{}", due.charge),
        again: false,
    }
}

async fn pgbench(ground: &Ground, dues: &[Due]) -> anyhow::Result<f64> {
    store::give_to_pgbench(&ground.address, dues, FUNCTION).await?;
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
