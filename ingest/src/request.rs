//! Flush requests: anybody with a connection may ask for a snapshot at exactly his commit.

use std::path::Path;
use std::time::Duration;

use sqlx::PgConnection;
use tables::{Snapshot, Snapshots};
use terms::Lsn;

use crate::CaptureError;

/// The prefix of the transactional messages that ask for a snapshot; the message is its label.
pub(crate) const FLUSH: &str = "weir.flush";
/// How often the folder is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);
/// A label that is waited for stands among the newest snapshots.
const NEWEST: usize = 64;

/// Asks the running capture for a snapshot at the commit of the connection's transaction (or of this statement alone),
/// under a label of the caller's making. The position is that of the request: the snapshot's is at or after it.
pub async fn request_flush(
    connection: &mut PgConnection,
    label: &str,
) -> Result<Lsn, CaptureError> {
    let at: String = sqlx::query_scalar("select pg_logical_emit_message(true, $1, $2)::text")
        .bind(FLUSH)
        .bind(label)
        .fetch_one(connection)
        .await?;
    crate::slot::lsn(&at)
}

/// Waits for the snapshot of a request; an error of kind Retry if it does not come in time.
pub async fn flushed(root: &Path, label: &str, limit: Duration) -> Result<Snapshot, CaptureError> {
    let snapshots = Snapshots::open(root);
    let end = tokio::time::Instant::now() + limit;
    loop {
        if let Some(snapshot) = snapshots.labelled(label, NEWEST)? {
            return Ok(snapshot);
        }
        if tokio::time::Instant::now() >= end {
            return Err(CaptureError::retry(format!(
                "no snapshot `{label}` within {} s: is a capture running?",
                limit.as_secs()
            )));
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}
