//! Asks capture for a snapshot of right now: what a numbered report or an export stands on.

use std::time::Duration;

use ingest::Kind;
use warehouse::{AsOf, Pinned};

use super::App;
use super::error::WebError;
use super::words::random_label;

/// Longest wait for the snapshot; a flush takes well under a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// Pins a published snapshot that holds everything committed before this call.
pub(super) async fn snapshot_of_now(app: &App) -> Result<Pinned, WebError> {
    let label = random_label();
    let mut connection = app.0.pool.acquire().await?;
    ingest::request_flush(&mut connection, &label).await.map_err(anyhow::Error::new)?;
    drop(connection);
    match ingest::flushed(&app.0.warehouse_root, &label, PATIENCE).await {
        Ok(snapshot) => Ok(app.0.warehouse.at(AsOf::Snapshot(snapshot.seq)).await?),
        Err(error) if error.kind == Kind::Retry => {
            Err(WebError::not_now("数据同步暂时落后，正式报表和导出须等快照发布，请稍候再试。"))
        }
        Err(error) => Err(WebError::Fault(error.into())),
    }
}
