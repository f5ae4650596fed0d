//! Reading the operation log, for those who read nothing else. 审计

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::PgConnection;

use super::store;

/// A mark, as it is read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mark {
    /// Its number.
    pub id: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Through which door: `page` or `command`.
    pub door: String,
    /// The name of the act.
    pub action: String,
    /// What was acted on.
    pub subject: String,
    /// All else.
    pub details: Value,
    /// Who, where it was a person of ours.
    pub login: Option<String>,
    /// The person's name.
    pub name: Option<String>,
    /// The chain: that of the person; 0 for acts without one.
    pub chain: i32,
    /// Its place in the chain, from 1.
    pub no: i64,
}

/// Which marks are asked for; nothing asks for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MarksSought {
    /// Older than the mark of this number.
    pub before: Option<i64>,
    /// Of the person of this login.
    pub login: Option<String>,
    /// Whose act has a name that begins so.
    pub action: Option<String>,
    /// Through this door.
    pub door: Option<String>,
    /// From this moment on.
    pub from: Option<DateTime<Utc>>,
    /// Until before this one.
    pub until: Option<DateTime<Utc>>,
    /// At most so many.
    pub most: u32,
}

/// Marks, the newest first.
///
/// # Errors
/// The database cannot answer.
pub async fn marks(
    conn: &mut PgConnection,
    sought: &MarksSought,
) -> Result<Vec<Mark>, sqlx::Error> {
    store::marks(conn, sought).await
}
