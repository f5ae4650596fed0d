//! `weir serve`: the web role alone, over the snapshots that a capture elsewhere publishes.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use terms::SystemClock;
use tokio::net::TcpListener;
use warehouse::Warehouse;

use super::signals::asked_to_stop;
use super::{Database, books, print};
use crate::config::Config;
use crate::{roles, web};

/// Serve the pages alone; another process captures
#[derive(Debug, clap::Args)]
pub(super) struct Serve {
    /// Port of the pages [default: 8080]
    #[arg(long)]
    port: Option<u16>,
}

impl Serve {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let address = SocketAddr::new(config.listen, self.port.unwrap_or(config.port));
        let listener =
            TcpListener::bind(address).await.with_context(|| format!("listen on {address}"))?;
        let database = Database::open(config).await?;
        let pool = database.pages_pool().await?;
        let warehouse = Warehouse::on_disk(config.warehouse(), books::limits(config)).await?;
        let lag = roles::lag_of_snapshots(&database.address, &config.warehouse());
        let app = web::App::new(web::Parts {
            pool: pool.clone(),
            clock: Arc::new(SystemClock),
            warehouse: Arc::new(warehouse),
            lag,
            warehouse_root: config.warehouse(),
            exports: config.exports(),
        });
        print::line(&format!("http://{}", listener.local_addr()?))?;
        let stop = async {
            if let Err(error) = asked_to_stop().await {
                tracing::error!(%error, "signals");
            }
        };
        web::serve(app, listener, stop).await?;
        pool.close().await;
        database.close().await
    }
}
