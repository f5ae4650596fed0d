//! Sessions, by the hash of their token.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::UserId;

use super::people::UserRow;
use crate::access::account::User;
use crate::access::session::Signed;

/// A live session.
pub(in crate::access) struct Open {
    pub(in crate::access) signed: Signed,
    pub(in crate::access) created: DateTime<Utc>,
    pub(in crate::access) expires: DateTime<Utc>,
}

/// The live session of a token.
pub(in crate::access) async fn signed(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Open>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select p.id as "id!", p.login as "login!", p.name as "name!", p.role as "role!", p.outlet_id, p.outlet_name,
            p.town_id, p.town_name, p.at_outlet as "at_outlet!", p.fees, p.rights as "rights!",
            s.csrf, s.created_at, s.expires_at
        from session s join person p on p.id = s.user_id
        where s.token_hash = $1 and s.expires_at > $2 and p.active
        "#,
        token_hash,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| {
        let user = UserRow {
            id: r.id,
            login: r.login,
            name: r.name,
            role: r.role,
            outlet_id: r.outlet_id,
            outlet_name: r.outlet_name,
            town_id: r.town_id,
            town_name: r.town_name,
            at_outlet: r.at_outlet,
            fees: r.fees,
            rights: r.rights,
        };
        Open {
            signed: Signed { user: User::from(user), csrf: r.csrf },
            created: r.created_at,
            expires: r.expires_at,
        }
    }))
}

/// Opens a session.
pub(in crate::access) async fn open_session(
    conn: &mut PgConnection,
    token_hash: &[u8],
    user: UserId,
    csrf: &str,
    now: DateTime<Utc>,
    expires: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into session (token_hash, user_id, csrf, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        token_hash,
        user.0,
        csrf,
        now,
        expires
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves the end of a session.
pub(in crate::access) async fn extend(
    conn: &mut PgConnection,
    token_hash: &[u8],
    expires: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update session set expires_at = $2 where token_hash = $1", token_hash, expires)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a session; gives whose it was.
pub(in crate::access) async fn close_session(
    conn: &mut PgConnection,
    token_hash: &[u8],
) -> Result<Option<(UserId, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "delete from session s using app_user u where s.token_hash = $1 and u.id = s.user_id
        returning u.id, u.login",
        token_hash
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (UserId(r.id), r.login)))
}

/// Drops the sessions that ended by themselves.
pub(in crate::access) async fn sweep_sessions(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where expires_at <= $1", now).execute(conn).await?;
    Ok(())
}

/// Ends all sessions of a person.
pub(in crate::access) async fn end_sessions(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where user_id = $1", user.0).execute(conn).await?;
    Ok(())
}
