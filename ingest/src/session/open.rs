//! How a session begins: from the position that is durable, or with a first copy.

use std::path::Path;
use std::sync::Arc;

use pgwire_replication::ReplicationClient;
use tables::{DeltaLog, DurableFs, Snapshot, Snapshots, catalog, cut_of};
use terms::Lsn;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Channels, Session, Size, Waiting};
use crate::flush::Flusher;
use crate::hot::HotTable;
use crate::lag::{self, Pulse};
use crate::wal::Decoder;
use crate::watermark::Watermark;
use crate::{CaptureConfig, CaptureError, Standstill, first_copy, publication, slot};

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
        publication::check(&mut connection, &config.publication).await?;

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
        pulse.begin();
        Standstill::end(&config.root, flusher.mark.lsn)?;
        let mut beating = JoinSet::new();
        beating.spawn(lag::beat(config.server.clone(), pulse.clone()));

        // Left by a flush that a crash cut short; what they hold already is skipped as it comes again.
        let ahead_tables =
            flusher.logs.iter().filter(|log| log.captured() > Some(flusher.mark.lsn)).count();
        tracing::info!(from = %flusher.mark.lsn, seq = snapshot.seq, ahead_tables, "capture follows the log");
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
            _beating: beating,
        })
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
        if !log.is_as_declared() {
            return Err(CaptureError::resync(format!(
                "the files of {} have other columns than are declared: copy the tables afresh",
                def.name
            )));
        }
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
