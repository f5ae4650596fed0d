//! Asks capture for a snapshot of right now: what a numbered report or an export stands on.

use std::time::Duration;

use tables::Snapshots;
use warehouse::{AsOf, Pinned};

use super::App;
use super::error::WebError;

/// Longest wait for the snapshot; a flush takes well under a second.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often the folder is looked at; the cut moves before the snapshot file is complete.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// Pins a published snapshot that holds everything committed before this call.
pub(super) async fn snapshot_of_now(app: &App) -> Result<Pinned, WebError> {
    let mut conn = app.0.pool.acquire().await?;
    let asked = super::ingest_stub::request_flush(&mut conn, &super::words::random_label())
        .await
        .map_err(|error| WebError::Fault(error.into()))?;
    drop(conn);
    let snapshots = Snapshots::open(&app.0.warehouse_root);
    let published = async {
        loop {
            match snapshots.newest() {
                Ok(Some(newest)) if newest.lsn >= asked => return Ok(newest.seq),
                Ok(_) => tokio::time::sleep(LOOK_EVERY).await,
                Err(error) => return Err(WebError::Fault(error.into())),
            }
        }
    };
    let late =
        || WebError::Busy("数据同步暂时落后，正式报表和导出须等快照发布，请稍候再试。".to_owned());
    let seq = tokio::time::timeout(PATIENCE, published).await.map_err(|_| late())??;
    Ok(app.0.warehouse.at(AsOf::Snapshot(seq)).await?)
}
