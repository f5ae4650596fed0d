//! The database of a command: an outside one, the one of a running Weir, or our own private one.

use std::sync::Arc;

use anyhow::Context;
use engine::DatabaseClock;
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use super::live;
use crate::config::Config;
use cluster::{Address, PrivateCluster, application_of, outside};

/// An open database; a private server ends with it.
pub struct Database {
    /// Where it is, with its owner's pass word.
    pub address: Address,
    /// How the application logs in; none where the keeper of the server gave us the owner's login only.
    application: Option<Address>,
    cluster: Option<Arc<PrivateCluster>>,
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
            let application = config.application.clone();
            return Ok(Self { address: address.clone(), application, cluster: None });
        }
        if let Some(running) = live::find(&config.data) {
            let address: Address = running.database_url.parse().context("live.json")?;
            let application = match &config.application {
                Some(named) => Some(named.clone()),
                None => application_of(&config.postgres(), &address)?,
            };
            return Ok(Self { address, application, cluster: None });
        }
        live::own(&config.data)?;
        let cluster = PrivateCluster::start(&config.postgres()).await?;
        tracing::info!(pid = cluster.pid(), found = cluster.found, "private PostgreSQL runs");
        Ok(Self {
            address: cluster.address().clone(),
            application: Some(cluster.application().clone()),
            cluster: Some(Arc::new(cluster)),
        })
    }

    /// The private server, where this is one.
    pub fn cluster(&self) -> Option<&Arc<PrivateCluster>> {
        self.cluster.as_ref()
    }

    /// A pool of the application's connections.
    ///
    /// # Errors
    /// The database does not answer, or its schema is not this program's.
    pub async fn pool(&self) -> anyhow::Result<PgPool> {
        let login = self.login();
        connect(login, login.options()).await
    }

    /// The application's login, where it has one of its own.
    fn login(&self) -> &Address {
        self.application.as_ref().unwrap_or_else(|| {
            tracing::warn!(
                "the application works with the owner's login, and could become the owner: \
                 alter role weir_app password '…', and name it in application_database"
            );
            &self.address
        })
    }

    /// A pool for the pages: what is done through it is noted as done at that door.
    ///
    /// # Errors
    /// The database does not answer, or its schema is not this program's.
    pub async fn pages_pool(&self) -> anyhow::Result<PgPool> {
        let login = self.login();
        connect(login, login.options().options([("weir.door", "page")])).await
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

/// Does a command's work on the application's connections, and closes whatever was opened for it. What it enters is
/// dated by the database: whoever's machine runs the command, the business day is that of the counters.
pub(super) async fn with_pool<T>(
    config: &Config,
    work: impl AsyncFnOnce(&PgPool, &DatabaseClock) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let database = Database::open(config).await?;
    let pool = database.pool().await?;
    let done = match DatabaseClock::start(&pool).await {
        Ok(clock) => work(&pool, &clock).await,
        Err(error) => Err(error.into()),
    };
    pool.close().await;
    database.close().await?;
    done
}

/// Opens a pool on a schema that fits: only `weir migrate` and those that make a city change it.
async fn connect(login: &Address, options: PgConnectOptions) -> anyhow::Result<PgPool> {
    let pool = engine::connect(options).await.with_context(|| format!("open {login}"))?;
    match engine::misfit(&mut *pool.acquire().await?).await? {
        None => Ok(pool),
        Some(misfit) => Err(anyhow::Error::new(misfit).context(login.to_string())),
    }
}

/// Brings the schema and what every database of Weir holds up to date. Idempotent.
///
/// # Errors
/// A migration fails, or the data cannot be stored.
pub async fn prepare(database: &Database) -> anyhow::Result<()> {
    let login = database.login();
    cluster::prepare(&database.address, login).await
}

impl lab::demo::Counted for Database {
    fn counted(&self) -> String {
        self.address.to_string()
    }
}
