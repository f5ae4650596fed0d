//! Capture of a bill run's log, against pg_recvlogical draining the very same log to nowhere.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use ingest::{Capture, CaptureConfig};
use terms::{BillPeriod, Lsn};

use super::ground::Ground;
use super::{Figure, Options, timed};

const BENCH: &str = "capture";
/// The slot of the limit; it begins where ours stands.
const LIMIT_SLOT: &str = "weir_limit";

pub(super) async fn run(options: Options) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::lay(options.accounts).await?;
    let first = BillPeriod::from_number(202_601)?;
    ground.read(first, 0).await?;
    ground.bill(first).await?;

    let (capture, first_copy) = timed(Capture::start(settings(&ground))).await?;
    let slot = capture.cuts().borrow().position;
    capture.stop().await?;
    let copied = rows_at(&ground, slot.seq)?;

    sqlx_owner(&ground, &format!("select pg_copy_logical_replication_slot('weir', '{LIMIT_SLOT}')")).await?;
    ground.read(first.next(), 1).await?;
    ground.bill(first.next()).await?;
    let end: String = sqlx::query_scalar("select pg_current_wal_lsn()::text").fetch_one(&ground.pool).await?;

    let limit = drain(&ground, &end)?;
    let start = Instant::now();
    let capture = Capture::start(settings(&ground)).await?;
    caught_up(&ground, &capture).await?;
    let took = start.elapsed();
    let hot = capture.cuts().borrow().position;
    capture.stop().await?;
    let all = rows_at(&ground, hot.seq.max(newest(&ground)?))?;
    let streamed = all - copied;

    let rate = |took: Duration, rows: u64| rows as f64 / took.as_secs_f64();
    let figures = vec![
        Figure::rate(
            BENCH,
            format!("{streamed} rows, log to warehouse"),
            (rate(took, streamed), "rows/s"),
            (rate(limit, streamed), "pg_recvlogical, same log"),
            2.0,
        ),
        Figure::rate(
            BENCH,
            format!("{copied} rows, first copy to durable Parquet"),
            (rate(first_copy, copied), "rows/s"),
            (rate(copy_out(&ground).await?, copied), "COPY BINARY to nowhere"),
            6.0,
        ),
    ];
    sqlx_owner(&ground, &format!("select pg_drop_replication_slot('{LIMIT_SLOT}')")).await?;
    ground.close().await?;
    Ok(figures)
}

/// Capture of the ground's database into its warehouse.
pub(super) fn settings(ground: &Ground) -> CaptureConfig {
    CaptureConfig::new(ground.address().server(), ground.warehouse())
}

/// Waits until the newest cut holds all that is committed now.
pub(super) async fn caught_up(ground: &Ground, capture: &Capture) -> anyhow::Result<()> {
    let end: String = sqlx::query_scalar("select pg_current_wal_flush_lsn()::text").fetch_one(&ground.pool).await?;
    let end: Lsn = end.parse().map_err(anyhow::Error::msg)?;
    ingest::request_flush(&ground.pool, "bench").await?;
    let mut cuts = capture.cuts();
    cuts.wait_for(|cut| cut.position.lsn >= end).await.context("capture ended")?;
    Ok(())
}

fn newest(ground: &Ground) -> anyhow::Result<u64> {
    let newest = tables::Snapshots::open(&ground.warehouse()).newest()?;
    Ok(newest.context("no snapshot")?.seq)
}

fn rows_at(ground: &Ground, seq: u64) -> anyhow::Result<u64> {
    let snapshot = tables::Snapshots::open(&ground.warehouse()).get(seq)?.context("the snapshot is gone")?;
    Ok(snapshot.tables.values().map(|table| table.rows).sum())
}

fn drain(ground: &Ground, end: &str) -> anyhow::Result<Duration> {
    let address = ground.address();
    let start = Instant::now();
    let out = Command::new(ground.cluster.programs.join("pg_recvlogical"))
        .args(["-h", &address.host, "-p", &address.port.to_string(), "-U", &address.user, "-d", &address.database])
        .args(["-S", LIMIT_SLOT, "--start", "-o", "proto_version=1", "-o", "publication_names=weir_pub"])
        .args(["-E", end, "-F", "0", "-f", "/dev/null"])
        .env("PGPASSWORD", &address.password)
        .output()?;
    ensure!(out.status.success(), "pg_recvlogical: {}", String::from_utf8_lossy(&out.stderr));
    Ok(start.elapsed())
}

/// Reads every captured table out of PostgreSQL once, as fast as it gives them.
async fn copy_out(ground: &Ground) -> anyhow::Result<Duration> {
    use futures::TryStreamExt;
    use sqlx::postgres::PgPoolCopyExt;
    let start = Instant::now();
    for table in tables::catalog::all() {
        let statement = format!("copy (select * from {}) to stdout binary", table.name);
        let mut out = ground.pool.copy_out_raw(&statement).await?;
        while out.try_next().await?.is_some() {}
    }
    Ok(start.elapsed())
}

async fn sqlx_owner(ground: &Ground, statement: &str) -> anyhow::Result<()> {
    use sqlx::{Connection, PgConnection};
    let mut owner = PgConnection::connect_with(&ground.address().options()).await?;
    sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&mut owner).await?;
    Ok(owner.close().await?)
}
