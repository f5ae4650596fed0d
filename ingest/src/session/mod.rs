//! One session with the log sender: transactions into the hot tier, cuts out to readers, generations off to files.
//!
//! A session that ends by an error is thrown away whole; the next one begins from what is durable. So a transaction
//! of which a part has come is never seen, and nothing has to be undone.
//!
//! - [`open`]: check the position, or make the first copy.
//! - [`apply`]: follow the log, transaction by transaction.
//! - [`publish`]: show readers a cut, send a generation off to files.

mod open;
mod apply;
mod publish;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use pgwire_replication::ReplicationClient;
use tables::{Cut, DurableFs};
use terms::Lsn;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::flush::{Flushed, Flusher};
use crate::hot::HotTable;
use crate::lag::Pulse;
use crate::wal::Decoder;
use crate::watermark::Watermark;
use crate::{CaptureConfig, CaptureError, Lag};

/// Time for a last word to the slot.
const FAREWELL: Duration = Duration::from_millis(300);

/// The ends of the handle's channels.
pub(crate) struct Channels {
    /// Gets the receiver of cuts once there is a first cut.
    pub(crate) first: watch::Sender<Option<watch::Receiver<Arc<Cut>>>>,
    pub(crate) cuts: Option<watch::Sender<Arc<Cut>>>,
    pub(crate) lag: watch::Sender<Lag>,
    pub(crate) stop: watch::Receiver<bool>,
}

impl Channels {
    /// No session: the warehouse is as old as its newest cut.
    pub(crate) fn out_of_touch(&self) {
        if let Some(cuts) = &self.cuts {
            let age =
                (Utc::now() - cuts.borrow().position.committed_at).to_std().unwrap_or_default();
            self.lag.send_modify(|lag| lag.seconds = lag.seconds.max(age.as_secs_f64()));
        }
    }
}

/// A session ended because it was asked to.
pub(crate) enum Ended {
    Asked,
}

type Running = JoinHandle<(Flusher, Result<Flushed, CaptureError>)>;

/// One session with the log sender.
pub(crate) struct Session<'a> {
    config: &'a CaptureConfig,
    channels: &'a mut Channels,
    pulse: Arc<Pulse>,
    writing: Handle,
    fs: Arc<DurableFs>,
    client: ReplicationClient,
    decoder: Decoder,
    tables: Vec<HotTable>,
    /// None while a flush runs.
    flusher: Option<Flusher>,
    running: Option<Running>,
    mark: Watermark,
    /// The end of the newest commit, and its moment.
    at: Lsn,
    committed_at: DateTime<Utc>,
    seq: u64,
    /// No cut is published before this position: some table's files, or readers, are there already.
    publish_from: Lsn,
    /// No flush begins before this position: some table's files are there already.
    flush_from: Lsn,
    open: Option<Transaction>,
    waiting: Waiting,
    since: Option<Instant>,
    hot: Size,
    idle_told: Instant,
    /// The heart beats while the session lives.
    _beating: JoinSet<()>,
}

/// A transaction of which the end has not come.
struct Transaction {
    commit: Lsn,
    size: Size,
    labels: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Size {
    rows: u64,
    bytes: u64,
}

/// What is committed and not published.
#[derive(Debug, Clone, Copy, Default)]
struct Waiting {
    since: Option<Instant>,
    rows: u64,
}

impl Session<'_> {
    /// The position up to which changes came through.
    pub(crate) fn reached(&self) -> Lsn {
        self.at
    }

    /// Ends the session: after a stop everything is flushed and confirmed; after an error a flush that runs is waited
    /// for, because the next session must find the tables at rest.
    pub(crate) async fn close(
        mut self,
        end: Result<Ended, CaptureError>,
    ) -> Result<Ended, CaptureError> {
        let waited = self.wait_for_flush().await;
        let ended = end?;
        waited?;
        self.publish()?;
        self.begin_flush(None)?;
        self.wait_for_flush().await?;
        tokio::time::sleep(FAREWELL).await;
        // Everything is durable: how the connection ends does not matter.
        if let Err(error) = self.client.shutdown().await {
            tracing::debug!(%error, "closing the replication session");
        }
        Ok(ended)
    }
}
