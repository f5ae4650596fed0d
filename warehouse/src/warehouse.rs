//! Where the cuts come from: a running capture, or the snapshots on disk.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use tables::{Cut, Position, Snapshot, Snapshots};
use terms::moment;
use tokio::sync::watch;

use crate::WarehouseError;
use crate::pinned::Pinned;
use crate::run::{Limits, Workers};
use crate::table::PinnedTables;

/// Bytes of Parquet footers kept in memory, shared by all statements.
const FOOTERS_BYTES: usize = 256 << 20;
/// Cuts of past snapshots kept open; a report that is made again asks for the same one several times.
const PAST_CUTS: usize = 8;

/// The analytical store. Cheap to clone; all clones share threads, caches and limits.
#[derive(Clone, Debug)]
pub struct Warehouse {
    shared: Arc<Shared>,
}

/// Which state of the books a statement reads. 时点
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// The newest there is; with a running capture, rows committed a second ago.
    Live,
    /// A published snapshot by its number: the same rows for ever.
    Snapshot(u64),
    /// The newest snapshot that was committed at or before a moment.
    Time(DateTime<Utc>),
}

/// What all statements of one warehouse share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) runtime: RuntimeEnv,
    pub(crate) workers: Workers,
    pub(crate) limits: Limits,
    root: PathBuf,
    snapshots: Snapshots,
    source: Source,
    past: Mutex<VecDeque<Arc<PinnedTables>>>,
    newest: Mutex<Option<Arc<PinnedTables>>>,
}

#[derive(Debug)]
enum Source {
    Live(watch::Receiver<Arc<Cut>>),
    Disk(watch::Sender<Arc<Cut>>),
}

impl Warehouse {
    /// Reads what a running capture publishes, hot rows included. `root` is the folder of the tables.
    pub fn live(
        root: impl Into<PathBuf>,
        cuts: watch::Receiver<Arc<Cut>>,
        limits: Limits,
    ) -> Result<Self, WarehouseError> {
        Self::over(root.into(), Source::Live(cuts), limits)
    }

    /// Reads the snapshots on disk, for a process beside the capture or without one.
    /// Fails with [`WarehouseError::Empty`] before the first snapshot.
    pub async fn on_disk(root: impl Into<PathBuf>, limits: Limits) -> Result<Self, WarehouseError> {
        let root = root.into();
        let newest = Snapshots::open(&root).newest().map_err(WarehouseError::broken)?;
        let newest = newest.ok_or(WarehouseError::Empty)?;
        let cut = tables::cut_of(&root, &newest).await.map_err(WarehouseError::broken)?;
        Self::over(root, Source::Disk(watch::Sender::new(Arc::new(cut))), limits)
    }

    fn over(root: PathBuf, source: Source, limits: Limits) -> Result<Self, WarehouseError> {
        let runtime = RuntimeEnvBuilder::new()
            .with_metadata_cache_limit(FOOTERS_BYTES)
            .build()
            .map_err(WarehouseError::broken)?;
        let workers = Workers::start(&limits).map_err(WarehouseError::broken)?;
        let snapshots = Snapshots::open(&root);
        let (past, newest) = Default::default();
        let shared = Shared { runtime, workers, limits, root, snapshots, source, past, newest };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The position of the newest cut.
    pub fn position(&self) -> Position {
        self.cuts().borrow().position
    }

    /// Tells of every new cut; on disk, of those that [`Warehouse::at`] came upon.
    pub fn cuts(&self) -> watch::Receiver<Arc<Cut>> {
        match &self.shared.source {
            Source::Live(cuts) => cuts.clone(),
            Source::Disk(newest) => newest.subscribe(),
        }
    }

    /// Pins one state of the books; everything asked of the result sees exactly that state.
    pub async fn at(&self, as_of: AsOf) -> Result<Pinned, WarehouseError> {
        let tables = match as_of {
            AsOf::Live => self.newest().await?,
            AsOf::Snapshot(seq) => {
                let found = self.shared.snapshots.get(seq).map_err(WarehouseError::broken)?;
                self.past(found.ok_or_else(|| WarehouseError::NoSnapshot(seq.to_string()))?).await?
            }
            AsOf::Time(at) => {
                let found = self.shared.snapshots.at(at).map_err(WarehouseError::broken)?;
                self.past(found.ok_or_else(|| WarehouseError::NoSnapshot(moment(at)))?).await?
            }
        };
        Ok(Pinned::new(self.shared.clone(), tables))
    }

    async fn newest(&self) -> Result<Arc<PinnedTables>, WarehouseError> {
        if let Source::Disk(known) = &self.shared.source {
            let newest = self.shared.snapshots.newest().map_err(WarehouseError::broken)?;
            if let Some(newest) = newest.filter(|s| s.seq > known.borrow().position.seq) {
                let cut = tables::cut_of(&self.shared.root, &newest).await;
                known.send_replace(Arc::new(cut.map_err(WarehouseError::broken)?));
            }
        }
        let cut = self.cuts().borrow().clone();
        let mut newest = self.shared.newest.lock().unwrap_or_else(PoisonError::into_inner);
        match newest.as_ref().filter(|tables| Arc::ptr_eq(&tables.cut, &cut)) {
            Some(tables) => Ok(tables.clone()),
            None => Ok(newest.insert(Arc::new(PinnedTables::of(cut))).clone()),
        }
    }

    async fn past(&self, snapshot: Snapshot) -> Result<Arc<PinnedTables>, WarehouseError> {
        let kept = || self.shared.past.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept().iter().find(|tables| tables.cut.position.seq == snapshot.seq).cloned();
        if let Some(tables) = known {
            return Ok(tables);
        }
        let cut =
            tables::cut_of(&self.shared.root, &snapshot).await.map_err(WarehouseError::broken)?;
        let tables = Arc::new(PinnedTables::of(Arc::new(cut)));
        let mut past = kept();
        past.push_front(tables.clone());
        past.truncate(PAST_CUTS);
        Ok(tables)
    }
}
