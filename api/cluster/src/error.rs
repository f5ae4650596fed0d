//! What can keep the private server from running.

use std::path::PathBuf;

/// What can keep the private server from running.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No server programs, and no way to install them.
    #[error(
        "PostgreSQL programs (initdb, postgres) are neither in PATH nor in /usr/lib/postgresql/*/bin; {0}"
    )]
    NotFound(String),
    /// Root may not run the server, and no other account is there.
    #[error(
        "PostgreSQL refuses to run as root, and there is no account postgres or nobody to run it under"
    )]
    NoAccount,
    /// A folder that cannot be used.
    #[error("{}: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Another Weir lives here.
    #[error("{} is in use by another running weir", .0.display())]
    InUse(PathBuf),
    /// The cluster and the programs are of different major versions.
    #[error("the cluster in {} was made by PostgreSQL {found}, but the programs are version {have}", data.display())]
    Version {
        /// The cluster.
        data: PathBuf,
        /// Its version.
        found: String,
        /// The programs' version.
        have: String,
    },
    /// `initdb` ended with an error.
    #[error("initdb failed: {0}")]
    InitDb(String),
    /// The server ended, or did not come up in time.
    #[error("PostgreSQL did not start ({reason}); end of {}:\n{tail}", log.display())]
    Start {
        /// What was seen.
        reason: String,
        /// The server's log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },
    /// The server ignores the signals to stop.
    #[error("PostgreSQL (process {0}) does not stop")]
    WontStop(i32),
    /// The database could not be made or asked.
    #[error("private PostgreSQL: {0}")]
    Database(#[from] sqlx::Error),
    /// A system call failed.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// The error.
        source: std::io::Error,
    },
}

pub(super) type Result<T, E = ClusterError> = std::result::Result<T, E>;

/// Says what was tried when a system call fails.
pub(super) trait Trying<T> {
    fn trying(self, what: impl Into<String>) -> Result<T>;
}

impl<T> Trying<T> for std::io::Result<T> {
    fn trying(self, what: impl Into<String>) -> Result<T> {
        self.map_err(|source| ClusterError::Io { what: what.into(), source })
    }
}
