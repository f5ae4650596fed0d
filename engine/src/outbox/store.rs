//! The outbox' questions to the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::message::{Due, Message};
use crate::database::known;

/// Claims messages until a moment, skipping what others are claiming.
pub(super) async fn claim(
    connection: &mut PgConnection,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
    most: i64,
) -> Result<Vec<Message>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        with due as (
            select outbox_id from outbox_due where not is_dead and due_at <= $1
            order by due_at, outbox_id limit $3 for update skip locked
        ), claimed as (
            update outbox_due o set due_at = $2, attempts = o.attempts + 1 from due where due.outbox_id = o.outbox_id
            returning o.outbox_id, o.attempts
        )
        select o.id, o.topic as "topic: String", o.key, o.body, c.attempts from outbox o join claimed c on c.outbox_id = o.id order by o.id
        "#,
        now,
        until,
        most
    )
    .fetch_all(connection)
    .await?;
    let message = rows.into_iter().map(|r| Message {
        id: r.id,
        topic: known(&r.topic),
        key: r.key,
        body: r.body,
        attempts: r.attempts,
    });
    Ok(message.collect())
}

/// Notes that the counterpart has a message; one that it took twice is noted once.
pub(super) async fn taken(
    connection: &mut PgConnection,
    message: i64,
    answer: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into outbox_delivery (outbox_id, answer, at) values ($1, $2, $3) on conflict do nothing",
        message,
        answer,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts a message off, or gives it up.
pub(super) async fn put_off(
    connection: &mut PgConnection,
    message: i64,
    (due_at, is_dead): (DateTime<Utc>, bool),
    trouble: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update outbox_due set due_at = $2, is_dead = $3, trouble = $4 where outbox_id = $1",
        message,
        due_at,
        is_dead,
        trouble
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was given up.
pub(super) async fn dead(connection: &mut PgConnection) -> Result<Vec<Due>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select o.id, o.topic as "topic: String", o.key, o.body, d.attempts, d.trouble
        from outbox_due d join outbox o on o.id = d.outbox_id where d.is_dead order by o.id limit 1000"#
    )
    .fetch_all(connection)
    .await?;
    let due = rows.into_iter().map(|r| Due {
        message: Message {
            id: r.id,
            topic: known(&r.topic),
            key: r.key,
            body: r.body,
            attempts: r.attempts,
        },
        trouble: r.trouble,
    });
    Ok(due.collect())
}

/// Makes what was given up due again.
pub(super) async fn revive(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<u64, sqlx::Error> {
    let revived = sqlx::query!(
        "update outbox_due set is_dead = false, attempts = 0, due_at = $1 where is_dead",
        now
    )
    .execute(connection)
    .await?;
    Ok(revived.rows_affected())
}
