//! A private cluster in a folder of its own, for one benchmark, gone afterwards.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use sqlx::PgPool;

use crate::cli::{Database, prepare};
use crate::config::Config;
use crate::demo::{City, Plan, Steps};

/// Where a benchmark runs.
pub(super) struct Ground {
    pub(super) config: Config,
    pub(super) database: Database,
    pub(super) pool: PgPool,
    // The last field: removed when the server has stopped.
    _folder: Folder,
}

/// A folder that goes away with its owner, whatever happens.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "the benchmark's folder stays");
        }
    }
}

impl Ground {
    /// A new cluster with schema, reference data and tariffs.
    pub(super) async fn open(name: &str) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("weir-bench-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        let folder = Folder(folder);
        let config = Config::in_folder(folder.0.clone());
        let database = Database::open(&config).await?;
        prepare(&database).await?;
        let pool = database.pool().await?;
        Ok(Self { config, database, pool, _folder: folder })
    }

    /// A city without months yet.
    pub(super) async fn city(&self, plan: Plan) -> anyhow::Result<City> {
        City::open(&self.pool, &self.config.data, plan, Steps::aside()).await
    }

    /// Stops the server and removes the folder.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.pool.close().await;
        self.database.close().await
    }

    /// A program of the server, such as `pgbench`, told where the database is.
    pub(super) fn program(&self, name: &str) -> anyhow::Result<tokio::process::Command> {
        let programs = crate::postgres::find_binaries().context("PostgreSQL's programs")?;
        let address = &self.database.address;
        let mut command = tokio::process::Command::new(programs.join(name));
        command
            .env("PGHOST", &address.host)
            .env("PGPORT", address.port.to_string())
            .env("PGUSER", &address.user);
        command.env("PGPASSWORD", &address.password).env("PGDATABASE", &address.database);
        Ok(command)
    }
}
