//! `weir status`: change capture and the newest snapshot.

use sqlx::{ConnectOptions, Connection};

use super::{Database, live, print};
use crate::config::Config;

/// Show how change capture stands: slot, lag, newest snapshot
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Status {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let running = live::find(&config.data);
        let database = Database::open(config).await?;
        let mut connection = database.logins.application()?.options().connect().await?;
        let slot = ingest::SLOT;
        let status = ingest::status(&mut connection, &config.warehouse(), slot).await?;
        connection.close().await?;
        database.close().await?;
        let fact = serde_json::json!({
            "running": running.as_ref().map(|live| serde_json::json!({
                "pid": live.pid, "url": live.url, "probes": live.probes, "started_at": live.started_at })),
            "capture": status,
        });
        print::fact(self.json, &fact, || {
            let pages = running.map_or("no weir is running here".to_owned(), |live| {
                let works = live.url.map_or("captures".to_owned(), |url| format!("serves {url}"));
                format!("weir {} {works} since {}", live.pid, live.started_at.to_rfc3339())
            });
            let slot = match (status.active, &status.wal_status) {
                (None, _) => "not made yet".to_owned(),
                (Some(active), wal) => format!(
                    "{}, log {}, confirmed {}, {} bytes behind {}",
                    if active { "in use" } else { "idle" },
                    wal.as_deref().unwrap_or("unknown"),
                    status.confirmed.map(|at| at.to_string()).unwrap_or_default(),
                    status.lag_bytes,
                    status.current
                ),
            };
            let snapshot = match (status.snapshot, status.snapshot_lsn) {
                (Some(seq), Some(lsn)) => format!("{seq} at {lsn}"),
                _ => "none".to_owned(),
            };
            let stands = status.standstill.map(|stands| format!("\n{stands}")).unwrap_or_default();
            format!("{pages}\nslot {}: {slot}\nsnapshot: {snapshot}{stands}", status.slot)
        })
    }
}
