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
    #[command(flatten)]
    place: DemoPlace,
}

/// Where a demo city may be made.
#[derive(Debug, clap::Args)]
pub(super) struct DemoPlace {
    /// Make it in the outside database of the settings, which is empty
    #[arg(long)]
    outside: bool,
}

impl DemoPlace {
    /// Passes the private server, and an outside database that was named on purpose.
    pub(super) fn admit(&self, config: &Config) -> anyhow::Result<()> {
        anyhow::ensure!(
            self.outside || !config.is_outside(),
            "the settings name an outside database, which may be real: say --outside where it is empty and for a demo city"
        );
        Ok(())
    }
}

impl Generate {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        self.place.admit(config)?;
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
