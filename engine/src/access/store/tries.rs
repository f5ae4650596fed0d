//! Tries to log in, and where people have been.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::UserId;

/// Counts a try, under its row's lock; a count that began before `since` begins anew.
pub(in crate::access) async fn take_attempt(
    connection: &mut PgConnection,
    who: &str,
    now: DateTime<Utc>,
    since: DateTime<Utc>,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into login_attempt as a (who, since, attempts) values ($1, $2, 1)
        on conflict (who) do update set
            attempts = case when a.since <= $3 then 1 else a.attempts + 1 end,
            since = case when a.since <= $3 then $2 else a.since end,
            told = a.told and a.since > $3
        returning attempts",
        who,
        now,
        since
    )
    .fetch_one(connection)
    .await
}

/// Somebody is refused for too many tries: true where nobody was, since the first of them.
pub(in crate::access) async fn suspend_attempts(
    connection: &mut PgConnection,
    who: &str,
) -> Result<bool, sqlx::Error> {
    let first =
        sqlx::query!("update login_attempt set told = true where who = $1 and not told", who)
            .execute(connection)
            .await?;
    Ok(first.rows_affected() > 0)
}

/// A try was right: it does not count.
pub(in crate::access) async fn give_back_attempt(
    connection: &mut PgConnection,
    who: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update login_attempt set attempts = greatest(attempts - 1, 0) where who = $1",
        who
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Drops counts that no longer count; those that somebody holds wait for the next sweep.
pub(in crate::access) async fn forget_attempts(
    connection: &mut PgConnection,
    since: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from login_attempt where who in (
            select who from login_attempt where since <= $1 limit 100 for update skip locked
        )",
        since
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// True where the login's person has logged in at an address after `since`.
pub(in crate::access) async fn has_been(
    connection: &mut PgConnection,
    login: &str,
    address: &str,
    since: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select exists (
            select from login_place p join app_user u on u.id = p.user_id
            where u.login = $1 and p.address = $2 and p.last_at > $3
        ) as "been!"
        "#,
        login,
        address,
        since
    )
    .fetch_one(connection)
    .await
}

/// Notes that a person is at home at an address.
pub(in crate::access) async fn note_place(
    connection: &mut PgConnection,
    user: UserId,
    address: &str,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into login_place (user_id, address, last_at) values ($1, $2, $3)
        on conflict (user_id, address) do update set last_at = excluded.last_at",
        user.0,
        address,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Drops the counts that keep a login out: those of its pairs, and its own.
pub(in crate::access) async fn forget_attempts_of(
    connection: &mut PgConnection,
    login: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from login_attempt where split_part(who, ' ', 2) = $1", login)
        .execute(connection)
        .await?;
    Ok(())
}
