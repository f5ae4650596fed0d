//! 运行状态: position, lag, snapshot and slot.

use axum::extract::State;
use axum::response::Html;
use chrono::{DateTime, Utc};
use ingest::Status;
use minijinja::context;
use serde::Serialize;
use sqlx::PgConnection;
use terms::{Lsn, grouped, moment};

use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page as framed;
use crate::web::visitor::Visitor;
use crate::web::words::{AsOfWords, behind, fact, size};

/// The figures of `/statusz`.
#[derive(Serialize)]
pub(super) struct StatusView {
    lsn: Lsn,
    committed_at: DateTime<Utc>,
    hot_rows: u64,
    lag_ms: i64,
    #[serde(flatten)]
    capture: Status,
}

impl StatusView {
    /// A line for each figure that a machine watches.
    pub(super) fn metrics(&self) -> Vec<String> {
        let active = u64::from(self.capture.active == Some(true));
        vec![
            format!("weir_lag_milliseconds {}", self.lag_ms),
            format!("weir_hot_rows {}", self.hot_rows),
            format!("weir_slot_active {active}"),
            format!("weir_slot_lag_bytes {}", self.capture.lag_bytes),
            format!("weir_snapshot {}", self.capture.snapshot.unwrap_or_default()),
        ]
    }
}

pub(super) async fn figures(
    app: &App,
    connection: &mut PgConnection,
) -> anyhow::Result<StatusView> {
    let status = ingest::status(connection, &app.0.warehouse_root, ingest::SLOT).await?;
    let position = app.0.warehouse.position();
    Ok(StatusView {
        lsn: position.lsn,
        committed_at: position.committed_at,
        hot_rows: position.hot_rows,
        lag_ms: behind(app).num_milliseconds(),
        capture: status,
    })
}

pub(super) async fn page(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Html<String>, WebError> {
    let status = figures(&app, &mut *app.0.pool.acquire().await?).await?;
    let as_of = AsOfWords::of(&app);
    let Status { slot, active, wal_status, confirmed, lag_bytes, snapshot, standstill, .. } =
        status.capture;
    let at_work = match active {
        Some(true) => "工作中",
        Some(false) => "未连接",
        None => "不存在",
    };
    let text = |value: Option<String>| value.unwrap_or_else(|| "无".to_owned());
    let mut facts = vec![
        fact("数据截至", moment(status.committed_at)),
        fact("数据位置", status.lsn.to_string()),
        fact("延迟", as_of.lag()),
        fact("内存中的新行", grouped(status.hot_rows)),
        fact("最新快照", text(snapshot.map(|seq| seq.to_string()))),
        fact("已落盘位置", text(confirmed.map(|lsn| lsn.to_string()))),
        fact("复制槽", format!("{slot} · {at_work} · 日志 {}", log_words(wal_status.as_deref()))),
        fact("待落盘日志", size(lag_bytes.cast_signed())),
    ];
    if let Some(stands) = standstill {
        let words = format!("自{}起停止，原因与处理见 weir status", moment(stands.since));
        facts.push(fact("采集", words));
    }
    let (state, tone) = as_of.state_words();
    framed(&app, &visitor, "/status", "status.html", context! { facts, state, tone })
}

/// What PostgreSQL says of the log that the slot still needs.
fn log_words(wal_status: Option<&str>) -> &str {
    match wal_status {
        Some("reserved") => "保留完整",
        Some("extended") => "保留完整，已超常规上限",
        Some("unreserved") => "即将清除",
        Some("lost") => "已丢失，须重新采集",
        Some(other) => other,
        None => "未知",
    }
}
