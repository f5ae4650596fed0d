//! `weir bench`: figures, each beside its limit in the same run.

use std::sync::Arc;

use anyhow::ensure;
use futures::FutureExt;
use futures::future::BoxFuture;
use lab::bench::{Bench as Name, Served};
use terms::SystemClock;

use super::print;
use super::signals::unless_stopped;
use crate::config::Config;
use crate::web;

/// Measure on a private cluster of its own; each figure stands beside its limit in the same run
#[derive(Debug, clap::Args)]
pub(super) struct Bench {
    /// What to measure
    #[arg(value_enum)]
    name: Name,
    /// Accounts of the city that is measured with
    #[arg(long, value_parser = clap::value_parser!(u32).range(200..=2_000_000))]
    accounts: Option<u32>,
    /// Months of history of the city in which posting and reports are measured
    #[arg(long, default_value_t = 36, value_parser = clap::value_parser!(u32).range(1..=120))]
    months: u32,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
    /// Fail where a goal is missed
    #[arg(long)]
    strict: bool,
}

impl Bench {
    pub(super) async fn run(self, _: &Config) -> anyhow::Result<()> {
        let figures = unless_stopped(self.name.run(self.accounts, self.months, pages)).await?;
        for figure in &figures {
            print::fact(self.json, figure, || figure.to_string())?;
        }
        let missed = figures.iter().filter(|figure| !figure.holds).count();
        ensure!(!self.strict || missed == 0, "{missed} of {} goals are missed", figures.len());
        Ok(())
    }
}

/// The pages, as a benchmark has them served.
fn pages(served: Served) -> BoxFuture<'static, anyhow::Result<()>> {
    let Served { pool, warehouse, lag, data, listener, stopped } = served;
    let app = web::App::new(web::Parts {
        pool,
        clock: Arc::new(SystemClock),
        warehouse,
        lag,
        warehouse_root: data.join("warehouse"),
        exports: data.join("exports"),
        public_url: None,
    });
    async move { Ok(web::serve(app, listener, async { drop(stopped.await) }).await?) }.boxed()
}
