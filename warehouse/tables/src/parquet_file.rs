//! Sorted rows into durable Parquet files, and back.

use std::fs::File;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::{SortColumn, concat_batches, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{Int32Type, SchemaRef};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, PutMode, PutOptions};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};

use crate::{DataFile, DeltaLog, DurableFs, Exactly, Kind, Result, Scope, TableDef, TableError};

/// A file is closed at the first town border after this many rows ...
const FILE_ROWS: u64 = 1_000_000;
/// ... and anywhere after this many.
const FILE_ROWS_MAX: u64 = 4_000_000;
/// Files of a reference table are written anew when one of their rows changes, so they are kept small.
const REFERENCE_FILE_ROWS: u64 = 128 * 1024;
/// Rows of a row group: the unit that a reader skips and a core reads.
const ROW_GROUP_ROWS: usize = 128 * 1024;
/// Rows of a page, the finest unit that a reader skips.
const PAGE_ROWS: usize = 8 * 1024;
/// Rows of a batch that is read back.
const BATCH_ROWS: usize = 64 * 1024;

/// Joins batches of a table into one, in the order of its declaration.
///
/// # Errors
/// A batch has other columns, or in another order: they are joined by their places.
pub fn sort(def: &TableDef, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<RecordBatch> {
    for batch in batches {
        let columns = batch.schema_ref().fields().iter().map(|f| (f.name(), f.data_type()));
        if !columns.eq(schema.fields().iter().map(|f| (f.name(), f.data_type()))) {
            return Err(TableError::Damaged(format!(
                "rows of {} have other columns than are declared",
                def.name
            )));
        }
    }
    let all = concat_batches(schema, batches)?;
    let mut by = Vec::new();
    for name in def.sort {
        if let Some(values) = all.column_by_name(name) {
            by.push(SortColumn { values: values.clone(), options: None });
        }
    }
    let order = lexsort_to_indices(&by, None)?;
    Ok(take_record_batch(&all, &order)?)
}

/// Writes rows that come in the table's order into files that are durable when [`TableWriter::finish`] returns.
/// Nothing refers to them before they are committed.
pub struct TableWriter {
    def: &'static TableDef,
    dir: PathBuf,
    fs: Arc<DurableFs>,
    town: Option<usize>,
    properties: WriterPropertiesPtr,
    open: Option<OpenFile>,
    done: Vec<DataFile>,
}

struct OpenFile {
    writer: ArrowWriter<Vec<u8>>,
    exact: Exactly,
    last_town: Option<i32>,
}

impl TableWriter {
    /// A writer of files of this table.
    pub fn new(log: &DeltaLog) -> Result<Self> {
        Self::in_folder(log.dir().to_owned(), log.def(), log.store())
    }

    /// A writer of files of a table in the warehouse folder `root`, while its log is in other hands.
    pub fn under(root: &FsPath, def: &'static TableDef, fs: &Arc<DurableFs>) -> Result<Self> {
        Self::in_folder(std::path::absolute(root.join(def.name))?, def, fs)
    }

    fn in_folder(dir: PathBuf, def: &'static TableDef, fs: &Arc<DurableFs>) -> Result<Self> {
        let town = def.scoped_by(Scope::Town).and_then(|c| def.index_of(c.name));
        let properties = Arc::new(properties(def)?);
        Ok(Self { def, dir, fs: fs.clone(), town, properties, open: None, done: Vec::new() })
    }

    /// Takes the next rows.
    pub async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut rest = batch.clone();
        while rest.num_rows() > 0 {
            let rows = self.open.as_ref().map_or(0, |file| file.exact.rows);
            if rows >= self.rows_max() {
                self.close().await?;
                continue;
            }
            let fits = if rows < FILE_ROWS { rest.num_rows() } else { self.until_border(&rest) };
            if fits == 0 {
                self.close().await?;
                continue;
            }
            self.append(&rest.slice(0, fits))?;
            rest = rest.slice(fits, rest.num_rows() - fits);
        }
        Ok(())
    }

    /// Closes the last file; the files, durable.
    pub async fn finish(mut self) -> Result<Vec<DataFile>> {
        self.close().await?;
        Ok(self.done)
    }

    fn rows_max(&self) -> u64 {
        match self.def.kind {
            Kind::Ledger => FILE_ROWS_MAX,
            Kind::Reference => REFERENCE_FILE_ROWS,
        }
    }

    /// Rows at the head of the batch that belong to the town that the open file ends with.
    fn until_border(&self, batch: &RecordBatch) -> usize {
        let (Some(file), Some(town)) = (&self.open, self.town) else { return batch.num_rows() };
        let towns = batch.column(town).as_primitive::<Int32Type>();
        towns.iter().take_while(|town| *town == file.last_town).count()
    }

    fn append(&mut self, batch: &RecordBatch) -> Result<()> {
        let file = match &mut self.open {
            Some(file) => file,
            none => {
                let writer = ArrowWriter::try_new(
                    Vec::new(),
                    batch.schema(),
                    Some(WriterProperties::clone(&self.properties)),
                )?;
                none.insert(OpenFile { writer, exact: Exactly::default(), last_town: None })
            }
        };
        file.writer.write(batch)?;
        file.exact.add(&Exactly::of(batch)?);
        if let Some(town) = self.town {
            let towns = batch.column(town).as_primitive::<Int32Type>();
            let last = batch.num_rows() - 1;
            file.last_town = towns.is_valid(last).then(|| towns.value(last));
        }
        Ok(())
    }

    async fn close(&mut self) -> Result<()> {
        if let Some(file) = self.open.take() {
            let bytes = file.writer.into_inner()?;
            let path = Path::from_absolute_path(self.dir.join(new_name()))
                .map_err(object_store::Error::from)?;
            let size = bytes.len() as u64;
            let mode = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            self.fs.put_opts(&path, bytes.into(), mode).await?;
            self.done.push(DataFile { path, size, exact: file.exact });
        }
        Ok(())
    }
}

/// Reads a file back, in its order, some thousand rows at a time.
pub fn read(file: &DataFile) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    let path = LocalFileSystem::new().path_to_filesystem(&file.path)?;
    let open = File::open(&path).map_err(|e| {
        TableError::Damaged(format!(
            "{} is named by the log but cannot be read: {e}",
            path.display()
        ))
    })?;
    let batches =
        ParquetRecordBatchReaderBuilder::try_new(open)?.with_batch_size(BATCH_ROWS).build()?;
    Ok(batches.map(|batch| Ok(batch?)))
}

fn properties(def: &TableDef) -> Result<WriterProperties> {
    let mut sorted = Vec::new();
    for name in def.sort {
        if let Some(at) = def.index_of(name) {
            let column_idx = i32::try_from(at).expect("a table has few columns");
            sorted.push(SortingColumn { column_idx, descending: false, nulls_first: true });
        }
    }
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_sorting_columns(Some(sorted))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .build())
}

/// A name that no run of any capture has given before.
fn new_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let nanos = UNIX_EPOCH.elapsed().map_or(0, |t| t.as_nanos());
    format!("{nanos:020}-{:06}.parquet", NEXT.fetch_add(1, Ordering::Relaxed))
}
