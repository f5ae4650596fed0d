//! The database of a command: an outside one, the one of a running Weir, or our own private one.

use anyhow::Context;
use sqlx::PgPool;

use super::live;
use crate::config::Config;
use crate::postgres::{Address, PrivateCluster, outside};

/// An open database; a private server ends with it.
pub struct Database {
    /// Where it is, with its owner's pass word.
    pub address: Address,
    cluster: Option<PrivateCluster>,
}

impl Database {
    /// The outside database of the settings, else that of the Weir that runs in the data folder, else
    /// a private server, started for this command.
    ///
    /// # Errors
    /// The outside server is unfit, or the private one does not start; each says why.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        if let Some(address) = &config.database {
            outside::check(address).await?;
            return Ok(Self { address: address.clone(), cluster: None });
        }
        if let Some(running) = live::find(&config.data) {
            let address = running.database_url.parse().context("live.json")?;
            return Ok(Self { address, cluster: None });
        }
        let cluster = PrivateCluster::start(&config.postgres()).await?;
        tracing::info!(pid = cluster.pid(), found = cluster.found, "private PostgreSQL runs");
        Ok(Self { address: cluster.address().clone(), cluster: Some(cluster) })
    }

    /// The private server, where this is one.
    pub fn cluster(&self) -> Option<&PrivateCluster> {
        self.cluster.as_ref()
    }

    /// A pool of the application's connections.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn pool(&self) -> anyhow::Result<PgPool> {
        engine::connect(self.address.options())
            .await
            .with_context(|| format!("open {}", self.address))
    }

    /// A pool for the pages: what is done through it is noted as done at that door.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn pages_pool(&self) -> anyhow::Result<PgPool> {
        let options = self.address.options().options([("weir.door", "page")]);
        engine::connect(options).await.with_context(|| format!("open {}", self.address))
    }

    /// Stops a private server; without this call, dropping does, on the thread that drops.
    ///
    /// # Errors
    /// The server does not stop.
    pub async fn close(self) -> anyhow::Result<()> {
        if let Some(cluster) = self.cluster {
            tokio::task::spawn_blocking(move || cluster.stop()).await??;
        }
        Ok(())
    }
}

/// Migrations, reference data and tariffs: what every database of Weir holds. Idempotent.
///
/// # Errors
/// A migration fails, or the data cannot be stored.
pub async fn prepare(database: &Database) -> anyhow::Result<()> {
    engine::migrate(&database.address.options()).await.context("migrate the schema")?;
    let pool = database.pool().await?;
    engine::register::load_reference(&pool).await.context("load the reference data")?;
    engine::tariff::set_tariffs(&pool).await.context("set the tariffs")?;
    pool.close().await;
    Ok(())
}
