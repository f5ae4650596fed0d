//! Room's questions to the database.

use sqlx::PgConnection;
use terms::BillPeriod;

use super::locks::Locks;

/// Makes room for the rows of a month, or for a part of them; true where there was none.
pub(super) async fn ensure(
    connection: &mut PgConnection,
    month: BillPeriod,
    only_what: Option<&str>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select ensure_month($1, $2) as "made!""#, month.number(), only_what)
        .fetch_one(connection)
        .await
}

/// How many tables and indexes there are, and how many locks the server can hold at once.
pub(super) async fn locks(connection: &mut PgConnection) -> Result<Locks, sqlx::Error> {
    sqlx::query_as!(
        Locks,
        r#"select (select count(*) from pg_class c where c.relnamespace = 'public'::regnamespace
                and c.relkind in ('r', 'p', 'i', 'I')) as "relations!",
            current_setting('max_locks_per_transaction')::bigint
                * (current_setting('max_connections')::bigint + current_setting('max_prepared_transactions')::bigint) as "slots!",
            current_setting('max_locks_per_transaction')::bigint as "each!""#
    )
    .fetch_one(connection)
    .await
}
