//! 运行状态: position, lag, snapshot and slot.

use axum::Json;
use axum::extract::State;
use axum::response::Html;
use chrono::{DateTime, Utc};
use minijinja::{Value, context};
use serde::Serialize;
use terms::{Lsn, Role};

use super::store::{self, Slot};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page as framed;
use crate::web::visitor::Visitor;
use crate::web::words::{AsOfWords, fact, grouped, moment, size};

/// The figures of `/statusz`.
#[derive(Serialize)]
pub(super) struct StatusView {
    lsn: Lsn,
    committed_at: DateTime<Utc>,
    snapshot: u64,
    hot_rows: u64,
    lag_ms: i64,
    lag_bytes: u64,
    slots: Vec<SlotView>,
}

#[derive(Serialize)]
struct SlotView {
    name: String,
    active: bool,
    wal_status: Option<String>,
    behind_bytes: Option<i64>,
}

pub(super) async fn figures(State(app): State<App>) -> Result<Json<StatusView>, WebError> {
    let mut conn = app.0.pool.acquire().await?;
    let slots = store::slots(&mut conn).await?;
    let position = app.0.warehouse.position();
    let lag = app.0.lag.borrow().clone();
    Ok(Json(StatusView {
        lsn: position.lsn,
        committed_at: position.committed_at,
        snapshot: position.seq,
        hot_rows: position.hot_rows,
        lag_ms: lag.behind().num_milliseconds(),
        lag_bytes: lag.bytes(),
        slots: slots.into_iter().map(SlotView::from).collect(),
    }))
}

pub(super) async fn page(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Html<String>, WebError> {
    if visitor.role != Role::Administrator {
        return Err(WebError::Forbidden("运行状态只对系统管理员开放。"));
    }
    let Json(status) = figures(State(app.clone())).await?;
    let as_of = AsOfWords::of(&app);
    let mut facts = vec![
        fact("数据截至", moment(status.committed_at)),
        fact("数据位置", status.lsn.to_string()),
        fact("最新快照", status.snapshot.to_string()),
        fact("内存中的新行", grouped(i64::try_from(status.hot_rows).unwrap_or(i64::MAX))),
        fact("延迟", as_of.lag()),
        fact("待同步日志", size(i64::try_from(status.lag_bytes).unwrap_or(i64::MAX))),
    ];
    facts.extend(status.slots.iter().map(SlotView::fact));
    let (state, tone) = as_of.state_words();
    framed(&app, &visitor, "/status", "status.html", context! { facts, state, tone })
}

impl From<Slot> for SlotView {
    fn from(slot: Slot) -> Self {
        let Slot { name, active, wal_status, behind_bytes } = slot;
        Self { name, active, wal_status, behind_bytes }
    }
}

impl SlotView {
    fn fact(&self) -> Value {
        let at_work = if self.active { "工作中" } else { "未连接" };
        let kept = self.behind_bytes.map_or_else(|| "未知".to_owned(), size);
        let wal = self.wal_status.as_deref().unwrap_or("未知");
        fact(&format!("复制槽 {}", self.name), format!("{at_work} · 日志 {wal} · 保留 {kept}"))
    }
}
