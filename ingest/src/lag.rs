//! How far the warehouse is behind, for the homepage and for alarms.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use chrono::Utc;
use serde::Serialize;
use sqlx::PgConnection;
use terms::Lsn;

use crate::{CaptureError, Server};

/// The prefix of the messages that measure: each carries the server's clock.
pub(crate) const HEARTBEAT: &str = "weir.heartbeat";
/// Often enough that an idle slot moves and an idle warehouse shows a fresh time.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(10);
/// How often the end of the log is asked for.
const LOOK_INTERVAL: Duration = Duration::from_secs(2);

/// How far the warehouse is behind PostgreSQL. 延迟
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Lag {
    /// Bytes of log that have not come through yet.
    pub bytes: u64,
    /// Seconds from commit to visible, as last measured; the age of a heartbeat that is overdue.
    pub seconds: f64,
    /// Whether rows are being written to files.
    pub flush: FlushState,
    /// Rows in memory, not yet in files.
    pub hot_rows: u64,
}

/// Whether rows are being written to files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlushState {
    /// Nothing is being written.
    Idle,
    /// A flush runs; reading goes on beside it.
    Running,
}

/// What the heart beat knows, shared with the session that hears it.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// The end of PostgreSQL's log when last asked.
    end: AtomicU64,
    /// Microseconds since 1970 of the heartbeat that was sent last, and of the one that came last.
    sent: AtomicI64,
    heard: AtomicI64,
    /// Microseconds from commit to visible, as last measured.
    delay: AtomicI64,
}

impl Pulse {
    /// A session begins: what was sent before it never comes.
    pub(crate) fn begin(&self) {
        self.sent.store(0, Ordering::Relaxed);
        self.heard.store(0, Ordering::Relaxed);
    }

    /// A heartbeat of this moment has come through.
    pub(crate) fn hear(&self, micros: i64) {
        self.heard.store(micros, Ordering::Relaxed);
        self.measure(micros);
    }

    /// What was committed at this moment is visible now.
    pub(crate) fn measure(&self, micros: i64) {
        self.delay.store((Utc::now().timestamp_micros() - micros).max(0), Ordering::Relaxed);
    }

    pub(crate) fn lag(&self, at: Lsn, flush: FlushState, hot_rows: u64) -> Lag {
        let (sent, heard) = (self.sent.load(Ordering::Relaxed), self.heard.load(Ordering::Relaxed));
        let overdue = if sent > heard { (Utc::now().timestamp_micros() - sent).max(0) } else { 0 };
        let micros = self.delay.load(Ordering::Relaxed).max(overdue);
        let bytes = self.end.load(Ordering::Relaxed).saturating_sub(at.0);
        Lag {
            bytes,
            seconds: Duration::from_micros(micros.unsigned_abs()).as_secs_f64(),
            flush,
            hot_rows,
        }
    }
}

/// Beats until it is aborted. A broken connection is made anew at the next beat: measuring must not stop capture.
pub(crate) async fn beat(server: Server, pulse: Arc<Pulse>) {
    let mut connection: Option<PgConnection> = None;
    let mut last_beat: Option<tokio::time::Instant> = None;
    loop {
        let due = last_beat.is_none_or(|at| at.elapsed() >= HEARTBEAT_INTERVAL);
        match look(&server, &mut connection, &pulse, due).await {
            Ok(()) if due => last_beat = Some(tokio::time::Instant::now()),
            Ok(()) => {}
            Err(error) => {
                tracing::debug!(%error, "heartbeat");
                connection = None;
            }
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
}

async fn look(
    server: &Server,
    connection: &mut Option<PgConnection>,
    pulse: &Pulse,
    beat: bool,
) -> Result<(), CaptureError> {
    let connection = match connection {
        Some(connection) => connection,
        none => none.insert(server.connect().await?),
    };
    if beat {
        let micros: i64 = sqlx::query_scalar(
            "with now as (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros) \
             select micros from now, lateral pg_logical_emit_message(false, $1, micros::text)",
        )
        .bind(HEARTBEAT)
        .fetch_one(&mut *connection)
        .await?;
        pulse.sent.store(micros, Ordering::Relaxed);
    }
    let end: String =
        sqlx::query_scalar("select pg_current_wal_lsn()::text").fetch_one(connection).await?;
    pulse.end.store(crate::slot::lsn(&end)?.0, Ordering::Relaxed);
    Ok(())
}
