//! The register's statements.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};
use terms::UserId;

use super::job::{Finished, Job, NewJob};
use crate::database::{known, number_of};

pub(super) async fn queue(
    connection: &mut PgConnection,
    new: &NewJob,
    now: DateTime<Utc>,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into export_job (user_id, statement, purpose, format, state, created_at)
        values ($1, $2, left($3, 200), $4, 'queued', $5) returning id",
        new.user.0,
        new.statement,
        new.purpose,
        new.format.code(),
        now
    )
    .fetch_one(connection)
    .await
}

pub(super) async fn start(pool: &PgPool, id: i64, worker: &str) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query!(
        "update export_job set state = 'running', worker = left($2, 100), beat_at = clock_timestamp()
        where id = $1 and state = 'queued'",
        id,
        worker
    )
    .execute(pool)
    .await?;
    Ok(moved.rows_affected() == 1)
}

pub(super) async fn progress(pool: &PgPool, id: i64, rows: u64) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query!(
        "update export_job set rows = $2, beat_at = clock_timestamp()
        where id = $1 and state = 'running'",
        id,
        number_of(rows)
    )
    .execute(pool)
    .await?;
    Ok(moved.rows_affected() == 1)
}

pub(super) async fn finish(
    pool: &PgPool,
    id: i64,
    file: &Finished,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query!(
        "update export_job set state = 'done', rows = $2, bytes = $3, sha256 = $4, snapshot_seq = $5, made_for = $6,
            finished_at = $7
        where id = $1 and state = 'running'",
        id,
        number_of(file.rows),
        number_of(file.bytes),
        file.sha256,
        number_of(file.snapshot_seq),
        file.made_for,
        now
    )
    .execute(pool)
    .await?;
    Ok(moved.rows_affected() == 1)
}

pub(super) async fn fail(
    pool: &PgPool,
    id: i64,
    message: &str,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query!(
        "update export_job set state = 'failed', message = $2, finished_at = $3
        where id = $1 and state in ('queued', 'running')",
        id,
        message,
        now
    )
    .execute(pool)
    .await?;
    Ok(moved.rows_affected() == 1)
}

pub(super) async fn cancel(
    connection: &mut PgConnection,
    id: i64,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let moved = sqlx::query!(
        "update export_job set state = 'cancelled', finished_at = $3
        where id = $1 and user_id = $2 and state in ('queued', 'running')",
        id,
        user.0,
        now
    )
    .execute(connection)
    .await?;
    Ok(moved.rows_affected() == 1)
}

pub(super) async fn interrupt_silent(
    pool: &PgPool,
    now: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let moved = sqlx::query!(
        "update export_job set state = 'interrupted', message = '服务重启，任务中断，请重新提交', finished_at = $1
        where state = 'running' and beat_at < clock_timestamp() - interval '1 minute'",
        now
    )
    .execute(pool)
    .await?;
    Ok(moved.rows_affected())
}

pub(super) async fn running(pool: &PgPool) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!("select id from export_job where state = 'running'").fetch_all(pool).await
}

struct JobRow {
    id: i64,
    user_id: i32,
    statement: String,
    purpose: String,
    format: String,
    state: String,
    rows: i64,
    bytes: i64,
    sha256: Option<String>,
    snapshot_seq: Option<i64>,
    made_for: Option<Value>,
    message: Option<String>,
    created_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    worker: Option<String>,
    beat_at: Option<DateTime<Utc>>,
}

pub(super) async fn list(pool: &PgPool, user: UserId) -> Result<Vec<Job>, sqlx::Error> {
    let rows = sqlx::query_as!(
        JobRow,
        "select * from export_job where user_id = $1 order by id desc limit 100",
        user.0
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(Job::from).collect())
}

pub(super) async fn queued(pool: &PgPool) -> Result<Vec<Job>, sqlx::Error> {
    let rows =
        sqlx::query_as!(JobRow, "select * from export_job where state = 'queued' order by id")
            .fetch_all(pool)
            .await?;
    Ok(rows.into_iter().map(Job::from).collect())
}

pub(super) async fn get(pool: &PgPool, id: i64) -> Result<Option<Job>, sqlx::Error> {
    let row = sqlx::query_as!(JobRow, "select * from export_job where id = $1", id)
        .fetch_optional(pool)
        .await?;
    Ok(row.map(Job::from))
}

impl From<JobRow> for Job {
    fn from(row: JobRow) -> Self {
        Self {
            id: row.id,
            user: UserId(row.user_id),
            statement: row.statement,
            purpose: row.purpose,
            format: known(&row.format),
            state: known(&row.state),
            rows: row.rows,
            bytes: row.bytes,
            sha256: row.sha256,
            snapshot_seq: row.snapshot_seq,
            made_for: row.made_for,
            message: row.message,
            created_at: row.created_at,
            finished_at: row.finished_at,
            worker: row.worker,
            beat_at: row.beat_at,
        }
    }
}
