//! `weir serve`: the web role alone, over the snapshots that a capture elsewhere publishes.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use warehouse::Warehouse;

use super::listen::{Listen, Listeners};
use super::signals::asked_to_stop;
use super::{Database, books, live, print};
use crate::config::Config;
use crate::{roles, web};

/// Serve the pages alone; another process captures
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    #[command(flatten)]
    listen: Listen,
}

impl Serve {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        // The folder of exports holds names and phone numbers as the warehouse does.
        live::own(&config.data)?;
        let Listeners { pages, probes } = self.listen.open(config).await?;
        let database = Database::open(config).await?;
        let pool = database.pages_pool().await?;
        let warehouse = Warehouse::on_disk(config.warehouse(), books::limits(config)).await?;
        let lag = roles::lag_of_snapshots(database.logins.application()?, &config.warehouse());
        let app = web::App::new(web::Parts {
            pool: pool.clone(),
            clock: Arc::new(engine::DatabaseClock::start(&pool).await?),
            warehouse: Arc::new(warehouse),
            lag,
            warehouse_root: config.warehouse(),
            exports: config.exports(),
            public_url: config.public_url.clone(),
        });
        let probed = probes.local_addr()?;
        print::line(&format!("http://{}", pages.local_addr()?))?;
        tracing::info!(address = %probed, "probes and metrics");
        let end = CancellationToken::new();
        let probing = tokio::spawn(web::probe(app.clone(), probes, end.clone().cancelled_owned()));
        let stop = async {
            if let Err(error) = asked_to_stop().await {
                tracing::error!(%error, "signals");
            }
        };
        web::serve(app, pages, stop).await?;
        end.cancel();
        probing.await?;
        pool.close().await;
        database.close().await
    }
}
