//! The hot tier: committed rows that are not in files yet, as Arrow batches in memory.
//!
//! A table has up to two generations: the *active* one takes rows in, the *frozen* one is being written to files. The
//! frozen one stays visible until its files take its place.

mod generation;

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use tables::{DataFile, Kind, TableCut, TableDef};
use terms::Lsn;

use crate::CaptureError;
use crate::column::RowBuilder;
pub(crate) use generation::without;
use generation::{Batch, Generation, Place, keys};

/// More batches than this are joined, so that a scan of the hot tier stays cheap.
const BATCHES_MAX: usize = 64;
/// Batches of a ledger table with at least this many rows are left as they are.
const SETTLED_ROWS: usize = 8192;

/// One table of the hot tier, with the files under it.
pub(crate) struct HotTable {
    def: &'static TableDef,
    schema: SchemaRef,
    files: Arc<[DataFile]>,
    captured: Lsn,
    rows: RowBuilder,
    active: Generation,
    frozen: Option<Generation>,
    shown: Option<TableCut>,
}

impl HotTable {
    /// A table of which `files` hold everything up to `captured`.
    pub(crate) fn new(def: &'static TableDef, files: Arc<[DataFile]>, captured: Lsn) -> Self {
        let (rows, active) = (RowBuilder::new(def), Generation::default());
        Self { def, schema: def.schema(), files, captured, rows, active, frozen: None, shown: None }
    }

    pub(crate) fn def(&self) -> &'static TableDef {
        self.def
    }

    /// The position that the files hold: earlier commits are in.
    pub(crate) fn captured(&self) -> Lsn {
        self.captured
    }

    /// The open batch. After each row, tell what the row was.
    pub(crate) fn rows(&mut self) -> &mut RowBuilder {
        &mut self.rows
    }

    /// The row just ended is new.
    pub(crate) fn inserted(&mut self, key: i64) {
        self.shown = None;
        if self.def.kind == Kind::Reference {
            self.put(key);
        }
    }

    /// The row just ended takes the place of another, whose key may have been another too.
    pub(crate) fn updated(&mut self, old_key: Option<i64>, key: i64) {
        self.deleted(old_key.unwrap_or(key));
        self.put(key);
    }

    /// A row went.
    pub(crate) fn deleted(&mut self, key: i64) {
        self.shown = None;
        match self.active.newest.insert(key, None) {
            Some(Some(place)) => self.active.kill(place),
            Some(None) => {}
            None => {
                Arc::make_mut(&mut self.active.superseded).insert(key);
            }
        }
    }

    fn put(&mut self, key: i64) {
        let place = Place { batch: self.active.batches.len(), row: self.rows.rows() - 1 };
        self.active.newest.insert(key, Some(place));
    }

    /// Closes the open batch; call it between transactions only, but for [`HotTable::spill`].
    fn settle(&mut self) -> Result<(), CaptureError> {
        if self.rows.rows() > 0 {
            let rows = self.rows.finish().map_err(|e| self.broken(&e.to_string()))?;
            let dead = std::mem::take(&mut self.active.open_dead);
            self.active.batches.push(Batch { rows, dead, alive: None });
            self.shown = None;
        }
        if self.active.batches.len() > BATCHES_MAX {
            self.join()?;
        }
        Ok(())
    }

    /// Joins batches.
    fn join(&mut self) -> Result<(), CaptureError> {
        let generation = &mut self.active;
        let joined = |parts: Vec<RecordBatch>| {
            concat_batches(&self.schema, &parts).map(|rows| Batch {
                rows,
                dead: HashSet::new(),
                alive: None,
            })
        };
        let result = match self.def.kind {
            Kind::Ledger => {
                let batches = std::mem::take(&mut generation.batches);
                let (large, small): (Vec<_>, Vec<_>) =
                    batches.into_iter().partition(|b| b.rows.num_rows() >= SETTLED_ROWS);
                generation.batches = large;
                joined(small.into_iter().map(|b| b.rows).collect())
            }
            Kind::Reference => {
                let parts = generation.alive();
                generation.batches.clear();
                parts.and_then(joined)
            }
        };
        let batch =
            result.map_err(|e| CaptureError::stop(format!("table {}: {e}", self.def.name)))?;
        if self.def.kind == Kind::Reference {
            for (row, key) in keys(self.def, &batch.rows).into_iter().enumerate() {
                generation.newest.insert(key, Some(Place { batch: 0, row }));
            }
        }
        if batch.rows.num_rows() > 0 {
            generation.batches.push(batch);
        }
        Ok(())
    }

    /// The open batch of a transaction that is too large for memory, to be written to files.
    pub(crate) fn spill(&mut self) -> Result<RecordBatch, CaptureError> {
        self.rows.finish().map_err(|e| self.broken(&e.to_string()))
    }

    /// Files that hold what was spilled.
    pub(crate) fn spilled(&mut self, files: Vec<DataFile>) {
        self.active.spilled.extend(files);
        self.shown = None;
    }

    /// True if the active generation changes anything.
    pub(crate) fn dirty(&self) -> bool {
        self.rows.rows() > 0 || !self.active.is_empty()
    }

    /// Turns the active generation into the frozen one; its rows and the keys that they supersede.
    pub(crate) fn freeze(&mut self) -> Result<Frozen, CaptureError> {
        self.settle()?;
        let mut generation = std::mem::take(&mut self.active);
        let batches = generation.alive().map_err(|e| self.broken(&e.to_string()))?;
        let frozen = Frozen {
            batches,
            spilled: generation.spilled.clone(),
            superseded: generation.superseded.clone(),
        };
        self.frozen = Some(generation);
        Ok(frozen)
    }

    /// The frozen generation is in these files now.
    pub(crate) fn thaw(&mut self, files: Arc<[DataFile]>) {
        self.files = files;
        self.frozen = None;
        self.shown = None;
    }

    /// The table as it is to be read, between transactions.
    pub(crate) fn cut(&mut self) -> Result<TableCut, CaptureError> {
        self.settle()?;
        if let Some(shown) = &self.shown {
            return Ok(shown.clone());
        }
        let cut = self.show().map_err(|e| self.broken(&e.to_string()))?;
        Ok(self.shown.insert(cut).clone())
    }

    fn show(&mut self) -> Result<TableCut, arrow::error::ArrowError> {
        let mut cut = TableCut::cold(self.def, self.files.clone());
        let mut hot = Vec::new();
        let mut spilled = Vec::new();
        if let Some(frozen) = &mut self.frozen {
            spilled.extend(frozen.spilled.iter().cloned());
            let newest = &self.active.newest;
            for batch in frozen.alive()? {
                hot.push(if newest.is_empty() {
                    batch
                } else {
                    without(self.def, batch, |key| newest.contains_key(&key))?
                });
            }
            cut.superseded = frozen.superseded.clone();
        }
        spilled.extend(self.active.spilled.iter().cloned());
        hot.extend(self.active.alive()?);
        hot.retain(|batch| batch.num_rows() > 0);
        if cut.superseded.is_empty() {
            cut.superseded = self.active.superseded.clone();
        } else if !self.active.superseded.is_empty() {
            Arc::make_mut(&mut cut.superseded).extend(self.active.superseded.iter());
        }
        if !spilled.is_empty() {
            cut.files = self.files.iter().cloned().chain(spilled).collect();
        }
        cut.hot = hot.into();
        Ok(cut)
    }

    fn broken(&self, why: &str) -> CaptureError {
        CaptureError::stop(format!("table {}: {why}", self.def.name))
    }
}

