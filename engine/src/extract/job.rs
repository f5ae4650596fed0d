//! One export job, and its steps.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use terms::{ExportFormat, UserId, closed_list};

/// Where a job stands. 状态
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for a worker. 排队中
    Queued,
    /// Being written. 执行中
    Running,
    /// The file is whole. 已完成
    Done,
    /// Gave up, with a message. 失败
    Failed,
    /// Stopped by its owner. 已取消
    Cancelled,
    /// The process ended while it ran. 已中断
    Interrupted,
}

closed_list!(JobState, "job state", {
    Queued = "queued" "排队中",
    Running = "running" "执行中",
    Done = "done" "已完成",
    Failed = "failed" "失败",
    Cancelled = "cancelled" "已取消",
    Interrupted = "interrupted" "已中断",
});

/// An order for a file.
#[derive(Debug, Clone)]
pub struct NewJob {
    /// Who asks.
    pub user: UserId,
    /// The SQL statement.
    pub statement: String,
    /// What for, at most 200 characters. 用途
    pub purpose: String,
    /// Kind of file.
    pub format: ExportFormat,
}

/// A job as the register has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// The job.
    pub id: i64,
    /// Who asked.
    pub user: UserId,
    /// The SQL statement.
    pub statement: String,
    /// What for.
    pub purpose: String,
    /// Kind of file.
    pub format: ExportFormat,
    /// Where it stands.
    pub state: JobState,
    /// Rows written so far.
    pub rows: i64,
    /// Bytes written so far.
    pub bytes: i64,
    /// Of the whole file, in hexadecimal.
    pub sha256: Option<String>,
    /// The snapshot that the rows come from.
    pub snapshot_seq: Option<i64>,
    /// The reader whom its file shows what it shows.
    pub made_for: Option<Value>,
    /// Why it failed.
    pub message: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it ended, however it ended.
    pub finished_at: Option<DateTime<Utc>>,
    /// Which process writes it, or wrote it last.
    pub worker: Option<String>,
    /// When that process last said so, by the database's clock.
    pub beat_at: Option<DateTime<Utc>>,
}

/// What is known of a whole file.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Rows in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
    /// The snapshot that the rows come from.
    pub snapshot_seq: u64,
    /// The reader whom it was made for, with the scope and the masks of that moment: who may see less has no file of it.
    pub made_for: Value,
}
