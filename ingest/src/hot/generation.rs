//! The rows of a hot table between two flushes.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Int64Type};
use arrow::error::ArrowError;
use tables::{DataFile, TableDef};

/// Rows between two flushes.
#[derive(Default)]
pub(crate) struct Generation {
    pub(super) batches: Vec<Batch>,
    /// Rows of the open batch that a later row of the same key took the place of.
    pub(super) open_dead: HashSet<usize>,
    /// Parts of a transaction too large for memory, in files already; no log names them yet.
    pub(crate) spilled: Vec<DataFile>,
    /// Reference tables: where the newest row of a key stands; none if the key was deleted last.
    pub(super) newest: HashMap<i64, Option<Place>>,
    /// Reference tables: keys of rows before this generation that it replaces or deletes.
    pub(crate) superseded: Arc<HashSet<i64>>,
}

#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) batch: usize,
    pub(super) row: usize,
}

pub(super) struct Batch {
    pub(super) rows: RecordBatch,
    /// Rows that a later row of the same key took the place of.
    pub(super) dead: HashSet<usize>,
    /// The rows that live; made when they are asked for.
    pub(super) alive: Option<RecordBatch>,
}

impl Generation {
    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty() && self.spilled.is_empty() && self.newest.is_empty()
    }

    pub(super) fn kill(&mut self, place: Place) {
        match self.batches.get_mut(place.batch) {
            Some(batch) => {
                batch.dead.insert(place.row);
                batch.alive = None;
            }
            None => {
                self.open_dead.insert(place.row);
            }
        }
    }

    /// The rows that live, batch by batch.
    pub(super) fn alive(&mut self) -> Result<Vec<RecordBatch>, ArrowError> {
        let mut out = Vec::new();
        for batch in &mut self.batches {
            if batch.dead.is_empty() {
                out.push(batch.rows.clone());
                continue;
            }
            let alive = match &batch.alive {
                Some(alive) => alive.clone(),
                None => {
                    let dead = &batch.dead;
                    let keep: BooleanArray =
                        (0..batch.rows.num_rows()).map(|row| Some(!dead.contains(&row))).collect();
                    batch.alive.insert(filter_record_batch(&batch.rows, &keep)?).clone()
                }
            };
            out.push(alive);
        }
        Ok(out)
    }
}

/// The rows whose key is not gone.
pub(crate) fn without(
    def: &TableDef,
    batch: RecordBatch,
    gone: impl Fn(i64) -> bool,
) -> Result<RecordBatch, ArrowError> {
    let keep: BooleanArray = keys(def, &batch).into_iter().map(|key| Some(!gone(key))).collect();
    if keep.true_count() == batch.num_rows() {
        return Ok(batch);
    }
    filter_record_batch(&batch, &keep)
}

/// The keys of a reference table's rows.
pub(super) fn keys(def: &TableDef, batch: &RecordBatch) -> Vec<i64> {
    let wide: Option<ArrayRef> =
        batch.column_by_name(def.key).and_then(|key| cast(key, &DataType::Int64).ok());
    wide.map_or_else(Vec::new, |keys| keys.as_primitive::<Int64Type>().values().to_vec())
}