/// A frozen generation, on its way to files.
pub(crate) struct Frozen {
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) spilled: Vec<DataFile>,
    pub(crate) superseded: Arc<HashSet<i64>>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow::array::AsArray;
    use proptest::prelude::*;
    use tables::catalog;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Put(i64, i32),
        Rename(i64, i64, i32),
        Delete(i64),
        Cut,
        Freeze,
        Thaw,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let key = || 0..12_i64;
        let step = prop_oneof![
            6 => (key(), any::<i32>()).prop_map(|(k, v)| Step::Put(k, v)),
            2 => (key(), key(), any::<i32>()).prop_map(|(a, b, v)| Step::Rename(a, b, v)),
            3 => key().prop_map(Step::Delete),
            3 => Just(Step::Cut),
            1 => Just(Step::Freeze),
            1 => Just(Step::Thaw),
        ];
        prop::collection::vec(step, 0..300)
    }

    /// Rows of `town`: the key, and a value in the name.
    fn row(table: &mut HotTable, key: i64, value: i32) {
        let rows = table.rows();
        rows.column(0).text(key.to_string().as_bytes()).unwrap();
        rows.column(1).text(value.to_string().as_bytes()).unwrap();
        rows.column(2).null();
        rows.end_row();
    }

    fn read(batches: &[RecordBatch]) -> Vec<(i64, i32)> {
        let mut out = Vec::new();
        for batch in batches {
            let names = batch.column(1).as_string::<i32>();
            let values = names.iter().map(|v| v.unwrap().parse().unwrap());
            out.extend(keys(catalog::find("town").unwrap(), batch).into_iter().zip(values));
        }
        out
    }

    proptest! {
        /// However the stream of changes is cut, frozen and flushed, the same rows are seen.
        #[test]
        fn any_cut_of_the_change_stream_gives_the_same_table(steps in steps()) {
            let def = catalog::find("town").unwrap();
            let mut table = HotTable::new(def, [].into(), Lsn(0));
            let mut truth: BTreeMap<i64, i32> = BTreeMap::new();
            let mut cold: BTreeMap<i64, i32> = BTreeMap::new();
            let mut flushing: Option<Frozen> = None;
            for step in steps.into_iter().chain([Step::Cut]) {
                match step {
                    Step::Put(key, value) => {
                        let known = truth.insert(key, value).is_some();
                        row(&mut table, key, value);
                        if known { table.updated(None, key) } else { table.inserted(key) }
                    }
                    Step::Rename(from, to, value) => {
                        if from == to || truth.contains_key(&to) || truth.remove(&from).is_none() {
                            continue;
                        }
                        truth.insert(to, value);
                        row(&mut table, to, value);
                        table.updated(Some(from), to);
                    }
                    Step::Delete(key) => {
                        if truth.remove(&key).is_some() {
                            table.deleted(key);
                        }
                    }
                    Step::Freeze => {
                        if flushing.is_none() {
                            flushing = Some(table.freeze().unwrap());
                        }
                    }
                    Step::Thaw => {
                        if let Some(frozen) = flushing.take() {
                            cold.retain(|key, _| !frozen.superseded.contains(key));
                            for (key, value) in read(&frozen.batches) {
                                prop_assert!(cold.insert(key, value).is_none());
                            }
                            table.thaw([].into());
                        }
                    }
                    Step::Cut => {
                        let cut = table.cut().unwrap();
                        let mut seen = cold.clone();
                        seen.retain(|key, _| !cut.superseded.contains(key));
                        for (key, value) in read(&cut.hot) {
                            prop_assert!(seen.insert(key, value).is_none(), "key {} twice", key);
                        }
                        prop_assert_eq!(&seen, &truth);
                    }
                }
            }
        }
    }
}
