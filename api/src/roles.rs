//! What the roles of one process stand on: change capture, its lag, the proof.

use std::path::Path;
use std::time::Duration;

use ingest::{
    Capture, CaptureConfig, FlushLimits, FlushState, Lag, SLOT, Server, SslMode, TlsConfig,
};
use sqlx::ConnectOptions;
use tokio::sync::watch;

use crate::config::Config;
use cluster::{Address, Tls};

/// How often a role without capture asks how far behind it is.
const LAG_INTERVAL: Duration = Duration::from_secs(2);

/// Change capture into the data folder's warehouse; a slot that is lost leads to a new copy.
///
pub fn capture_config(address: &Address, config: &Config) -> CaptureConfig {
    let Address { host, port, user, password, database, .. } = address.clone();
    let server = Server { host, port, user, password, database, tls: tls(address) };
    let mut capture = CaptureConfig::new(server, config.warehouse());
    capture.flush = FlushLimits { rows: config.flush_rows, age: config.flush_age, ..capture.flush };
    capture.resync = true;
    capture
}

/// As the address says: capture's two connections are secured as all others are.
fn tls(address: &Address) -> TlsConfig {
    let mode = match address.tls() {
        Tls::Disable => SslMode::Disable,
        Tls::Prefer => SslMode::Prefer,
        Tls::Require => SslMode::Require,
        Tls::VerifyCa => SslMode::VerifyCa,
        Tls::VerifyFull => SslMode::VerifyFull,
    };
    TlsConfig { mode, ca_pem_path: address.root_cert.clone(), ..TlsConfig::disabled() }
}

/// Starts change capture; returns with the first cut.
///
/// # Errors
/// See [`ingest::Kind`].
pub async fn capture(address: &Address, config: &Config) -> anyhow::Result<Capture> {
    Ok(Capture::start(capture_config(address, config)).await?)
}

/// How far the newest snapshot is behind, for a role that captures nothing itself.
pub fn lag_of_snapshots(address: &Address, root: &Path) -> watch::Receiver<Lag> {
    let none = Lag { bytes: 0, seconds: 0.0, flush: FlushState::Idle, hot_rows: 0 };
    let (tell, lag) = watch::channel(none);
    let (options, root) = (address.options(), root.to_path_buf());
    tokio::spawn(async move {
        while !tell.is_closed() {
            let asked = async {
                let mut connection = options.connect().await?;
                ingest::status(&mut connection, &root, SLOT).await
            };
            match asked.await {
                Ok(status) => {
                    tell.send_replace(Lag { bytes: status.lag_bytes, ..none });
                }
                Err(error) => tracing::warn!(%error, "how far behind is unknown"),
            }
            tokio::time::sleep(LAG_INTERVAL).await;
        }
    });
    lag
}
