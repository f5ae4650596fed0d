//! The operation log: written by whoever acts, read by those who read nothing else. 审计

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::Clock;

use super::act::{Act, Mark, MarksSought};
use super::store;
use crate::database::{broken_constraint, in_own_task};

/// Marks, the newest first.
///
/// # Errors
/// The database cannot answer.
pub async fn marks(
    connection: &mut PgConnection,
    sought: &MarksSought,
) -> Result<Vec<Mark>, sqlx::Error> {
    store::marks(connection, sought).await
}

/// Notes an act in the caller's transaction; call it last, for it holds the person's chain until the commit.
///
/// # Errors
/// The database fails; the act must then not happen.
pub async fn mark(
    connection: &mut PgConnection,
    act: &Act,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    store::mark(connection, act, at).await
}

/// An act that has ended, and whose mark comes after those of others in the same transaction: it says how far its own rows
/// reach, so that each mark takes in what its act wrote.
///
/// # Errors
/// The database cannot answer.
pub(crate) async fn ended(connection: &mut PgConnection, mut act: Act) -> Result<Act, sqlx::Error> {
    let last = store::last_written(connection).await?;
    act.details["wrote"] = json!(last);
    Ok(act)
}

/// True where the database wrote no mark because the person's role has no right to the act; nothing was done.
pub fn is_refused(error: &sqlx::Error) -> bool {
    broken_constraint(error) == Some("operation_log_may")
}

/// Notes an act that only reads, before its answer begins.
///
/// # Errors
/// The database fails; the answer must then not begin.
pub async fn mark_reading(pool: &PgPool, clock: &dyn Clock, act: Act) -> Result<(), sqlx::Error> {
    let (pool, now) = (pool.clone(), clock.now());
    in_own_task(async move { store::mark(&mut *pool.acquire().await?, &act, now).await }).await
}
