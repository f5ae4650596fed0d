//! `weir check`: the invariants of the ledger.

use anyhow::bail;

use super::{Database, print};
use crate::config::Config;

/// Ask every invariant of the ledger, one line each
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let database = Database::open(config).await?;
        let pool = database.pool().await?;
        let findings = engine::check::run(&mut *pool.acquire().await?).await?;
        for finding in &findings {
            print::fact(self.json, finding, || {
                let verdict = if finding.holds() { "ok" } else { "BROKEN" };
                let sample = finding
                    .sample
                    .as_ref()
                    .map(|sample| format!(" ({} times, such as {sample})", finding.violations));
                format!(
                    "{verdict:6} {:4} {}{}",
                    finding.id,
                    finding.text,
                    sample.unwrap_or_default()
                )
            })?;
        }
        pool.close().await;
        database.close().await?;
        let broken = findings.iter().filter(|finding| !finding.holds()).count();
        if broken > 0 {
            bail!("{broken} of {} invariants are broken", findings.len());
        }
        Ok(())
    }
}
