//! The proof: PostgreSQL and the warehouse hold the same rows at one named position, to the fen and to the letter.
//!
//! A transaction takes a lock that lets nobody write, exports its snapshot, and asks for a flush at its commit. What
//! another transaction sees through that snapshot is then exactly what the flush must have written.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use sqlx::PgConnection;
use tables::digest::Digest;
use tables::{ColumnKind, Position, Snapshots, TableCut, TableDef, catalog, cut_of, parquet_file};

use crate::copy::CopyRows;
use crate::{Capture, CaptureConfig, CaptureError, Kind, flushed, request_flush, slot};

/// How long a running capture may take to reach the position.
const FLUSH_LIMIT: Duration = Duration::from_secs(120);
/// The lock waits less than PostgreSQL's deadlock check (1 s): of two who wait for each other we give way.
const LOCK_LIMIT: &str = "set lock_timeout = '300ms'";
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(100);

/// Whether PostgreSQL and the warehouse agree. 一致性核对
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Where they were compared.
    pub position: Position,
    /// The snapshot that was compared.
    pub seq: u64,
    /// Every captured table.
    pub tables: Vec<Compared>,
}

/// One table on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Its name.
    pub name: &'static str,
    /// What people call it.
    pub label: &'static str,
    /// What PostgreSQL holds.
    pub postgres: Side,
    /// What the warehouse holds.
    pub warehouse: Side,
    /// True if all of it is the same.
    pub equal: bool,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Rows.
    pub rows: u64,
    /// The exact sum of each decimal column.
    pub sums: BTreeMap<String, String>,
    /// The order-free fingerprint of all rows.
    pub hash: String,
}

impl Verdict {
    /// True if every table is the same on both sides.
    pub fn equal(&self) -> bool {
        self.tables.iter().all(|table| table.equal)
    }
}

/// Compares every captured table at one position. `live` says that a capture runs in this folder (in whatever
/// process); else one is started for the purpose, which follows the log and mends nothing, and stopped. Readers are not
/// held up; writers wait for a moment.
///
/// # Errors
/// There is no warehouse yet; or capture cannot go on from where it stands, which only `weir capture` mends.
pub async fn verify(config: &CaptureConfig, live: bool) -> Result<Verdict, CaptureError> {
    if live {
        return compare(config).await;
    }
    if Snapshots::open(&config.root).newest()?.is_none() {
        return Err(CaptureError::stop(format!(
            "there is no warehouse in {} to compare: `weir capture` and `weir up` make it",
            config.root.display()
        )));
    }
    let config = CaptureConfig { resync: false, ..config.clone() };
    let capture = Capture::start(config.clone()).await?;
    let compared = tokio::select! {
        compared = compare(&config) => compared,
        error = capture.stopped() => return Err(error),
    };
    capture.stop().await?;
    compared
}

async fn compare(config: &CaptureConfig) -> Result<Verdict, CaptureError> {
    let mut reader = config.server.connect().await?;
    let label = hold(config, &mut reader).await?;
    let snapshot = flushed(&config.root, &label, FLUSH_LIMIT).await?;
    let cut = cut_of(&config.root, &snapshot).await?;
    let mut tables = Vec::new();
    for def in catalog::all() {
        let table = cut.tables.get(def.name).cloned();
        let table = table.ok_or_else(|| {
            CaptureError::stop(format!("the warehouse has no table {}", def.name))
        })?;
        // Both sides at once: one is PostgreSQL's work and decoding, the other reading files.
        let ours = tokio::task::spawn_blocking(move || warehouse_side(&table));
        let postgres = postgres_side(&mut reader, def).await?;
        let warehouse = ours.await.map_err(|e| CaptureError::stop(e.to_string()))??;
        let equal = postgres == warehouse;
        tables.push(Compared { name: def.name, label: def.label, postgres, warehouse, equal });
    }
    Ok(Verdict { position: cut.position, seq: snapshot.seq, tables })
}

