//! The steps of a job, each one statement that names the state it starts from.

use serde_json::json;
use sqlx::PgPool;
use terms::{Clock, UserId};

use super::job::{Finished, Job, NewJob};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{commit, write};

/// Enters a job; gives its id.
///
/// # Errors
/// The database fails.
pub async fn queue(pool: &PgPool, clock: &dyn Clock, new: NewJob) -> Result<i64, sqlx::Error> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let id = store::queue(&mut tx, &new, now).await?;
        let act = Act::new(Action::OrderExport, Some(new.user), format!("导出 {id}"));
        let details = json!({
            "purpose": new.purpose, "format": new.format, "statement": new.statement,
        });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(id)
    })
    .await
}

/// Takes a queued job into work by a process; false where it is no longer queued. From then on the process says by
/// [`progress`] that it is alive, several times a minute.
///
/// # Errors
/// The database fails.
pub async fn start(pool: &PgPool, id: i64, worker: &str) -> Result<bool, sqlx::Error> {
    store::start(pool, id, worker).await
}

/// Notes how far a running job is; false where it was cancelled meanwhile, or its process taken for dead, and should stop.
///
/// # Errors
/// The database fails.
pub async fn progress(pool: &PgPool, id: i64, rows: u64) -> Result<bool, sqlx::Error> {
    store::progress(pool, id, rows).await
}

/// Ends a running job with a whole file; false where it was cancelled meanwhile.
///
/// # Errors
/// The database fails.
pub async fn finish(
    pool: &PgPool,
    clock: &dyn Clock,
    id: i64,
    file: Finished,
) -> Result<bool, sqlx::Error> {
    store::finish(pool, id, &file, clock.now()).await
}

/// Ends a queued or running job without a file; false where it had ended before.
///
/// # Errors
/// The database fails.
pub async fn fail(
    pool: &PgPool,
    clock: &dyn Clock,
    id: i64,
    message: &str,
) -> Result<bool, sqlx::Error> {
    store::fail(pool, id, message, clock.now()).await
}

/// Stops a person's own queued or running job; false where there is none such.
///
/// # Errors
/// The database fails.
pub async fn cancel(
    pool: &PgPool,
    clock: &dyn Clock,
    id: i64,
    user: UserId,
) -> Result<bool, sqlx::Error> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let stopped = store::cancel(&mut tx, id, user, now).await?;
        if stopped {
            let act = Act::new(Action::CancelExport, Some(user), format!("导出 {id}"));
            access::mark(&mut tx, &act, now).await?;
        }
        commit(tx).await?;
        Ok(stopped)
    })
    .await
}

/// Marks the jobs whose process has been silent for a minute; gives their number. Any process may ask for it, at any
/// time: what another one is writing goes on.
///
/// # Errors
/// The database fails.
pub async fn interrupt_silent(pool: &PgPool, clock: &dyn Clock) -> Result<u64, sqlx::Error> {
    store::interrupt_silent(pool, clock.now()).await
}

/// The jobs that are being written, by whatever process.
///
/// # Errors
/// The database cannot answer.
pub async fn running(pool: &PgPool) -> Result<Vec<i64>, sqlx::Error> {
    store::running(pool).await
}

/// A person's jobs, newest first, at most a hundred.
///
/// # Errors
/// The database cannot answer.
pub async fn list(pool: &PgPool, user: UserId) -> Result<Vec<Job>, sqlx::Error> {
    store::list(pool, user).await
}

/// The jobs that wait for a worker, oldest first.
///
/// # Errors
/// The database cannot answer.
pub async fn queued(pool: &PgPool) -> Result<Vec<Job>, sqlx::Error> {
    store::queued(pool).await
}

/// A job, whoever asked for it.
///
/// # Errors
/// The database cannot answer.
pub async fn get(pool: &PgPool, id: i64) -> Result<Option<Job>, sqlx::Error> {
    store::get(pool, id).await
}
