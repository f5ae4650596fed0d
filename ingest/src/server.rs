//! The PostgreSQL server that is captured.

use std::path::PathBuf;
use std::time::Duration;

use pgwire_replication::{Lsn, ReplicationConfig, SslMode, TlsConfig};
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use sqlx::{ConnectOptions as _, PgConnection};

use crate::CaptureError;

/// Text that the decoder of [`crate::column`] reads: ISO dates, UTC.
const TEXT_FORMAT: &str =
    "-c datestyle=ISO,YMD -c timezone=UTC -c extra_float_digits=3 -c bytea_output=hex";
/// Events that may wait between the socket and the decoder.
const BUFFERED_EVENTS: usize = 65_536;
/// The largest message: PostgreSQL's own limit of a row is 1 GB, the ledger's rows are under 10 kB.
const MESSAGE_BYTES_MAX: usize = 256 << 20;
/// How soon a confirmed position is told to the slot.
const STATUS_INTERVAL: Duration = Duration::from_millis(200);

/// Where PostgreSQL listens, and as whom capture logs in: whoever may replicate and read what is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// A host name, or the folder of the unix socket, which starts with `/`.
    pub host: String,
    /// The port; it also names the socket in its folder.
    pub port: u16,
    /// The user.
    pub user: String,
    /// The password; empty where the server trusts.
    pub password: String,
    /// The database.
    pub database: String,
    /// How connections over a network are secured; a socket needs nothing.
    pub tls: TlsConfig,
}

impl Server {
    /// The same server, for SQL.
    pub fn sql(&self) -> PgConnectOptions {
        // Without the PG* files and with everything named, so that nothing leaks in from outside.
        let options = PgConnectOptions::new_without_pgpass()
            .port(self.port)
            .username(&self.user)
            .password(&self.password)
            .database(&self.database)
            .application_name("weir-capture");
        if self.host.starts_with('/') {
            options.socket(PathBuf::from(&self.host)).ssl_mode(PgSslMode::Disable)
        } else {
            let options = options.host(&self.host).ssl_mode(match self.tls.mode {
                SslMode::Disable => PgSslMode::Disable,
                SslMode::Prefer => PgSslMode::Prefer,
                SslMode::Require => PgSslMode::Require,
                SslMode::VerifyCa => PgSslMode::VerifyCa,
                SslMode::VerifyFull => PgSslMode::VerifyFull,
            });
            match &self.tls.ca_pem_path {
                Some(authority) => options.ssl_root_cert(authority),
                None => options,
            }
        }
    }

    pub(crate) async fn connect(&self) -> Result<PgConnection, CaptureError> {
        Ok(self.sql().connect().await?)
    }

    pub(crate) fn replication(
        &self,
        slot: &str,
        publication: &str,
        from: terms::Lsn,
    ) -> ReplicationConfig {
        let (user, password, database) = (&*self.user, &*self.password, &*self.database);
        let config = if self.host.starts_with('/') {
            ReplicationConfig::unix(
                &*self.host,
                self.port,
                user,
                password,
                database,
                slot,
                publication,
            )
        } else {
            ReplicationConfig::new(&*self.host, user, password, database, slot, publication)
                .with_port(self.port)
                .with_tls(self.tls.clone())
        };
        config
            .with_options(TEXT_FORMAT)
            .with_application_name("weir-capture")
            .with_start_lsn(Lsn::from_u64(from.0))
            .with_ack_lsn(Lsn::from_u64(from.0))
            .with_buffer_size(BUFFERED_EVENTS)
            .with_max_message_size(MESSAGE_BYTES_MAX)
            .with_status_interval(STATUS_INTERVAL)
    }
}
