//! One session with the log sender: transactions into the hot tier, cuts out to readers, generations off to files.
//!
//! A session that ends by an error is thrown away whole; the next one begins from what is durable. So a transaction
//! of which a part has come is never seen, and nothing has to be undone.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::FutureExt;
use pgwire_replication::{ReplicationClient, ReplicationEvent};
use tables::parquet_file::{self, TableWriter};
use tables::{Cut, DeltaLog, DurableFs, Kind, Position, Snapshot, Snapshots, catalog, cut_of};
use terms::Lsn;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::column::MICROS_1970_TO_2000;
use crate::flush::{Flush, Flushed, Flusher};
use crate::hot::HotTable;
use crate::lag::{HEARTBEAT, Pulse};
use crate::request::FLUSH;
use crate::wal::Decoder;
use crate::watermark::Watermark;
use crate::{CaptureConfig, CaptureError, FlushState, Lag, first_copy, slot};

/// A commit is visible after this time at the latest ...
const PUBLISH_AFTER: Duration = Duration::from_millis(5);
/// ... or after this many rows.
const PUBLISH_ROWS: u64 = 50_000;
/// With this many times the limits of a flush in memory, decoding waits for the flush that runs.
const BACKPRESSURE: u64 = 3;
/// Rows of one table in an open transaction that go to a file before its end is there.
const SPILL_ROWS: usize = 200_000;
/// How often the position of an idle slot is written down and told to it.
const IDLE_INTERVAL: Duration = Duration::from_secs(5);
/// How often the lag is told when nothing happens.
const LAG_INTERVAL: Duration = Duration::from_secs(1);
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

