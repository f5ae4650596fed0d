//! Flush: a frozen generation becomes files, table logs and a snapshot, in this order, each durable before the next.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use arrow::array::RecordBatch;
use chrono::{DateTime, Utc};
use tables::parquet_file::{self, TableWriter};
use tables::{DataFile, DeltaLog, Kind, Snapshot, Snapshots, TableDef, TableVersion, Written};
use terms::Lsn;

use crate::CaptureError;
use crate::hot::{Frozen, without};
use crate::watermark::Watermark;

/// A file with fewer rows is small: a scan spends more on opening than on reading it.
const SMALL_ROWS: u64 = 64 * 1024;
/// So many small files of a table are joined by the next flush ...
const SMALL_FILES_MAX: usize = 16;
/// ... up to this many rows at once.
const JOINED_ROWS_MAX: u64 = 256 * 1024;

/// The writer of the warehouse: there is one, and one flush at a time.
pub(crate) struct Flusher {
    pub(crate) snapshots: Snapshots,
    pub(crate) mark: Watermark,
    /// One for each table of the catalog, in its order.
    pub(crate) logs: Vec<DeltaLog>,
    pub(crate) next_seq: u64,
}

/// What is to be made durable: all commits up to `lsn`.
pub(crate) struct Flush {
    pub(crate) lsn: Lsn,
    pub(crate) committed_at: DateTime<Utc>,
    pub(crate) label: Option<String>,
    /// The place of each changed table in the catalog, and its rows.
    pub(crate) tables: Vec<(usize, Frozen)>,
}

/// What a flush made: the snapshot, and the files of the tables that changed.
pub(crate) struct Flushed {
    pub(crate) seq: u64,
    pub(crate) lsn: Lsn,
    pub(crate) files: Vec<(usize, Arc<[DataFile]>)>,
}

impl Flusher {
    /// Writes a flush. When it returns, everything up to its position survives a power cut.
    pub(crate) async fn write(&mut self, flush: Flush) -> Result<Flushed, CaptureError> {
        let mut files = Vec::new();
        for (at, frozen) in flush.tables {
            let log = &mut self.logs[at];
            let written = write_table(log, frozen).await?;
            let empty = written.adds.is_empty() && written.removes.is_empty();
            if !log.commit(flush.lsn, written).await? && !empty {
                let name = log.def().name;
                return Err(CaptureError::stop(format!(
                    "table {name} is past {} already, yet rows came",
                    flush.lsn
                )));
            }
            files.push((at, log.files().clone()));
        }
        let seq = self.publish(flush.lsn, flush.committed_at, flush.label)?;
        Ok(Flushed { seq, lsn: flush.lsn, files })
    }

    /// Writes the snapshot file that ties the tables together: the commit point.
    pub(crate) fn publish(
        &mut self,
        lsn: Lsn,
        committed_at: DateTime<Utc>,
        label: Option<String>,
    ) -> Result<u64, CaptureError> {
        let mut tables = BTreeMap::new();
        for log in &self.logs {
            let version = TableVersion::of(log.def(), log.version(), log.files());
            tables.insert(log.def().name.to_owned(), version);
        }
        let seq = self.next_seq;
        self.snapshots.publish(&Snapshot {
            seq,
            lsn,
            committed_at,
            system_id: self.mark.system_id.clone(),
            timeline: self.mark.timeline,
            slot: self.mark.slot.clone(),
            label,
            tables,
        })?;
        self.next_seq = seq + 1;
        Ok(seq)
    }
}

/// Writes the files of one table: the new rows with small old files, and each file of which a row is superseded.
async fn write_table(log: &DeltaLog, frozen: Frozen) -> Result<Written, CaptureError> {
    let def = log.def();
    let mut removes = Vec::new();
    let mut adds = frozen.spilled;
    for file in log.files().iter() {
        if let Some(rest) = rest_of(def, file, &frozen.superseded)? {
            let mut writer = TableWriter::new(log)?;
            for batch in &rest {
                writer.write(batch).await?;
            }
            adds.extend(writer.finish().await?);
            removes.push(file.clone());
        }
    }
    let mut batches = frozen.batches;
    for file in small(log.files(), &removes) {
        for batch in parquet_file::read(&file)? {
            batches.push(batch?);
        }
        removes.push(file);
    }
    if batches.iter().any(|batch| batch.num_rows() > 0) {
        let mut writer = TableWriter::new(log)?;
        writer.write(&parquet_file::sort(def, &def.schema(), &batches)?).await?;
        adds.extend(writer.finish().await?);
    }
    Ok(Written { adds, removes })
}

/// What is left of a file without the superseded rows; none if it holds none of them.
fn rest_of(
    def: &TableDef,
    file: &DataFile,
    superseded: &HashSet<i64>,
) -> Result<Option<Vec<RecordBatch>>, CaptureError> {
    let within = |key: &i64| {
        let figures = file.exact.columns.get(def.key);
        let bounds = figures.and_then(|f| Some(f.low?..=f.high?));
        bounds.is_none_or(|bounds| bounds.contains(&i128::from(*key)))
    };
    if def.kind == Kind::Ledger || !superseded.iter().any(within) {
        return Ok(None);
    }
    let (mut rest, mut rows) = (Vec::new(), 0);
    for batch in parquet_file::read(file)? {
        let kept = without(def, batch?, |key| superseded.contains(&key))
            .map_err(|e| CaptureError::stop(format!("table {}: {e}", def.name)))?;
        rows += kept.num_rows() as u64;
        rest.push(kept);
    }
    Ok((rows < file.exact.rows).then_some(rest))
}

/// The small files that the next one takes in; none while they are few.
fn small(files: &[DataFile], gone: &[DataFile]) -> Vec<DataFile> {
    let mut small: Vec<&DataFile> =
        files.iter().filter(|file| file.exact.rows < SMALL_ROWS && !gone.contains(file)).collect();
    if small.len() < SMALL_FILES_MAX {
        return Vec::new();
    }
    small.sort_by_key(|file| file.exact.rows);
    let mut rows = 0;
    let fits = |file: &&&DataFile| {
        rows += file.exact.rows;
        rows <= JOINED_ROWS_MAX
    };
    small.iter().take_while(fits).map(|file| (*file).clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_are_joined_when_there_are_many() {
        let file = |i: usize, rows: u64| DataFile {
            path: format!("{i}.parquet").into(),
            size: 1,
            exact: tables::Exactly { rows, ..tables::Exactly::default() },
        };
        let few: Vec<DataFile> = (0..15).map(|i| file(i, 10)).collect();
        assert!(small(&few, &[]).is_empty());
        let mut many: Vec<DataFile> = (0..20).map(|i| file(i, 60_000)).collect();
        many.push(file(99, 1_000_000));
        assert_eq!(small(&many, &[]).len(), 4);
        assert_eq!(small(&many, &many[..10]).len(), 0);
    }
}