/// Fixes a position: `reader` sees exactly what is committed there. The label of its snapshot.
async fn hold(config: &CaptureConfig, reader: &mut PgConnection) -> Result<String, CaptureError> {
    let mut holder = config.server.connect().await?;
    let mut tries = 0;
    while let Err(error) = lock(&mut holder).await {
        tries += 1;
        if error.kind != Kind::Retry || tries == LOCK_TRIES {
            return Err(error);
        }
        sqlx::raw_sql("rollback").execute(&mut holder).await?;
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    let snapshot: String =
        sqlx::query_scalar("select pg_export_snapshot()").fetch_one(&mut holder).await?;
    slot::enter(reader, &snapshot).await?;
    let label: String =
        sqlx::query_scalar("select 'verify-' || gen_random_uuid()").fetch_one(&mut holder).await?;
    request_flush(&mut holder, &label).await?;
    sqlx::raw_sql("commit").execute(&mut holder).await?;
    Ok(label)
}

/// Lets nobody write to what is published. Of the statements of such a transaction each takes a snapshot of its own, so
/// the one that is exported next sees all there is.
async fn lock(holder: &mut PgConnection) -> Result<(), CaptureError> {
    for sql in [LOCK_LIMIT, "begin isolation level read committed", "select hold_published()"] {
        sqlx::raw_sql(sql).execute(&mut *holder).await?;
    }
    Ok(())
}

async fn postgres_side(
    reader: &mut PgConnection,
    def: &'static TableDef,
) -> Result<Side, CaptureError> {
    let mut digest = Digest::default();
    let mut rows = CopyRows::open(reader, def, false).await?;
    while let Some(batch) = rows.next().await? {
        digest.add(&batch)?;
    }
    Ok(Side::of(&digest, def))
}

fn warehouse_side(table: &TableCut) -> Result<Side, CaptureError> {
    let mut digest = Digest::default();
    for file in table.files.iter() {
        for batch in parquet_file::read(file)? {
            digest.add(&batch?)?;
        }
    }
    Ok(Side::of(&digest, table.def))
}

impl Side {
    fn of(digest: &Digest, def: &TableDef) -> Self {
        // A side without rows has added nothing up: its sums are zero, as a sum of nothing is.
        let mut sums = digest.sums();
        for column in def.columns {
            if let ColumnKind::Decimal(scale) = column.kind {
                let zeros = "0".repeat(scale.unsigned_abs().into());
                sums.entry(column.name.to_owned()).or_insert_with(|| format!("0.{zeros}"));
            }
        }
        Self { rows: digest.rows(), sums, hash: digest.hash() }
    }
}

/// Lines for people.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "核对位置 {}（快照 {}）", self.position.lsn, self.seq)?;
        for table in &self.tables {
            let mark = if table.equal { "一致" } else { "不一致" };
            write!(f, "{mark}  {}（{}）", table.label, table.name)?;
            if table.postgres.rows == table.warehouse.rows {
                write!(f, " {} 行", table.postgres.rows)?;
            } else {
                write!(
                    f,
                    " 业务库 {} 行、数据仓库 {} 行",
                    table.postgres.rows, table.warehouse.rows
                )?;
            }
            for (name, sum) in &table.postgres.sums {
                let column = catalog::find(table.name).and_then(|def| def.column(name));
                let label = column.map_or(&**name, |c| c.label);
                let money = column.is_some_and(|c| c.kind == ColumnKind::Decimal(2));
                match table.warehouse.sums.get(name) {
                    // Sums of prices and meter indices prove something, but tell people nothing.
                    Some(ours) if ours == sum && !money => {}
                    Some(ours) if ours == sum => write!(f, "，{label} {sum}")?,
                    ours => {
                        write!(f, "，{label} 业务库 {sum}、数据仓库 {}", ours.map_or("无", |s| s))?
                    }
                }
            }
            writeln!(f)?;
        }
        let word = if self.equal() {
            "业务库与数据仓库完全一致"
        } else {
            "业务库与数据仓库不一致"
        };
        write!(f, "{word}")
    }
}
