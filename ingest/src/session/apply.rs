//! Follows the log: what each event of the log sender means for the tables and for the position.

use chrono::{DateTime, Utc};
use futures::FutureExt;
use pgwire_replication::ReplicationEvent;
use std::time::Duration;
use tables::Kind;
use tables::parquet_file::{self, TableWriter};
use terms::Lsn;
use tokio::time::Instant;

use super::publish::{PUBLISH_AFTER, finished};
use super::{Ended, Session, Size, Transaction};
use crate::hot::HotTable;
use crate::lag::HEARTBEAT;
use crate::request::FLUSH;
use crate::value::MICROS_1970_TO_2000;
use crate::{CaptureError, Standstill};

/// With this many times the limits of a flush in memory, decoding waits for the flush that runs.
const BACKPRESSURE: u64 = 3;
/// Rows of one table in an open transaction that go to a file before its end is there.
const SPILL_ROWS: usize = 200_000;
/// How often the position of an idle slot is written down and told to it.
const IDLE_INTERVAL: Duration = Duration::from_secs(5);
/// How often the lag is told when nothing happens.
const LAG_INTERVAL: Duration = Duration::from_secs(1);

impl Session<'_> {
    /// Follows the log until asked to stop, between two transactions.
    pub(crate) async fn stream(&mut self) -> Result<Ended, CaptureError> {
        let mut lag_due = Instant::now();
        loop {
            // What has come already is taken without asking the timers; the clock is looked at after commits.
            while let Some(event) = self.client.recv().now_or_never() {
                self.event(event?).await?;
                if self.publish_due() {
                    break;
                }
            }
            if *self.channels.stop.borrow() && self.open.is_none() {
                return Ok(Ended::Asked);
            }
            self.act().await?;
            if lag_due <= Instant::now() {
                self.tell_lag();
                lag_due = Instant::now() + LAG_INTERVAL;
            }
            let until =
                self.waiting.since.map_or(lag_due, |since| lag_due.min(since + PUBLISH_AFTER));
            tokio::select! {
                event = self.client.recv() => self.event(event?).await?,
                () = tokio::time::sleep_until(until) => {}
                done = finished(&mut self.running) => self.flushed(done)?,
                changed = self.channels.stop.changed(), if !*self.channels.stop.borrow() => {
                    // The handle is gone: the same as being asked to stop.
                    if changed.is_err() && self.open.is_none() {
                        return Ok(Ended::Asked);
                    }
                }
            }
        }
    }

    async fn event(&mut self, event: Option<ReplicationEvent>) -> Result<(), CaptureError> {
        let Some(event) = event else {
            return Err(CaptureError::retry("PostgreSQL has ended the replication session"));
        };
        match event {
            ReplicationEvent::XLogData { data, .. } => return self.row(&data).await,
            ReplicationEvent::Begin { final_lsn, .. } => {
                let (commit, labels) = (Lsn(final_lsn.as_u64()), Vec::new());
                self.open = Some(Transaction { commit, size: Size::default(), labels });
            }
            ReplicationEvent::Commit { end_lsn, commit_time_micros, .. } => {
                self.commit(Lsn(end_lsn.as_u64()), moment(commit_time_micros)).await?;
            }
            ReplicationEvent::Message { transactional, lsn, prefix, content } => {
                let text = String::from_utf8_lossy(&content).into_owned();
                match (&mut self.open, &*prefix) {
                    (Some(open), FLUSH) if transactional => open.labels.push(text),
                    (None, HEARTBEAT) => self.heartbeat(Lsn(lsn.as_u64()), &text),
                    _ => {}
                }
            }
            ReplicationEvent::KeepAlive { wal_end, .. } => self.keepalive(Lsn(wal_end.as_u64()))?,
            ReplicationEvent::StoppedAt { .. } => {}
        }
        Ok(())
    }

    async fn row(&mut self, data: &[u8]) -> Result<(), CaptureError> {
        let Some(open) = &mut self.open else {
            return Err(CaptureError::retry("a row outside a transaction"));
        };
        let Some(changed) = self.decoder.message(data, open.commit, &mut self.tables)? else {
            return Ok(());
        };
        open.size.rows += 1;
        open.size.bytes += data.len() as u64;
        let table = &mut self.tables[changed];
        if table.def().kind == Kind::Ledger && table.rows().rows() >= SPILL_ROWS {
            self.spill(changed).await?;
        }
        Ok(())
    }

    /// Writes a part of a large transaction to a file that no log names yet; after a crash nothing points to it.
    async fn spill(&mut self, changed: usize) -> Result<(), CaptureError> {
        let table = &mut self.tables[changed];
        let (def, rows) = (table.def(), table.spill()?);
        let (root, fs) = (self.config.root.clone(), self.fs.clone());
        let write = async move {
            let mut writer = TableWriter::under(&root, def, &fs)?;
            writer.write(&parquet_file::sort(def, &def.schema(), &[rows])?).await?;
            writer.finish().await
        };
        let files =
            self.writing.spawn(write).await.map_err(|e| CaptureError::stop(e.to_string()))??;
        self.tables[changed].spilled(files);
        Ok(())
    }

    /// A transaction is whole: it joins the next cut.
    async fn commit(&mut self, end: Lsn, committed_at: DateTime<Utc>) -> Result<(), CaptureError> {
        let Some(done) = self.open.take() else {
            return Err(CaptureError::retry("a commit without its begin"));
        };
        self.advance(end, committed_at);
        self.waiting.rows += done.size.rows;
        self.hot.rows += done.size.rows;
        self.hot.bytes += done.size.bytes;
        if done.size.rows > 0 {
            self.since.get_or_insert_with(Instant::now);
        }
        for label in done.labels {
            // Exactly here: nothing newer may join, so the one that runs must be done first.
            self.wait_for_flush().await?;
            self.begin_flush(Some(label))?;
        }
        let full = |times: u64| {
            let limits = self.config.flush;
            self.hot.rows >= limits.rows * times || self.hot.bytes >= limits.bytes * times
        };
        if full(BACKPRESSURE) && self.running.is_some() {
            self.publish()?;
            self.wait_for_flush().await?;
        }
        if (self.hot.rows >= self.config.flush.rows || self.hot.bytes >= self.config.flush.bytes)
            && self.running.is_none()
        {
            self.begin_flush(None)?;
        }
        Ok(())
    }

    /// Everything up to this position has come.
    fn advance(&mut self, to: Lsn, committed_at: DateTime<Utc>) {
        self.at = self.at.max(to);
        self.committed_at = self.committed_at.max(committed_at);
        self.waiting.since.get_or_insert_with(Instant::now);
    }

    fn heartbeat(&mut self, at: Lsn, text: &str) {
        if let Some((micros, sent)) =
            text.parse().ok().and_then(|m| Some((m, DateTime::from_timestamp_micros(m)?)))
        {
            self.advance(at, sent);
            self.pulse.hear(micros);
        }
    }

    /// The log sender has nothing for us up to here. When nothing waits to be flushed, the slot may move on.
    fn keepalive(&mut self, end: Lsn) -> Result<(), CaptureError> {
        if self.open.is_some() {
            return Ok(());
        }
        if end > self.at {
            let same_moment = self.committed_at;
            self.advance(end, same_moment);
        }
        let idle = self.running.is_none()
            && self.at >= self.flush_from
            && !self.tables.iter().any(HotTable::dirty);
        if idle && self.at > self.mark.lsn && self.idle_told.elapsed() >= IDLE_INTERVAL {
            self.mark.lsn = self.at;
            self.mark.write(&self.config.root)?;
            Standstill::end(&self.config.root, self.mark.lsn)?;
            self.confirm(self.at);
            self.idle_told = Instant::now();
        }
        Ok(())
    }
}

fn moment(micros_since_2000: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros_since_2000 + MICROS_1970_TO_2000).unwrap_or_default()
}
