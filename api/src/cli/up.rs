//! `weir up`: everything in one process.

use lab::demo;
use std::sync::Arc;

use engine::access;
use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

use super::listen::{Listen, Listeners};
use super::live::Claim;
use super::signals::{asked_to_stop, unless_stopped};
use super::{Database, books, prepare, print};
use crate::config::Config;
use crate::{roles, web};

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
        let is_outside = config.database.is_some();
        if self.demo && is_outside {
            unless_stopped(demo::build_in_empty(&pool, &config.data, plan)).await?;
        } else if !self.no_demo && !is_outside {
            unless_stopped(demo::build_if_empty(&pool, &config.data, plan)).await?;
        }
        let words = logins(&pool).await?;

        let capture = roles::capture(&database.address, config).await?;
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
        let database_url = database.address.with_password();
        claim.announce(Some(url.clone()), Some(probed.clone()), database_url)?;
        print::line(&format!("Weir serves {url}, probes and metrics {probed}\n{words}"))?;

        let end = CancellationToken::new();
        let probing = tokio::spawn(web::probe(app.clone(), probes, end.clone().cancelled_owned()));
        let pages = tokio::spawn(web::serve(app, pages, end.clone().cancelled_owned()));
        let outcome = wait(&capture, &database).await;
        end.cancel();
        pages.await??;
        probing.await?;
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

/// Until somebody asks us to stop, or the private server is gone. Without capture the tills go on.
async fn wait(capture: &ingest::Capture, database: &Database) -> anyhow::Result<()> {
    let capture_ends = async {
        let error = capture.stopped().await;
        tracing::error!(%error, "capture has ended: payments go on, figures stand still");
        std::future::pending::<()>().await;
    };
    tokio::select! {
        asked = asked_to_stop() => asked,
        () = capture_ends => Ok(()),
        status = roles::server_ended(database.cluster()) => {
            anyhow::bail!("the private PostgreSQL has ended ({status}); start weir up again")
        }
    }
}
