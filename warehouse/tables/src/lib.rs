//! The captured tables as Parquet files under Delta logs, and the moments at which they can be read.
//! Capture writes them (`ingest`), the query engine reads them (`warehouse`); this crate knows neither, and no SQL.
//!
//! In the order to read:
//! - [`catalog`]: every captured table and column, declared once: names, units, meaning, who may see it.
//! - [`Exactly`]: exact figures of a file or batch, so that counts and sums open no file.
//! - [`Cut`]: all tables at one position of the log, files and rows in memory together. What a statement reads.
//! - [`Snapshot`], [`Snapshots`]: positions that can be read again for ever; the commit point of a flush.
//! - [`DeltaLog`]: one table on disk: files in, files out, each log position at most once.
//! - [`parquet_file`]: sorted rows into durable Parquet files, and back.
//! - [`DurableFs`]: a put that returns when the bytes and the name are on disk.
//! - [`digest`]: an order-free fingerprint of rows, equal for PostgreSQL's rows and for ours.

pub mod catalog;
mod figures;
mod cut;
mod snapshot;
mod delta_log;
pub mod parquet_file;
pub mod durable_fs;
pub mod digest;
mod error;

pub use catalog::{ColumnDef, ColumnKind, Kind, Scope, Sensitivity, TableDef};
pub use cut::{Cut, DataFile, Position, TableCut, cut_of};
pub use delta_log::{DeltaLog, Written};
pub use durable_fs::DurableFs;
pub use error::{Result, TableError};
pub use figures::{Exactly, Figures};
pub use snapshot::{Snapshot, Snapshots, TableVersion};
