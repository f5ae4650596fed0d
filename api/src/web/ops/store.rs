//! What the database says of itself.

use sqlx::{PgConnection, Row};

/// The replication slot of capture.
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) active: bool,
    /// `reserved`, `extended`, `unreserved` or `lost`.
    pub(super) wal_status: Option<String>,
    /// Log that the slot holds back, bytes.
    pub(super) behind_bytes: Option<i64>,
}

/// True where the database is no standby and takes writes.
pub(super) async fn takes_writes(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let sql = "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'";
    sqlx::query_scalar(sql).fetch_one(conn).await
}

/// The logical slots of this database.
pub(super) async fn slots(conn: &mut PgConnection) -> Result<Vec<Slot>, sqlx::Error> {
    let sql = "select slot_name::text as name, active, wal_status, \
               pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::bigint as behind_bytes \
               from pg_replication_slots \
               where slot_type = 'logical' and database = current_database() order by slot_name";
    let rows = sqlx::query(sql).fetch_all(conn).await?;
    rows.iter()
        .map(|row| {
            Ok(Slot {
                name: row.try_get("name")?,
                active: row.try_get("active")?,
                wal_status: row.try_get("wal_status")?,
                behind_bytes: row.try_get("behind_bytes")?,
            })
        })
        .collect()
}
