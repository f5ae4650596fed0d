//! `weir up`: everything in one process.

use lab::demo;
use std::sync::Arc;

use anyhow::anyhow;
use engine::access;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

use super::listen::{Listen, Listeners};
use super::live::Claim;
use super::signals::{asked_to_stop, unless_stopped};
use super::{Database, books, prepare, print};
use crate::config::Config;
use crate::keep::{KeptCapture, keep_server};
use crate::web;

/// Bring everything up: private PostgreSQL, schema, demo city if empty, capture, warehouse, pages
#[derive(Debug, clap::Args)]
pub(super) struct Up {
    /// Make the demo city in an empty outside database, too; the private server gets it by itself
    #[arg(long, conflicts_with = "no_demo")]
    demo: bool,
    /// Make no demo city, for a house that opens for real
    #[arg(long)]
    no_demo: bool,
    /// Accounts of the demo city that an empty database gets
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(200..=2_000_000))]
    accounts: u32,
    /// Its months of history, this month included; two years and two months show the trend and last year's figures
    #[arg(long, default_value_t = 26, value_parser = clap::value_parser!(u32).range(1..=72))]
    months: u32,
    #[command(flatten)]
    listen: Listen,
}

impl Up {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let claim = Claim::take(&config.data)?;
        let Listeners { pages, probes } = self.listen.open(config).await?;
        let database = Database::open(config).await?;
        prepare(&database).await?;
        let pool = database.pool().await?;
        let plan = demo::Plan::new(self.accounts, self.months, demo::SEED);
        let is_outside = config.is_outside();
        if self.demo && is_outside {
            unless_stopped(demo::build(&pool, &config.data, plan)).await?;
        } else if !self.no_demo && !is_outside {
            unless_stopped(demo::build_if_empty(&pool, &config.data, plan)).await?;
        }
        let words = logins(&pool).await?;

        let capture = KeptCapture::start(database.logins.capture()?, config).await?;
        let warehouse = Warehouse::live(config.warehouse(), capture.cuts(), books::limits(config))?;
        let pages_pool = database.pages_pool().await?;
        let app = web::App::new(web::Parts {
            pool: pages_pool.clone(),
            clock: Arc::new(engine::DatabaseClock::start(&pool).await?),
            warehouse: Arc::new(warehouse),
            lag: capture.lag(),
            warehouse_root: config.warehouse(),
            exports: config.exports(),
            public_url: config.public_url.clone(),
        });
        let url = format!("http://{}", pages.local_addr()?);
        let probed = format!("http://{}", probes.local_addr()?);
        claim.announce(Some(url.clone()), Some(probed.clone()), &database.logins)?;
        print::line(&format!("Weir serves {url}, probes and metrics {probed}\n{words}"))?;

        let end = CancellationToken::new();
        let mut serving = JoinSet::new();
        let probing = web::probe(app.clone(), probes, end.clone().cancelled_owned());
        serving.spawn(async {
            probing.await;
            Ok(())
        });
        serving.spawn(web::serve(app, pages, end.clone().cancelled_owned()));
        let outcome = tokio::select! {
            asked = asked_to_stop() => asked,
            never = keep_server(database.cluster()) => match never {},
            ended = serving.join_next() => Err(too_early(ended)),
        };
        end.cancel();
        while let Some(ended) = serving.join_next().await {
            ended??;
        }
        capture.stop().await?;
        pages_pool.close().await;
        pool.close().await;
        database.close().await?;
        drop(claim);
        outcome
    }
}

/// Who may log in, as far as the terminal should say: the demo's logins while they live, or how to begin.
async fn logins(pool: &sqlx::PgPool) -> anyhow::Result<String> {
    if !demo::living_logins(pool).await?.is_empty() {
        return Ok(demo::logins_words());
    }
    if access::anybody(&mut *pool.acquire().await?).await? {
        return Ok(String::new());
    }
    Ok("Nobody may log in yet. Enter the administrator, beside this process:\n  \
        weir user add LOGIN --name 姓名 --role administrator"
        .to_owned())
}

/// Pages or probes are gone though nobody has asked: a process without them must not look alive.
fn too_early(ended: Option<Result<Result<(), sqlx::Error>, JoinError>>) -> anyhow::Error {
    let cause = match ended {
        Some(Ok(Err(error))) => error.into(),
        Some(Err(panic)) => panic.into(),
        Some(Ok(Ok(()))) | None => anyhow!("nobody asked them to"),
    };
    cause.context("the pages have ended; start weir up again")
}