impl<'a> Session<'a> {
    /// Connects, checks the position or makes the first copy, and begins to stream.
    pub(crate) async fn open(
        config: &'a CaptureConfig,
        channels: &'a mut Channels,
        pulse: Arc<Pulse>,
        writing: Handle,
        afresh: bool,
    ) -> Result<Self, CaptureError> {
        let snapshots = Snapshots::open(&config.root);
        let newest = snapshots.newest()?;
        let resume = newest.clone().filter(|_| !afresh);
        let from =
            resume.as_ref().map(|newest| Watermark::read(&config.root, newest)).transpose()?;
        let from_lsn = from.as_ref().map_or(Lsn(0), |mark| mark.lsn);
        let replication = config.server.replication(&config.slot, &config.publication, from_lsn);
        let mut client = ReplicationClient::connect_gated(replication).await?;
        let system = client.identify_system().await?;
        let timeline =
            i32::try_from(system.timeline).map_err(|e| CaptureError::stop(e.to_string()))?;
        let mut connection = config.server.connect().await?;
        slot::check_publication(&mut connection, &config.publication).await?;

        let fs = DurableFs::shared();
        let next_seq = newest.as_ref().map_or(0, |newest| newest.seq + 1);
        let flusher = |logs, lsn| {
            let mark = Watermark {
                system_id: system.system_id.clone(),
                timeline,
                slot: config.slot.clone(),
                lsn,
            };
            Flusher { snapshots: snapshots.clone(), mark, logs, next_seq }
        };
        let (flusher, snapshot) = match (resume, from) {
            (Some(newest), Some(mark)) => {
                mark.check(&system.system_id, timeline, &config.slot)?;
                slot::check(&mut connection, &mark).await?;
                (flusher(open_logs(&config.root, &fs, &newest).await?, mark.lsn), newest)
            }
            _ => {
                slot::drop(&mut connection, &config.slot).await?;
                if newest.is_none() {
                    // A first copy that was not finished is nobody's.
                    throw_away(&config.root)?;
                }
                let committed_at = sqlx::query_scalar("select clock_timestamp()")
                    .fetch_one(&mut connection)
                    .await?;
                let created = slot::create(&mut client, &config.slot).await?;
                let (server, root, copy_fs) =
                    (config.server.clone(), config.root.clone(), fs.clone());
                let point = created.point;
                let copy =
                    async move { first_copy::copy_all(&server, &root, &copy_fs, &created).await };
                let logs =
                    writing.spawn(copy).await.map_err(|e| CaptureError::stop(e.to_string()))??;
                let mut flusher = flusher(logs, point);
                let seq = flusher.publish(point, committed_at, None)?;
                let made = snapshots.get(seq)?;
                (flusher, made.ok_or_else(|| CaptureError::stop("the first snapshot is gone"))?)
            }
        };
        client.start().await?;
        client.wait_started().await?;

        let ahead = flusher.logs.iter().filter_map(DeltaLog::captured).max().unwrap_or_default();
        let mut tables = Vec::new();
        for log in &flusher.logs {
            let captured = log.captured().unwrap_or_default();
            tables.push(HotTable::new(log.def(), log.files().clone(), captured));
        }
        let published = first_cut(channels, &config.root, &snapshot).await?;
        Ok(Self {
            config,
            channels,
            pulse,
            writing,
            fs,
            client,
            decoder: Decoder::default(),
            tables,
            mark: flusher.mark.clone(),
            at: flusher.mark.lsn,
            committed_at: snapshot.committed_at,
            seq: snapshot.seq,
            flusher: Some(flusher),
            running: None,
            publish_from: ahead.max(published),
            flush_from: ahead,
            open: None,
            waiting: Waiting::default(),
            since: None,
            hot: Size::default(),
            idle_told: Instant::now(),
        })
    }

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
            self.confirm(self.at);
            self.idle_told = Instant::now();
        }
        Ok(())
    }

    fn confirm(&self, lsn: Lsn) {
        self.client.update_applied_lsn(pgwire_replication::Lsn::from_u64(lsn.0));
    }

    fn publish_due(&self) -> bool {
        let late = self.waiting.since.is_some_and(|since| since.elapsed() >= PUBLISH_AFTER);
        self.open.is_none() && (late || self.waiting.rows >= PUBLISH_ROWS)
    }

    /// Publishes and flushes what is due, between transactions.
    async fn act(&mut self) -> Result<(), CaptureError> {
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
    fn publish(&mut self) -> Result<(), CaptureError> {
        if self.open.is_some() || self.at < self.publish_from {
            return Ok(());
        }
        let mut tables = std::collections::BTreeMap::new();
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

    fn tell_lag(&self) {
        let flush = if self.running.is_some() { FlushState::Running } else { FlushState::Idle };
        let position = self.channels.cuts.as_ref().map(|cuts| cuts.borrow().position);
        let hot_rows = position.map_or(0, |position| position.hot_rows);
        self.channels.lag.send_replace(self.pulse.lag(self.at, flush, hot_rows));
    }

    /// Freezes what is in memory and sends it off; does nothing when there is nothing and nobody asks.
    fn begin_flush(&mut self, label: Option<String>) -> Result<(), CaptureError> {
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

    async fn wait_for_flush(&mut self) -> Result<(), CaptureError> {
        if self.running.is_some() {
            let done = finished(&mut self.running).await;
            self.flushed(done)?;
        }
        Ok(())
    }

    /// A flush is durable: its files take the place of the frozen rows, and the slot may forget.
    fn flushed(&mut self, done: Done) -> Result<(), CaptureError> {
        self.running = None;
        let (flusher, flushed) = done?;
        self.flusher = Some(flusher);
        let flushed = flushed?;
        for (at, files) in flushed.files {
            self.tables[at].thaw(files);
        }
        self.seq = flushed.seq;
        self.mark.lsn = self.mark.lsn.max(flushed.lsn);
        self.confirm(flushed.lsn);
        self.waiting.since.get_or_insert_with(Instant::now);
        Ok(())
    }
}

type Done = Result<(Flusher, Result<Flushed, CaptureError>), CaptureError>;

/// Resolves when the flush is done; never if none runs.
async fn finished(running: &mut Option<Running>) -> Done {
    match running {
        Some(running) => running.await.map_err(|e| CaptureError::stop(format!("flush: {e}"))),
        None => std::future::pending().await,
    }
}

/// The first cut of a capture is its snapshot; later sessions go on from the cut that readers have. Its position.
async fn first_cut(
    channels: &mut Channels,
    root: &Path,
    snapshot: &Snapshot,
) -> Result<Lsn, CaptureError> {
    if let Some(cuts) = &channels.cuts {
        return Ok(cuts.borrow().position.lsn);
    }
    let cut = cut_of(root, snapshot).await?;
    let at = cut.position.lsn;
    let (sender, receiver) = watch::channel(Arc::new(cut));
    channels.cuts = Some(sender);
    channels.first.send_replace(Some(receiver));
    Ok(at)
}

/// Opens the newest version of every table. One that is not the snapshot's must come from a flush that a crash cut
/// short, and so hold a later position.
async fn open_logs(
    root: &Path,
    fs: &Arc<DurableFs>,
    newest: &Snapshot,
) -> Result<Vec<DeltaLog>, CaptureError> {
    let mut logs = Vec::new();
    for def in catalog::all() {
        let Some(version) = newest.tables.get(def.name) else {
            return Err(CaptureError::resync(format!(
                "the warehouse has no table {} yet: copy the tables afresh",
                def.name
            )));
        };
        let log = DeltaLog::open(root, def, fs, None).await?;
        let ahead = log.captured().is_some_and(|captured| captured > newest.lsn);
        if log.version() != version.version && !ahead {
            return Err(CaptureError::stop(format!(
                "the log of {} is at version {}, its snapshot at {}: somebody else wrote there",
                def.name,
                log.version(),
                version.version
            )));
        }
        logs.push(log);
    }
    Ok(logs)
}

fn throw_away(root: &Path) -> Result<(), CaptureError> {
    for def in catalog::all() {
        let dir = root.join(def.name);
        match std::fs::remove_dir_all(&dir) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(CaptureError::stop(format!("{}: {e}", dir.display())));
            }
            _ => {}
        }
    }
    Ok(())
}

fn moment(micros_since_2000: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros_since_2000 + MICROS_1970_TO_2000).unwrap_or_default()
}
