//! The database of a command: an outside one, the one of a running Weir, or our own private one.

use std::fmt;
use std::sync::Arc;

use anyhow::Context;
use engine::{DatabaseClock, register};
use sqlx::PgPool;
use sqlx::postgres::PgConnectOptions;

use super::live;
use crate::config::Config;
use cluster::{Address, Logins, PrivateCluster, outside};

/// An open database; a private server ends with it.
pub struct Database {
    /// Where it is, as each part of Weir logs in.
    pub logins: Logins,
    cluster: Option<Arc<PrivateCluster>>,
}

impl Database {
    /// The outside database of the settings, else that of the Weir that runs in the data folder, else
    /// a private server, started for this command.
    ///
    /// # Errors
    /// The outside server is unfit, or the private one does not start; each says why.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        if config.is_outside() {
            outside::check(&config.logins).await?;
            return Ok(Self { logins: config.logins.clone(), cluster: None });
        }
        if let Some(running) = live::find(&config.data) {
            return Ok(Self { logins: running.logins()?, cluster: None });
        }
        live::own(&config.data)?;
        let cluster = PrivateCluster::start(&config.postgres()).await?;
        tracing::info!(pid = cluster.pid(), found = cluster.found, "private PostgreSQL runs");
        Ok(Self { logins: cluster.logins().clone(), cluster: Some(Arc::new(cluster)) })
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
        let login = self.logins.application()?;
        connect(login, login.options()).await
    }

    /// A pool for the pages: what is done through it is noted as done at that door.
    ///
    /// # Errors
    /// The database does not answer, or its schema is not this program's.
    pub async fn pages_pool(&self) -> anyhow::Result<PgPool> {
        let login = self.logins.application()?;
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
        Ok(clock) => {
            begin_changes(&pool, &clock).await;
            work(&pool, &clock).await
        }
        Err(error) => Err(error.into()),
    };
    pool.close().await;
    database.close().await?;
    done
}

/// Nobody may be serving: whatever a command looks at, accounts are what they are today.
async fn begin_changes(pool: &PgPool, clock: &DatabaseClock) {
    match register::begin_changes(pool, clock).await {
        Ok(0) => {}
        Ok(changes) => tracing::info!(changes, "changes of accounts hold from today on"),
        Err(error) => tracing::warn!(%error, "changes whose day has come were not shown"),
    }
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
    cluster::prepare(&database.logins).await
}

/// Its address without a pass word.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.logins.any().map_or(Ok(()), |address| address.fmt(f))
    }
}

impl lab::demo::Counted for Database {
    fn counted(&self) -> String {
        self.to_string()
    }
}
