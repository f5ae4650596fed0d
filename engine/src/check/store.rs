//! Asks one invariant.

use sqlx::{AssertSqlSafe, PgConnection};

/// The number of rows that `violations` gives, and its first.
pub(super) async fn ask(
    connection: &mut PgConnection,
    violations: &'static str,
) -> Result<(i64, Option<String>), sqlx::Error> {
    ask_of(connection, "", violations).await
}

/// The same, where `tables` says which rows stand under the names of tables.
pub(super) async fn ask_of(
    connection: &mut PgConnection,
    tables: &str,
    violations: &'static str,
) -> Result<(i64, Option<String>), sqlx::Error> {
    // Put together from texts of this program; nothing comes from outside.
    let statement =
        format!("{tables}select count(*), min(sample) from ({violations}) as v (sample)");
    sqlx::query_as(AssertSqlSafe(statement)).fetch_one(connection).await
}
