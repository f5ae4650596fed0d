//! The bill run of one period, against COPY BINARY of the very rows that it made.

use anyhow::Context;
use futures::TryStreamExt;
use sqlx::postgres::PgPoolCopyExt;
use terms::BillPeriod;

use super::ground::Ground;
use super::{Figure, Options, timed};

const BENCH: &str = "bill-run";

/// Tables that the run fills; the limit fills tables of the same shape, keys and checks, without triggers.
const TABLES: [&str; 2] = ["charge", "charge_line"];

pub(super) async fn run(options: Options) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::lay(options.accounts).await?;
    let period = BillPeriod::from_number(202_601)?;
    ground.read(period, 0).await?;
    let (report, took) = timed(ground.bill(period)).await?;
    let owner = sqlx::PgPool::connect_with(ground.address().options()).await?;
    let (rows, limit) = copy_again(&owner, period).await?;
    let figures = vec![
        Figure::seconds(
            BENCH,
            format!("{} charges, {rows} rows", report.charges),
            took,
            limit,
            "COPY BINARY of the same rows",
            4.0,
        ),
    ];
    owner.close().await;
    ground.close().await?;
    Ok(figures)
}

async fn copy_again(owner: &sqlx::PgPool, period: BillPeriod) -> anyhow::Result<(u64, std::time::Duration)> {
    let mut copies = Vec::new();
    for table in TABLES {
        let shape = format!("create table limit_{table} (like {table} including defaults including constraints including indexes)");
        sqlx::query(sqlx::AssertSqlSafe(shape)).execute(owner).await?;
        let out = format!("copy (select * from {table} where bill_period = {} order by account_id, id) to stdout binary", period.number());
        let bytes: Vec<_> = owner.copy_out_raw(&out).await?.try_collect().await?;
        copies.push((table, bytes));
    }
    let start = std::time::Instant::now();
    let mut rows = 0;
    for (table, chunks) in copies {
        let mut copy = owner.copy_in_raw(&format!("copy limit_{table} from stdin binary")).await?;
        let mut buffer = Vec::with_capacity(512 << 10);
        for chunk in chunks {
            buffer.extend_from_slice(&chunk);
            if buffer.len() > 256 << 10 {
                copy.send(buffer.as_slice()).await?;
                buffer.clear();
            }
        }
        copy.send(buffer.as_slice()).await?;
        rows += copy.finish().await.with_context(|| format!("copy into limit_{table}"))?;
    }
    Ok((rows, start.elapsed()))
}
