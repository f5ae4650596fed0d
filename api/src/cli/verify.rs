//! `weir verify`: the warehouse against PostgreSQL, at one position.

use std::time::Duration;

use anyhow::bail;
use terms::grouped;
use warehouse::Limits;

use super::books::{self, Asked};
use super::{Database, live, print};
use crate::config::Config;
use crate::roles;

/// How long the digests of all that was closed may take.
const SEALS_LIMIT: Duration = Duration::from_secs(30 * 60);

/// Compare warehouse and PostgreSQL at one position: rows, sums and row hashes of every table, and what was closed
#[derive(Debug, clap::Args)]
pub(super) struct Verify {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Verify {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let is_live = live::find(&config.data).is_some();
        let database = Database::open(config).await?;
        // A proof changes nothing: a schema that does not fit is told.
        database.pool().await?.close().await;
        let verdict =
            ingest::verify(&roles::capture_config(database.logins.capture()?, config), is_live)
                .await?;
        database.close().await?;
        print::fact(self.json, &verdict, || format!("{verdict}\n{}", proof(&verdict)))?;
        if !verdict.equal() {
            bail!("warehouse and PostgreSQL differ");
        }
        let (_warehouse, pinned) = books::open(config, Asked::default()).await?;
        // All that was ever closed is read, which takes longer than a page may.
        let limits = Limits { deadline: SEALS_LIMIT, ..books::limits(config) };
        let seals = reports::seals::compare(&pinned.with_limits(limits)).await?;
        print::fact(self.json, &seals, || {
            let whole = seals.compared - seals.broken.len() as u64;
            format!(
                "{whole} of {} closed days and months make the digests that they kept",
                seals.compared
            )
        })?;
        if !seals.broken.is_empty() {
            bail!("other entries than were closed: {}", seals.broken.join("、"));
        }
        Ok(())
    }
}

/// The verdict in one sentence.
pub(super) fn proof(verdict: &ingest::Verdict) -> String {
    let rows: u64 = verdict.tables.iter().map(|table| table.postgres.rows).sum();
    let words = if verdict.equal() { "agree to the fen" } else { "DIFFER" };
    let (count, rows) = (verdict.tables.len(), grouped(rows));
    format!(
        "PostgreSQL and warehouse {words} at position {}: {count} tables, {rows} rows, every sum and row hash",
        verdict.position.lsn
    )
}
