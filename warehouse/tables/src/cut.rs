//! All tables at one position of the log: what a statement reads, from its planning to its last row.

use std::collections::{BTreeMap, HashSet};
use std::path::Path as FsPath;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use terms::Lsn;

use crate::{DeltaLog, DurableFs, Exactly, Result, Snapshot, TableDef, TableError, catalog};

/// Where in the log a cut lies. 数据截至
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The end of the newest commit in it; everything before is in, nothing after.
    pub lsn: Lsn,
    /// The moment up to which the books are complete, by PostgreSQL's clock.
    pub committed_at: DateTime<Utc>,
    /// The newest snapshot at or below this position.
    pub seq: u64,
    /// Rows in memory, not yet in files.
    pub hot_rows: u64,
}

/// All captured tables at one position. Cheap to clone; holds what it names alive.
#[derive(Debug, Clone)]
pub struct Cut {
    /// Where.
    pub position: Position,
    /// Every captured table, by name.
    pub tables: BTreeMap<&'static str, TableCut>,
}

/// One table in a [`Cut`]: the rows of `files` whose key is not in `superseded`, and the rows of `hot`.
#[derive(Debug, Clone)]
pub struct TableCut {
    /// Its declaration.
    pub def: &'static TableDef,
    /// Its schema.
    pub schema: SchemaRef,
    /// Its files.
    pub files: Arc<[DataFile]>,
    /// Its rows in memory.
    pub hot: Arc<[RecordBatch]>,
    /// Keys of rows in files that were replaced or deleted; only ever filled for reference tables.
    pub superseded: Arc<HashSet<i64>>,
}

/// One Parquet file of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Where it lies, from the root of the file system.
    pub path: object_store::path::Path,
    /// Bytes.
    pub size: u64,
    /// What it holds, exactly.
    pub exact: Exactly,
}

impl TableCut {
    /// A table whose rows all lie in files.
    pub fn cold(def: &'static TableDef, files: Arc<[DataFile]>) -> Self {
        Self { def, schema: def.schema(), files, hot: Arc::from([]), superseded: Arc::default() }
    }
}

/// Opens a snapshot: every table at the version that it names. `root` is the warehouse folder.
pub async fn cut_of(root: &FsPath, snapshot: &Snapshot) -> Result<Cut> {
    let fs = DurableFs::shared();
    let opening = catalog::all().iter().map(|def| open(root, def, &fs, snapshot));
    let tables = futures::future::try_join_all(opening).await?;
    let position = Position {
        lsn: snapshot.lsn,
        committed_at: snapshot.committed_at,
        seq: snapshot.seq,
        hot_rows: 0,
    };
    Ok(Cut { position, tables: tables.into_iter().map(|table| (table.def.name, table)).collect() })
}

async fn open(
    root: &FsPath,
    def: &'static TableDef,
    fs: &Arc<DurableFs>,
    snapshot: &Snapshot,
) -> Result<TableCut> {
    let version = snapshot.tables.get(def.name).ok_or_else(|| {
        TableError::Damaged(format!(
            "snapshot {} does not name the table {}",
            snapshot.seq, def.name
        ))
    })?;
    let log = DeltaLog::open(root, def, fs, Some(version.version)).await?;
    Ok(TableCut::cold(def, log.files().clone()))
}
