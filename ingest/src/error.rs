//! What can go wrong with capture, and what to do about it.

use pgwire_replication::PgWireError;
use tables::TableError;

/// An error of capture. Cheap to clone: the same error is told to everybody who waits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CaptureError {
    /// What to do about it.
    pub kind: Kind,
    /// What happened.
    pub message: String,
}

/// What to do about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Connect again after a while; nothing is lost.
    Retry,
    /// The log that is needed is gone or of another cluster: the tables must be copied afresh.
    Resync,
    /// Somebody must look: going on would be guessing.
    Stop,
}

impl CaptureError {
    pub(crate) fn retry(message: impl Into<String>) -> Self {
        Self { kind: Kind::Retry, message: message.into() }
    }

    pub(crate) fn resync(message: impl Into<String>) -> Self {
        Self { kind: Kind::Resync, message: message.into() }
    }

    pub(crate) fn stop(message: impl Into<String>) -> Self {
        Self { kind: Kind::Stop, message: message.into() }
    }
}

impl From<sqlx::Error> for CaptureError {
    fn from(e: sqlx::Error) -> Self {
        match &e {
            sqlx::Error::Database(db) if db.code().is_some_and(|code| passes(&code)) => {
                Self::retry(e.to_string())
            }
            sqlx::Error::Database(_) | sqlx::Error::Configuration(_) => Self::stop(e.to_string()),
            _ => Self::retry(e.to_string()),
        }
    }
}

/// SQLSTATE of what passes by itself: connections, resources, shutdown and start, lock not available.
fn passes(code: &str) -> bool {
    ["08", "53", "57"].iter().any(|class| code.starts_with(class))
        || matches!(code, "55P03" | "55006" | "40P01")
}

impl From<PgWireError> for CaptureError {
    fn from(e: PgWireError) -> Self {
        let message = e.to_string();
        match &e {
            PgWireError::Server(text) => server(text, message),
            PgWireError::Auth(_) | PgWireError::Tls(_) | PgWireError::MessageTooLarge { .. } => {
                Self::stop(message)
            }
            _ => Self::retry(message),
        }
    }
}

fn server(text: &str, message: String) -> CaptureError {
    // The crate gives the SQLSTATE inside the text only.
    let no_slot = text.contains("replication slot") && text.contains("does not exist");
    if no_slot
        || ["requested WAL segment", "can no longer get changes"]
            .iter()
            .any(|words| text.contains(words))
    {
        return CaptureError::resync(message);
    }
    let passing = ["55006", "is active for PID", "57P0", "53300", "the database system is"];
    if passing.iter().any(|words| text.contains(words)) {
        CaptureError::retry(message)
    } else {
        CaptureError::stop(message)
    }
}

impl From<TableError> for CaptureError {
    fn from(e: TableError) -> Self {
        match e {
            // A full disk or a lost race for a version: begin again from what is on disk.
            TableError::File(_) | TableError::Store(_) | TableError::Delta(_) => {
                Self::retry(e.to_string())
            }
            _ => Self::stop(e.to_string()),
        }
    }
}
