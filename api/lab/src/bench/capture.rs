//! The log into the hot tier, beside `pg_recvlogical` draining the same stretch of log.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use engine::billing::{self, BillRun};
use ingest::request_flush;
use sqlx::ConnectOptions;
use terms::{Lsn, SystemClock, grouped};

use super::figure::Figure;
use super::ground::Ground;
use super::store;
use crate::demo::{Plan, SEED};

const LIMIT: Duration = Duration::from_secs(600);

pub(super) async fn measure(accounts: u32) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::open("capture").await?;
    let address = &ground.address;
    let plan = Plan::new(accounts, 1, SEED);
    let city = ground.city(plan).await?;
    // The slot begins here: what follows is the stretch of log that both read.
    let before = captured(&ground).await?;
    store::copy_slot(address).await?;
    let days = city.only_read().await?;
    let order = BillRun {
        period: plan.last_period(),
        bill_date: days.0,
        due_date: days.1,
        workers: 2,
        by: None,
    };
    billing::run(&ground.pool, &SystemClock, order, |_| {}).await?;
    let mut connection = address.options().connect().await?;
    let end = request_flush(&mut connection, "bench").await?;
    drop(connection);

    let theirs = recvlogical(&ground, end).await?;
    let start = Instant::now();
    let capture = ground.capture().await?;
    let mut cuts = capture.cuts();
    tokio::time::timeout(LIMIT, cuts.wait_for(|cut| cut.position.lsn >= end))
        .await
        .context("the stream takes too long")??;
    let ours = start.elapsed().as_secs_f64();
    capture.stop().await?;
    let rows = store::rows(address).await? - before;
    let rate = |seconds: f64| rows as f64 / seconds;
    let measure = format!("{} rows, stream to hot tier and files", grouped(rows));
    let figure = Figure::rate(
        "capture",
        measure,
        (rate(ours), "rows/s"),
        rate(theirs),
        "pg_recvlogical to /dev/null, same log",
        ("ratio at least 0.5", 0.5),
    );
    ground.close().await?;
    Ok(vec![figure])
}

/// Makes slot and first copy, and stops; gives the rows that are in.
async fn captured(ground: &Ground) -> anyhow::Result<u64> {
    let capture = ground.capture().await?;
    capture.stop().await?;
    Ok(store::rows(&ground.address).await?)
}

/// Seconds of `pg_recvlogical`, its start included, as ours is.
async fn recvlogical(ground: &Ground, end: Lsn) -> anyhow::Result<f64> {
    let mut command = ground.program("pg_recvlogical");
    command.args([
        "-d",
        &ground.address.database,
        "-S",
        store::BENCH_SLOT,
        "--start",
        "--no-loop",
        "-f",
        "/dev/null",
    ]);
    command.args([
        "-o",
        "proto_version=1",
        "-o",
        "publication_names=weir_pub",
        "-E",
        &end.to_string(),
    ]);
    let start = Instant::now();
    let output = command.stdout(Stdio::null()).output();
    let output =
        tokio::time::timeout(LIMIT, output).await.context("pg_recvlogical takes too long")??;
    ensure!(output.status.success(), "pg_recvlogical: {}", String::from_utf8_lossy(&output.stderr));
    Ok(start.elapsed().as_secs_f64())
}
