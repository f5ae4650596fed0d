//! What a session gives away: cuts to readers, generations to the writer of files, positions to the slot.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tables::{Cut, Position};
use terms::Lsn;
use tokio::time::Instant;

use super::{Running, Session, Size, Waiting};
use crate::flush::{Flush, Flushed, Flusher};
use crate::hot::HotTable;
use crate::{CaptureError, FlushState, Standstill};

/// A commit is visible after this time at the latest ...
pub(super) const PUBLISH_AFTER: Duration = Duration::from_millis(5);
/// ... or after this many rows.
const PUBLISH_ROWS: u64 = 50_000;

impl Session<'_> {
    pub(super) fn confirm(&self, lsn: Lsn) {
        self.client.update_applied_lsn(pgwire_replication::Lsn::from_u64(lsn.0));
    }

    pub(super) fn publish_due(&self) -> bool {
        let late = self.waiting.since.is_some_and(|since| since.elapsed() >= PUBLISH_AFTER);
        self.open.is_none() && (late || self.waiting.rows >= PUBLISH_ROWS)
    }

    /// Publishes and flushes what is due, between transactions.
    pub(super) async fn act(&mut self) -> Result<(), CaptureError> {
        if self.publish_due() {
            self.publish()?;
        }
        let old = self.since.is_some_and(|since| since.elapsed() >= self.config.flush.age);
        if old && self.open.is_none() && self.running.is_none() {
            self.begin_flush(None)?;
        }
        Ok(())
    }

    /// Hands the tables as they are to the readers.
    pub(super) fn publish(&mut self) -> Result<(), CaptureError> {
        if self.open.is_some() || self.at < self.publish_from {
            return Ok(());
        }
        let mut tables = BTreeMap::new();
        let mut hot_rows = 0;
        for table in &mut self.tables {
            let cut = table.cut()?;
            hot_rows += cut.hot.iter().map(|batch| batch.num_rows() as u64).sum::<u64>();
            tables.insert(cut.def.name, cut);
        }
        let position =
            Position { lsn: self.at, committed_at: self.committed_at, seq: self.seq, hot_rows };
        if let Some(cuts) = &self.channels.cuts {
            cuts.send_replace(Arc::new(Cut { position, tables }));
        }
        if self.waiting.rows > 0 {
            self.pulse.measure(self.committed_at.timestamp_micros());
        }
        self.waiting = Waiting::default();
        self.tell_lag();
        Ok(())
    }

    pub(super) fn tell_lag(&self) {
        let flush = if self.running.is_some() { FlushState::Running } else { FlushState::Idle };
        let position = self.channels.cuts.as_ref().map(|cuts| cuts.borrow().position);
        let hot_rows = position.map_or(0, |position| position.hot_rows);
        self.channels.lag.send_replace(self.pulse.lag(self.at, flush, hot_rows));
    }

    /// Freezes what is in memory and sends it off; does nothing when there is nothing and nobody asks.
    pub(super) fn begin_flush(&mut self, label: Option<String>) -> Result<(), CaptureError> {
        let dirty = self.tables.iter().any(HotTable::dirty);
        if self.open.is_some() || self.at < self.flush_from || (label.is_none() && !dirty) {
            return Ok(());
        }
        let Some(mut flusher) = self.flusher.take() else { return Ok(()) };
        let mut tables = Vec::new();
        for (at, table) in self.tables.iter_mut().enumerate() {
            if table.dirty() {
                tables.push((at, table.freeze()?));
            }
        }
        let flush = Flush { lsn: self.at, committed_at: self.committed_at, label, tables };
        self.since = None;
        self.hot = Size::default();
        self.running = Some(self.writing.spawn(async move {
            let done = flusher.write(flush).await;
            (flusher, done)
        }));
        Ok(())
    }

    pub(super) async fn wait_for_flush(&mut self) -> Result<(), CaptureError> {
        if self.running.is_some() {
            let done = finished(&mut self.running).await;
            self.flushed(done)?;
        }
        Ok(())
    }

    /// A flush is durable: its files take the place of the frozen rows, and the slot may forget.
    pub(super) fn flushed(&mut self, done: Done) -> Result<(), CaptureError> {
        self.running = None;
        let (flusher, flushed) = done?;
        self.flusher = Some(flusher);
        let flushed = flushed?;
        for (at, files) in flushed.files {
            self.tables[at].thaw(files);
        }
        self.seq = flushed.seq;
        self.mark.lsn = self.mark.lsn.max(flushed.lsn);
        Standstill::end(&self.config.root, self.mark.lsn)?;
        self.confirm(flushed.lsn);
        self.waiting.since.get_or_insert_with(Instant::now);
        Ok(())
    }
}

pub(super) type Done = Result<(Flusher, Result<Flushed, CaptureError>), CaptureError>;

/// Resolves when the flush is done; never if none runs.
pub(super) async fn finished(running: &mut Option<Running>) -> Done {
    match running {
        Some(running) => running.await.map_err(|e| CaptureError::stop(format!("flush: {e}"))),
        None => std::future::pending().await,
    }
}
