//! Sessions, by the hash of their token.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::UserId;

use super::people::{of_people, user_in};
use crate::access::person::Signed;

/// A live session.
pub(in crate::access) struct Open {
    pub(in crate::access) signed: Signed,
    pub(in crate::access) created: DateTime<Utc>,
    pub(in crate::access) expires: DateTime<Utc>,
}

/// The live session of a token.
pub(in crate::access) async fn signed(
    connection: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Open>, sqlx::Error> {
    let row = of_people!(
        ", s.csrf, s.created_at, s.expires_at",
        "session s join person p on p.id = s.user_id where s.token_hash = $1 and s.expires_at > $2 and p.active",
        token_hash,
        now
    );
    Ok(row.fetch_optional(connection).await?.map(|row| Open {
        created: row.created_at,
        expires: row.expires_at,
        signed: Signed { csrf: row.csrf, user: user_in!(row) },
    }))
}

/// Opens a session for whoever knew the pass word of this hash, which stands until the transaction ends; false where it
/// was changed meanwhile.
pub(in crate::access) async fn open_session(
    connection: &mut PgConnection,
    (token_hash, csrf): (&[u8], &str),
    (user, phc): (UserId, &str),
    now: DateTime<Utc>,
    expires: DateTime<Utc>,
) -> Result<bool, sqlx::Error> {
    let opened = sqlx::query!(
        "with known as materialized (
            select user_id from credential where user_id = $2 and password_hash = $6 for share
        )
        insert into session (token_hash, user_id, csrf, created_at, expires_at)
        select $1, user_id, $3, $4, $5 from known",
        token_hash,
        user.0,
        csrf,
        now,
        expires,
        phc
    )
    .execute(connection)
    .await?;
    Ok(opened.rows_affected() == 1)
}

/// Moves the end of a session.
pub(in crate::access) async fn extend(
    connection: &mut PgConnection,
    token_hash: &[u8],
    expires: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update session set expires_at = $2 where token_hash = $1", token_hash, expires)
        .execute(connection)
        .await?;
    Ok(())
}

/// Ends a session; gives whose it was.
pub(in crate::access) async fn close_session(
    connection: &mut PgConnection,
    token_hash: &[u8],
) -> Result<Option<(UserId, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "delete from session s using app_user u where s.token_hash = $1 and u.id = s.user_id
        returning u.id, u.login",
        token_hash
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|r| (UserId(r.id), r.login)))
}

/// Drops the sessions that ended by themselves.
pub(in crate::access) async fn sweep_sessions(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where expires_at <= $1", now).execute(connection).await?;
    Ok(())
}

/// Ends all sessions of a person.
pub(in crate::access) async fn end_sessions(
    connection: &mut PgConnection,
    user: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where user_id = $1", user.0).execute(connection).await?;
    Ok(())
}
