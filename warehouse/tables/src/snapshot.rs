//! Snapshots: one small file for each position that can be read again. Writing it is the commit point of a flush.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use terms::Lsn;

use crate::figures::decimal_text;
use crate::{ColumnKind, DataFile, Result, TableDef, TableError, durable_fs};

/// One position of the log and the version of every table there. 快照
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its number, from 0, without gaps.
    pub seq: u64,
    /// The end of the newest commit in it.
    pub lsn: Lsn,
    /// The moment up to which the books are complete, by PostgreSQL's clock.
    pub committed_at: DateTime<Utc>,
    /// The PostgreSQL cluster that it was captured from.
    pub system_id: String,
    /// The cluster's time line.
    pub timeline: i32,
    /// The replication slot.
    pub slot: String,
    /// The label of the flush request that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Every captured table, by name.
    pub tables: BTreeMap<String, TableVersion>,
}

/// A table in a [`Snapshot`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableVersion {
    /// The version of its Delta log.
    pub version: i64,
    /// Its rows.
    pub rows: u64,
    /// The exact sum of each decimal column, such as `"amount": "80099.92"`.
    pub sums: BTreeMap<String, String>,
}

impl TableVersion {
    /// States what the files of a table hold at this version.
    pub fn of(def: &TableDef, version: i64, files: &[DataFile]) -> Self {
        let mut sums = BTreeMap::new();
        for column in def.columns {
            if let ColumnKind::Decimal(scale) = column.kind {
                let each = files.iter().filter_map(|f| f.exact.columns.get(column.name)?.sum);
                sums.insert(column.name.to_owned(), decimal_text(each.sum(), scale));
            }
        }
        Self { version, rows: files.iter().map(|f| f.exact.rows).sum(), sums }
    }
}

/// The folder of snapshots of one warehouse, `_weir/snapshots`.
#[derive(Debug, Clone)]
pub struct Snapshots {
    dir: PathBuf,
}

impl Snapshots {
    /// The snapshots of the warehouse in `root`, which need not exist yet.
    pub fn open(root: &Path) -> Self {
        Self { dir: root.join("_weir").join("snapshots") }
    }

    /// The newest one, if there is any.
    pub fn newest(&self) -> Result<Option<Snapshot>> {
        self.seqs()?.last().map(|seq| self.read(*seq)).transpose()
    }

    /// The one with this number.
    pub fn get(&self, seq: u64) -> Result<Option<Snapshot>> {
        if self.path(seq).try_exists()? { self.read(seq).map(Some) } else { Ok(None) }
    }

    /// The newest one whose books end at or before this moment.
    pub fn at(&self, moment: DateTime<Utc>) -> Result<Option<Snapshot>> {
        let seqs = self.seqs()?;
        let (mut low, mut high) = (0, seqs.len());
        // Both numbers and moments only rise, so the border can be found by halving.
        while low < high {
            let middle = (low + high) / 2;
            if self.read(seqs[middle])?.committed_at <= moment {
                low = middle + 1
            } else {
                high = middle
            }
        }
        low.checked_sub(1).map(|i| self.read(seqs[i])).transpose()
    }

    /// The newest one that a flush request with this label made, among the `last` newest.
    pub fn labelled(&self, label: &str, last: usize) -> Result<Option<Snapshot>> {
        for seq in self.seqs()?.iter().rev().take(last) {
            let snapshot = self.read(*seq)?;
            if snapshot.label.as_deref() == Some(label) {
                return Ok(Some(snapshot));
            }
        }
        Ok(None)
    }

    /// Makes a snapshot durable, then visible. Refuses a number that is taken.
    pub fn publish(&self, snapshot: &Snapshot) -> Result<()> {
        let what = || format!("snapshot {}", snapshot.seq);
        let text = serde_json::to_vec_pretty(snapshot)
            .map_err(|source| TableError::Json { what: what(), source })?;
        match durable_fs::create(&self.path(snapshot.seq), &text) {
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                Err(TableError::SnapshotTaken(snapshot.seq))
            }
            done => Ok(done?),
        }
    }

    /// The numbers of all snapshots, rising.
    pub fn seqs(&self) -> Result<Vec<u64>> {
        let entries = match std::fs::read_dir(&self.dir) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut seqs = Vec::new();
        for entry in entries {
            // Staged files end in `#<number>` and are passed over.
            let name = entry?.file_name();
            seqs.extend(name.to_str().and_then(|n| n.strip_suffix(".json")?.parse::<u64>().ok()));
        }
        seqs.sort_unstable();
        Ok(seqs)
    }

    fn path(&self, seq: u64) -> PathBuf {
        self.dir.join(format!("{seq:020}.json"))
    }

    fn read(&self, seq: u64) -> Result<Snapshot> {
        let path = self.path(seq);
        let text = std::fs::read(&path)?;
        serde_json::from_slice(&text)
            .map_err(|source| TableError::Json { what: path.display().to_string(), source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(seq: u64, second: i64) -> Snapshot {
        Snapshot {
            seq,
            lsn: Lsn(seq * 100),
            committed_at: DateTime::from_timestamp(second, 0).unwrap(),
            system_id: "7".into(),
            timeline: 1,
            slot: "weir".into(),
            label: (seq == 2).then(|| "closing".into()),
            tables: BTreeMap::new(),
        }
    }

    #[test]
    fn a_number_is_taken_once_and_moments_are_found() {
        let root = std::env::temp_dir().join(format!("weir-snapshots-{}", std::process::id()));
        let snapshots = Snapshots::open(&root);
        assert_eq!(snapshots.newest().unwrap(), None);
        for (seq, second) in [(0, 10), (1, 20), (2, 30)] {
            snapshots.publish(&snapshot(seq, second)).unwrap();
        }
        assert!(matches!(snapshots.publish(&snapshot(2, 99)), Err(TableError::SnapshotTaken(2))));
        assert_eq!(snapshots.newest().unwrap().unwrap(), snapshot(2, 30));
        let at = |second| {
            snapshots.at(DateTime::from_timestamp(second, 0).unwrap()).unwrap().map(|s| s.seq)
        };
        assert_eq!([at(9), at(10), at(29), at(1000)], [None, Some(0), Some(1), Some(2)]);
        assert_eq!(snapshots.labelled("closing", 3).unwrap().unwrap().seq, 2);
        assert_eq!(snapshots.get(3).unwrap(), None);
        std::fs::remove_dir_all(root).unwrap();
    }
}
