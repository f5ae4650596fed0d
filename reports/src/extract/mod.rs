//! An extraction written to a file: streamed, whole or not at all, never cut. 数据提取
//!
//! The promise: rows come in the order of the stream; the file appears under its name only when every row is in it
//! and it is synced; on an error, a cancellation or a dropped future nothing is left under that name. Memory stays
//! flat: a few batches are in flight, whatever the number of rows.

pub mod columns;
mod csv_file;
mod losses;
mod parquet_file;
mod xlsx_file;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use terms::ExportFormat;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use warehouse::WarehouseError;

pub use csv_file::csv_lines;
pub use xlsx_file::SHEET_ROWS_MAX;

/// Batches that wait for the writer; the query is held up by a slow disk, not the memory.
const BATCHES_IN_FLIGHT: usize = 4;

/// A file that was written whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Rows, headers not counted.
    pub rows: u64,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: String,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// Somebody cancelled it.
    #[error("已取消")]
    Cancelled,
    /// The query failed on the way.
    #[error(transparent)]
    Warehouse(#[from] WarehouseError),
    /// The disk failed.
    #[error("写文件失败：{0}")]
    File(#[from] io::Error),
    /// A text of this column does not fit into a cell.
    #[error(
        "Excel 的一格最多 32767 个字，列“{0}”里有更长的文字：请改成 CSV 导出，或截短 left(…, 1000)"
    )]
    Cell(String),
    /// The rows could not be written in this format: our fault.
    #[error("写{0}失败：{1}")]
    Format(&'static str, String),
}

/// Writes the rows of a statement to `path`.
///
/// `about` says what the extraction is (statement, parameters, position, purpose): a work book carries it on the
/// sheet 说明, Parquet in its metadata. `progress` is called with the rows written so far.
///
/// # Errors
/// See [`ExtractError`]; after any of them nothing is at `path`.
pub async fn write(
    rows: impl Stream<Item = Result<RecordBatch, WarehouseError>>,
    schema: SchemaRef,
    format: ExportFormat,
    path: &Path,
    about: &[(String, String)],
    progress: impl Fn(u64),
    cancel: &CancellationToken,
) -> Result<Written, ExtractError> {
    let partial = Partial(path.with_extension(format!("{}.part", format.code())));
    let (send, receive) = mpsc::channel(BATCHES_IN_FLIGHT);
    let job =
        Job { schema, path: partial.0.clone(), about: about.to_vec(), cancel: cancel.clone() };
    let writer = tokio::task::spawn_blocking(move || job.run(format, receive));
    let fed = feed(rows, send, progress, cancel).await;
    // The writer ends when its batches end; an error of the query goes before one that follows from it.
    let written = writer.await.map_err(io::Error::other)?;
    let rows = fed?;
    written?;
    cancelled(cancel)?;
    let (final_path, staged) = (path.to_owned(), partial.0.clone());
    let (bytes, sha256) = tokio::task::spawn_blocking(move || settle(&staged, &final_path))
        .await
        .map_err(io::Error::other)??;
    Ok(Written { rows, bytes, sha256 })
}

async fn feed(
    rows: impl Stream<Item = Result<RecordBatch, WarehouseError>>,
    send: mpsc::Sender<RecordBatch>,
    progress: impl Fn(u64),
    cancel: &CancellationToken,
) -> Result<u64, ExtractError> {
    let mut rows = std::pin::pin!(rows);
    let mut count = 0;
    loop {
        let next = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(ExtractError::Cancelled),
            next = rows.next() => next,
        };
        let Some(batch) = next.transpose()? else { return Ok(count) };
        let more = u64::try_from(batch.num_rows()).unwrap_or(0);
        if send.send(batch).await.is_err() {
            // The writer has failed and will say why.
            return Ok(count);
        }
        count += more;
        progress(count);
    }
}

/// What a writer is given.
struct Job {
    schema: SchemaRef,
    path: PathBuf,
    about: Vec<(String, String)>,
    cancel: CancellationToken,
}

impl Job {
    fn run(
        self,
        format: ExportFormat,
        batches: mpsc::Receiver<RecordBatch>,
    ) -> Result<(), ExtractError> {
        let batches = Batches(batches);
        match format {
            ExportFormat::Csv => csv_file::write(&self, batches),
            ExportFormat::Xlsx => xlsx_file::write(&self, batches),
            ExportFormat::Parquet => parquet_file::write(&self, batches),
        }
    }

    fn file(&self) -> io::Result<File> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        File::create(&self.path)
    }
}

struct Batches(mpsc::Receiver<RecordBatch>);

impl Iterator for Batches {
    type Item = RecordBatch;

    fn next(&mut self) -> Option<RecordBatch> {
        self.0.blocking_recv()
    }
}

/// A file that is not whole yet; goes away with the value, unless it was renamed.
struct Partial(PathBuf);

impl Drop for Partial {
    fn drop(&mut self) {
        // Most often it is gone already; else it is litter, and the folder of exports is swept anyway.
        let _ = fs::remove_file(&self.0);
    }
}

/// Measures the file, syncs it and gives it its name.
fn settle(staged: &Path, path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(staged)?;
    let (mut hash, mut buffer, mut bytes) = (Sha256::new(), vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(&buffer[..read]);
        bytes += u64::try_from(read).unwrap_or(0);
    }
    file.sync_all()?;
    fs::rename(staged, path)?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok((bytes, hex::encode(hash.finalize())))
}

fn cancelled(cancel: &CancellationToken) -> Result<(), ExtractError> {
    if cancel.is_cancelled() { Err(ExtractError::Cancelled) } else { Ok(()) }
}

impl From<ArrowError> for ExtractError {
    fn from(error: ArrowError) -> Self {
        Self::Format("数据", error.to_string())
    }
}

#[cfg(test)]
mod tests;
