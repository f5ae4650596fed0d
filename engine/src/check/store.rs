//! Asks one invariant.

use sqlx::{AssertSqlSafe, PgConnection};

/// The number of rows that `violations` gives, and its first.
pub(super) async fn ask(
    connection: &mut PgConnection,
    violations: &'static str,
) -> Result<(i64, Option<String>), sqlx::Error> {
    // Put together from two texts of this program; nothing comes from outside.
    let statement = format!("select count(*), min(sample) from ({violations}) as v (sample)");
    sqlx::query_as(AssertSqlSafe(statement)).fetch_one(connection).await
}
