//! `weir migrate`: the schema, the reference data, the tariffs.

use super::{Database, prepare, print};
use crate::config::Config;

/// Bring the database up to date: schema, reference data, tariffs
#[derive(Debug, clap::Args)]
pub(super) struct Migrate {}

impl Migrate {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let database = Database::open(config).await?;
        prepare(&database).await?;
        print::line(&format!("{database} is up to date"))?;
        database.close().await
    }
}
