//! The publication and the replication slot: what PostgreSQL sends, and what log it keeps for us.

use std::path::Path;

use pgwire_replication::ReplicationClient;
use serde::Serialize;
use sqlx::{AssertSqlSafe, PgConnection, Row};
use tables::Snapshots;
use terms::Lsn;

use crate::watermark::Watermark;
use crate::{CaptureError, Standstill};

/// What stands between PostgreSQL and the warehouse, for people. 采集状态
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The replication slot.
    pub slot: String,
    /// True while a capture is connected; none if the slot is not there.
    pub active: Option<bool>,
    /// What PostgreSQL says of the log that it keeps: `reserved`, `extended`, `unreserved`, `lost`.
    pub wal_status: Option<String>,
    /// The position up to which everything is durable in the warehouse.
    pub confirmed: Option<Lsn>,
    /// The end of PostgreSQL's log.
    pub current: Lsn,
    /// Bytes of log that wait to be made durable.
    pub lag_bytes: u64,
    /// The number of the newest snapshot.
    pub snapshot: Option<u64>,
    /// Its position.
    pub snapshot_lsn: Option<Lsn>,
    /// Set where capture stands still.
    pub standstill: Option<Standstill>,
}

/// Asks PostgreSQL and the warehouse folder how capture stands.
pub async fn status(
    connection: &mut PgConnection,
    root: &Path,
    slot: &str,
) -> Result<Status, CaptureError> {
    let current: String =
        sqlx::query_scalar("select pg_current_wal_lsn()::text").fetch_one(&mut *connection).await?;
    let current = lsn(&current)?;
    let found = find(connection, slot).await?;
    let newest = Snapshots::open(root).newest()?;
    let confirmed = found.as_ref().and_then(|slot| slot.confirmed);
    Ok(Status {
        slot: slot.to_owned(),
        active: found.as_ref().map(|slot| slot.active),
        wal_status: found.and_then(|slot| slot.wal_status),
        confirmed,
        current,
        lag_bytes: confirmed.map_or(0, |at| current.0.saturating_sub(at.0)),
        snapshot: newest.as_ref().map(|s| s.seq),
        snapshot_lsn: newest.map(|s| s.lsn),
        standstill: Standstill::read(root)?,
    })
}

pub(crate) struct Found {
    pub(crate) active: bool,
    wal_status: Option<String>,
    confirmed: Option<Lsn>,
    ours: bool,
}

/// The slot, if it is there.
pub(crate) async fn find(
    connection: &mut PgConnection,
    slot: &str,
) -> Result<Option<Found>, CaptureError> {
    let row = sqlx::query(
        "select active, wal_status, confirmed_flush_lsn::text, \
         coalesce(plugin = 'pgoutput' and database = current_database(), false) \
         from pg_replication_slots where slot_name = $1",
    )
    .bind(slot)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let confirmed = row.get::<Option<String>, _>(2).map(|text| lsn(&text)).transpose()?;
    Ok(Some(Found { active: row.get(0), wal_status: row.get(1), confirmed, ours: row.get(3) }))
}

/// Refuses to resume from a slot that cannot give every change since the watermark.
pub(crate) async fn check(
    connection: &mut PgConnection,
    mark: &Watermark,
) -> Result<(), CaptureError> {
    let slot = &mark.slot;
    let Some(found) = find(connection, slot).await? else {
        return Err(CaptureError::resync(format!(
            "the slot {slot} is gone: copy the tables afresh"
        )));
    };
    if !found.ours {
        return Err(CaptureError::stop(format!(
            "the slot {slot} belongs to another database or plugin"
        )));
    }
    if found.wal_status.as_deref() == Some("lost") {
        return Err(CaptureError::resync(format!(
            "PostgreSQL has dropped the log of the slot {slot}: copy the tables afresh"
        )));
    }
    match found.confirmed {
        Some(at) if at > mark.lsn => Err(CaptureError::resync(format!(
            "the slot {slot} stands at {at}, the warehouse at {}: changes between them are lost; copy the tables afresh",
            mark.lsn
        ))),
        _ => Ok(()),
    }
}

/// Drops the slot if it is there; a capture that holds it is an error.
pub(crate) async fn drop(connection: &mut PgConnection, slot: &str) -> Result<(), CaptureError> {
    if find(connection, slot).await?.is_some() {
        sqlx::query("select pg_drop_replication_slot($1)").bind(slot).execute(connection).await?;
    }
    Ok(())
}

/// A new slot, and the snapshot that shows the tables exactly as they are where its stream begins.
pub(crate) struct Created {
    pub(crate) point: Lsn,
    pub(crate) snapshot: String,
}

/// Makes the slot. The snapshot lives until the session of `client` is used again.
pub(crate) async fn create(
    client: &mut ReplicationClient,
    slot: &str,
) -> Result<Created, CaptureError> {
    // No timeout may end the session, and its snapshot, during a long copy.
    client.simple_query("set idle_session_timeout = 0").await?;
    client.simple_query("set idle_in_transaction_session_timeout = 0").await?;
    let sql = format!("CREATE_REPLICATION_SLOT {slot} LOGICAL pgoutput (SNAPSHOT 'export')");
    let reply = client.simple_query(&sql).await?;
    let text = |at: usize| {
        let value = reply.first().and_then(|row| row.get(at)?.as_ref());
        value.map(|v| String::from_utf8_lossy(v).into_owned())
    };
    match (text(1), text(2)) {
        (Some(point), Some(snapshot)) => Ok(Created { point: lsn(&point)?, snapshot }),
        _ => Err(CaptureError::stop("PostgreSQL made a slot without a snapshot")),
    }
}

/// Begins a transaction that reads what the exported snapshot shows.
pub(crate) async fn enter(
    connection: &mut PgConnection,
    snapshot: &str,
) -> Result<(), CaptureError> {
    for sql in [
        "set idle_in_transaction_session_timeout = 0".to_owned(),
        "set statement_timeout = 0".to_owned(),
        // Sorting the first copy in memory, as far as it goes.
        "set work_mem = '128MB'".to_owned(),
        "begin isolation level repeatable read read only".to_owned(),
        // A name that PostgreSQL gave: hexadecimal digits and dashes.
        format!("set transaction snapshot '{snapshot}'"),
    ] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Reads a position that PostgreSQL wrote.
pub(crate) fn lsn(text: &str) -> Result<Lsn, CaptureError> {
    text.parse().map_err(CaptureError::stop)
}
