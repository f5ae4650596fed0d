//! What can go wrong with the tables on disk.

/// The answer of everything that touches the tables.
pub type Result<T, E = TableError> = std::result::Result<T, E>;

/// What can go wrong with the tables on disk.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// A file could not be read or made durable.
    #[error("file: {0}")]
    File(#[from] std::io::Error),
    /// The file store refused.
    #[error("file store: {0}")]
    Store(#[from] object_store::Error),
    /// A Parquet file is damaged or could not be written.
    #[error("parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Columns do not fit together.
    #[error("arrow: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
    /// The log of a table is damaged, or another writer was there.
    #[error("delta log: {0}")]
    Delta(#[from] deltalake_core::DeltaTableError),
    /// A snapshot file or a file's figures cannot be read.
    #[error("{what}: {source}")]
    Json {
        /// Which file or tag.
        what: String,
        /// Where it breaks.
        source: serde_json::Error,
    },
    /// A snapshot with this number is there already: another capture writes here.
    #[error("snapshot {0} exists already: another capture writes into this folder")]
    SnapshotTaken(u64),
    /// The folder does not hold what it should.
    #[error("{0}")]
    Damaged(String),
}
