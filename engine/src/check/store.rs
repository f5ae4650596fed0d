//! Asks one invariant, and what it may be asked of.

use sqlx::{AssertSqlSafe, PgConnection};
use terms::BillPeriod;

use crate::database::{ask_apart, period};

/// A table that lies by month, the key by which it does, and how many ids it has for each of a payment; none where the
/// key is the month itself.
pub(super) struct Room {
    pub(super) root: String,
    pub(super) key: String,
    pub(super) ids: Option<i32>,
}

/// Every table that lies by month.
pub(super) async fn rooms(connection: &mut PgConnection) -> Result<Vec<Room>, sqlx::Error> {
    sqlx::query_as!(Room, r#"select root as "root!", key as "key!", ids from rooms()"#)
        .fetch_all(connection)
        .await
}

/// The months that something has room in, in order.
pub(super) async fn months(connection: &mut PgConnection) -> Result<Vec<BillPeriod>, sqlx::Error> {
    let months = sqlx::query_scalar!(
        r#"select distinct right(c.relname, 6)::integer as "month!"
        from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class r on r.oid = i.inhparent
        where r.relname in (select root from rooms() where what <> 'marks') and r.relnamespace = 'public'::regnamespace
            and c.relkind = 'r' order by 1"#
    )
    .fetch_all(connection)
    .await?;
    Ok(months.into_iter().map(period).collect())
}

/// How the database would ask it, line by line.
pub(super) async fn explain(
    connection: &mut PgConnection,
    tables: &str,
    violations: &'static str,
) -> Result<Vec<String>, sqlx::Error> {
    let statement =
        format!("explain {tables}select count(*), min(sample) from ({violations}) as v (sample)");
    sqlx::query_scalar(AssertSqlSafe(statement)).fetch_all(connection).await
}

/// The number of rows that `violations` gives, and its first; `tables` says which rows stand under the names of tables.
pub(super) async fn ask(
    connection: &mut PgConnection,
    tables: &str,
    violations: &'static str,
) -> Result<(i64, Option<String>), sqlx::Error> {
    let statement =
        format!("{tables}select count(*), min(sample) from ({violations}) as v (sample)");
    ask_apart(connection, statement).await
}
