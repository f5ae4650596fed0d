//! The PostgreSQL server that is captured.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use pgwire_replication::{Lsn, ReplicationConfig};
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

/// Where PostgreSQL listens, and as whom capture logs in: the owner of the tables, with the right of replication.
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
            options.host(&self.host)
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

/// Reads `postgres://user:password@host:port/database`; `?host=/folder&port=…` names a unix socket.
impl FromStr for Server {
    type Err = CaptureError;

    fn from_str(text: &str) -> Result<Self, CaptureError> {
        let bad =
            |why: String| CaptureError::stop(format!("the database URL cannot be read: {why}"));
        let options = PgConnectOptions::from_str(text).map_err(|e| bad(e.to_string()))?;
        let url = url::Url::parse(text).map_err(|e| bad(e.to_string()))?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(bad(format!("it begins with {}://, not postgres://", url.scheme())));
        }
        let asked = url
            .query_pairs()
            .find(|(name, _)| name == "password")
            .map(|(_, value)| value.into_owned());
        let host = match options.get_socket() {
            Some(folder) => folder.display().to_string(),
            None => options.get_host().to_owned(),
        };
        let database = options.get_database().unwrap_or(options.get_username()).to_owned();
        Ok(Self {
            host,
            port: options.get_port(),
            user: options.get_username().to_owned(),
            password: asked.unwrap_or_else(|| plain(url.password().unwrap_or_default())),
            database,
        })
    }
}

/// Undoes the percent signs of a URL.
fn plain(encoded: &str) -> String {
    let pair = format!("p={}", encoded.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes())
        .map(|(_, value)| value.into_owned())
        .next()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let tcp: Server = "postgres://weir:a%20b%2B+c@127.0.0.1:5433/books".parse().unwrap();
        assert_eq!(
            (&*tcp.host, tcp.port, &*tcp.user, &*tcp.password, &*tcp.database),
            ("127.0.0.1", 5433, "weir", "a b++c", "books")
        );
        let socket: Server =
            "postgres://weir@localhost/weir_dev?host=/tmp/devpg&port=5499".parse().unwrap();
        assert_eq!(
            (&*socket.host, socket.port, &*socket.database),
            ("/tmp/devpg", 5499, "weir_dev")
        );
        assert!("mysql://x".parse::<Server>().is_err());
    }
}
