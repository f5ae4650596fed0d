//! What the database says of itself.

use sqlx::PgConnection;

/// True where the database is no standby and takes writes.
pub(super) async fn takes_writes(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let sql = "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'";
    sqlx::query_scalar(sql).fetch_one(connection).await
}
