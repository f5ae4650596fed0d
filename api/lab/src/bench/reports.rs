//! Reports and homepage, beside PostgreSQL on the same questions.

use std::future::Future;
use std::time::Instant;

use reports::{Made, Params, Report, home, lay_out};
use terms::{Clock, SystemClock, grouped};
use warehouse::{AsOf, Limits, Person, Pinned, Warehouse};

use super::figure::Figure;
use super::ground::Ground;
use super::store;
use crate::demo::{Plan, SEED};

const ROUNDS: usize = 7;

pub(super) async fn measure(accounts: u32, months: u32) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::open("reports").await?;
    let plan = Plan::new(accounts, months, SEED);
    let mut city = ground.city(plan).await?;
    while city.months_left() > 0 {
        city.live_a_month().await?;
    }
    store::make_views(&ground.address).await?;
    store::analyze(&ground.address).await?;
    let capture = ground.capture().await?;
    let warehouse = Warehouse::live(ground.warehouse(), capture.cuts(), Limits::default())?;
    let pinned = warehouse.at(AsOf::Live).await?;
    let rows: u64 = store::rows(&ground.address).await?;
    let today = SystemClock.today();
    let mut figures = Vec::new();
    for &report in reports::all() {
        let statements: Vec<&str> = report.statements().collect();
        let ours = median(|| made(&pinned, report)).await?;
        let theirs = median(|| store::ask(&ground.pool, &statements, today)).await?;
        figures.push(figure(report.code, rows, ours, theirs, "PostgreSQL, the same statements"));
    }
    let ours =
        median(|| async { Ok(home::figures(&pinned, &Person::system(), today).await.map(drop)?) })
            .await?;
    let theirs = median(|| store::ask_home(&ground.pool, today)).await?;
    figures.push(figure("homepage", rows, ours, theirs, "PostgreSQL, the same questions"));
    capture.stop().await?;
    ground.close().await?;
    Ok(figures)
}

fn figure(what: &str, rows: u64, ours: f64, theirs: f64, limit: &'static str) -> Figure {
    let measure = format!("{what}, {} rows captured, median of {ROUNDS}", grouped(rows));
    Figure::time("reports", measure, ours, theirs, limit, ("ratio at most 2", 2.0))
}

async fn made(pinned: &Pinned, report: &'static Report) -> anyhow::Result<()> {
    let who = Person::system();
    let params = Params::default().prefilled(report, &who, SystemClock.today());
    let made = Made { at: SystemClock.now(), by: who.name.clone() };
    lay_out(pinned, &who, report, &params, made).await?;
    Ok(())
}

/// The median seconds of some rounds, after one that warms up.
async fn median<F: Future<Output = anyhow::Result<()>>>(
    mut round: impl FnMut() -> F,
) -> anyhow::Result<f64> {
    round().await?;
    let mut seconds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        round().await?;
        seconds.push(start.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    Ok(seconds[ROUNDS / 2])
}
