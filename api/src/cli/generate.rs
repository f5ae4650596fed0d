//! `weir generate`: the demo city, in the database alone.

use super::signals::unless_stopped;
use super::{Database, prepare, print};
use crate::config::Config;
use lab::demo;

/// Make the demo city through the engine's own functions; run again, it goes on where it stopped
#[derive(Debug, clap::Args)]
pub(super) struct Generate {
    /// Accounts
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(200..=2_000_000))]
    accounts: u32,
    /// Months of history, this month included
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=72))]
    months: u32,
    /// Another seed is another city
    #[arg(long, default_value_t = demo::SEED)]
    seed: u64,
}

impl Generate {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let database = Database::open(config).await?;
        prepare(&database).await?;
        let pool = database.pool().await?;
        let plan = demo::Plan::new(self.accounts, self.months, self.seed);
        unless_stopped(demo::build(&pool, &config.data, plan)).await?;
        print::line(&demo::logins_words())?;
        pool.close().await;
        database.close().await
    }
}
