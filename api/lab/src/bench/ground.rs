//! A private cluster in a folder of its own, for one benchmark, gone afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use cluster::{Address, PrivateCluster};
use ingest::{Capture, CaptureConfig, Server, TlsConfig};
use sqlx::PgPool;

use crate::demo::{City, Plan, Steps};

/// Where a benchmark runs.
pub(super) struct Ground {
    pub(super) address: Address,
    pub(super) pool: PgPool,
    cluster: PrivateCluster,
    // The last field: removed when the server has stopped.
    folder: Folder,
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
        let cluster = PrivateCluster::start(&folder.0.join("pg")).await?;
        cluster::prepare(cluster.logins()).await?;
        let pool = engine::connect(cluster.logins().application()?.options()).await?;
        Ok(Self { address: cluster.address().clone(), pool, cluster, folder })
    }

    /// A city without months yet.
    pub(super) async fn city(&self, plan: Plan) -> anyhow::Result<City> {
        City::open(&self.pool, self.data(), plan, Steps::aside()).await
    }

    /// The folder of everything.
    pub(super) fn data(&self) -> &Path {
        &self.folder.0
    }

    /// The folder of the warehouse's tables.
    pub(super) fn warehouse(&self) -> PathBuf {
        self.data().join("warehouse")
    }

    /// Starts change capture into the warehouse; returns with the first cut.
    pub(super) async fn capture(&self) -> anyhow::Result<Capture> {
        let Address { host, port, user, password, database, .. } =
            self.cluster.logins().capture()?.clone();
        let server = Server { host, port, user, password, database, tls: TlsConfig::disabled() };
        Ok(Capture::start(CaptureConfig::new(server, self.warehouse())).await?)
    }

    /// Stops the server and removes the folder.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        self.pool.close().await;
        let cluster = self.cluster;
        tokio::task::spawn_blocking(move || cluster.stop()).await??;
        drop(self.folder);
        Ok(())
    }

    /// A program of the server, such as `pgbench`, told where the database is.
    pub(super) fn program(&self, name: &str) -> tokio::process::Command {
        let address = &self.address;
        let mut command = tokio::process::Command::new(self.cluster.programs.join(name));
        command
            .env("PGHOST", &address.host)
            .env("PGPORT", address.port.to_string())
            .env("PGUSER", &address.user);
        command.env("PGPASSWORD", &address.password).env("PGDATABASE", &address.database);
        command
    }
}
