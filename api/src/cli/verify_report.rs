//! `weir verify-report`: is this paper what we made?

use std::path::Path;

use anyhow::{Context, bail};
use reports::Archive;
use warehouse::Warehouse;

use super::{books, print};
use crate::config::Config;

/// Make a numbered report again from its snapshot, and compare it
#[derive(Debug, clap::Args)]
pub(super) struct VerifyReport {
    /// A report's file, or its number such as R02-20261124-0047
    report: String,
    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
}

impl VerifyReport {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let warehouse = Warehouse::on_disk(config.warehouse(), books::limits(config)).await?;
        let archive = Archive::open(&config.warehouse());
        let path = Path::new(&self.report);
        let verdict = if path.is_file() {
            let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
            archive.verify_file(&warehouse, &bytes).await?
        } else {
            archive.verify_number(&warehouse, &self.report).await?
        };
        let fact = serde_json::json!({ "holds": verdict.holds(), "verdict": verdict.to_string() });
        print::fact(self.json, &fact, || verdict.to_string())?;
        if !verdict.holds() {
            bail!("{} is not what was issued", self.report);
        }
        Ok(())
    }
}
