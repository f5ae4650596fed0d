//! The first copy: every table as it is where the slot's stream begins.

use std::path::Path;
use std::sync::Arc;

use tables::parquet_file::TableWriter;
use tables::{DeltaLog, DurableFs, TableDef, Written, catalog};
use terms::Lsn;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::copy::CopyRows;
use crate::slot::{self, Created};
use crate::{CaptureError, Server};

/// Tables that are copied at the same time.
const PARALLEL: usize = 2;

/// Copies every table of the catalog, in the snapshot that came with the slot. What the tables held before is taken
/// out in the same commit, so that a copy after a lost slot leaves the old versions readable.
pub(crate) async fn copy_all(
    server: &Server,
    root: &Path,
    fs: &Arc<DurableFs>,
    created: &Created,
) -> Result<Vec<DeltaLog>, CaptureError> {
    let turns = Arc::new(Semaphore::new(PARALLEL));
    let mut copies = JoinSet::new();
    for (place, def) in catalog::all().iter().enumerate() {
        let (server, root, fs, turns) =
            (server.clone(), root.to_owned(), fs.clone(), turns.clone());
        let (snapshot, point) = (created.snapshot.clone(), created.point);
        copies.spawn(async move {
            let _turn = turns.acquire_owned().await;
            (place, copy(&server, &root, &fs, def, &snapshot, point).await)
        });
    }
    let mut logs = Vec::new();
    while let Some(copied) = copies.join_next().await {
        let (place, copied) = copied.map_err(|e| CaptureError::stop(format!("first copy: {e}")))?;
        match copied {
            Ok(log) => logs.push((place, log)),
            Err(error) => {
                // The next try must find nobody at work.
                copies.shutdown().await;
                return Err(error);
            }
        }
    }
    logs.sort_by_key(|(place, _)| *place);
    Ok(logs.into_iter().map(|(_, log)| log).collect())
}

async fn copy(
    server: &Server,
    root: &Path,
    fs: &Arc<DurableFs>,
    def: &'static TableDef,
    snapshot: &str,
    point: Lsn,
) -> Result<DeltaLog, CaptureError> {
    let mut log = DeltaLog::open_or_create(root, def, fs).await?;
    let mut connection = server.connect().await?;
    slot::enter(&mut connection, snapshot).await?;
    let mut writer = TableWriter::new(&log)?;
    let mut copied = 0;
    let mut rows = CopyRows::open(&mut connection, def, true).await?;
    while let Some(batch) = rows.next().await? {
        copied += batch.num_rows();
        writer.write(&batch).await?;
    }
    let written = Written { adds: writer.finish().await?, removes: log.files().to_vec() };
    log.commit_afresh(point, written).await?;
    tracing::info!(table = def.name, rows = copied, "copied");
    Ok(log)
}
