//! Access control's questions to the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{OutletId, TownId, UserId};

use super::account::{NewUser, User};
use super::session::Signed;
use crate::database::known;

/// What a log-in is compared with.
pub(super) struct Credential {
    pub(super) user: User,
    pub(super) password_hash: String,
    pub(super) locked_until: Option<DateTime<Utc>>,
}

/// A person as the joins below give it.
struct UserRow {
    id: i32,
    login: String,
    name: String,
    role: String,
    outlet_id: Option<i32>,
    outlet_name: Option<String>,
    town_id: Option<i32>,
    town_name: Option<String>,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: UserId(row.id),
            login: row.login,
            name: row.name,
            role: known(&row.role),
            outlet: row.outlet_id.map(OutletId),
            outlet_name: row.outlet_name,
            town: row.town_id.map(TownId),
            town_name: row.town_name,
        }
    }
}

/// Enters a person, with a credential where there is a pass word.
pub(super) async fn create_user(
    conn: &mut PgConnection,
    new: &NewUser,
    phc: Option<&str>,
) -> Result<UserId, sqlx::Error> {
    let id = sqlx::query_scalar!(
        r#"
        with entered as (
            insert into app_user (login, name, role, outlet_id, town_id) values ($1, $2, $3::text, $4, $5) returning id
        ), secured as (
            insert into credential (user_id, password_hash) select id, $6 from entered where $6::text is not null
        )
        select id as "id!" from entered
        "#,
        new.login,
        new.name,
        new.role.code(),
        new.outlet.map(|o| o.0),
        new.town.map(|t| t.0),
        phc
    )
    .fetch_one(conn)
    .await?;
    Ok(UserId(id))
}

/// Replaces a pass word; false where nobody has the login name.
pub(super) async fn set_password(
    conn: &mut PgConnection,
    login: &str,
    phc: &str,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "with person as (
            select id from app_user where login = $1
        ), ended as (
            delete from session using person where session.user_id = person.id
        )
        insert into credential (user_id, password_hash) select id, $2 from person
        on conflict (user_id) do update set password_hash = excluded.password_hash, failures = 0, locked_until = null",
        login,
        phc
    )
    .execute(conn)
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Every active person.
pub(super) async fn users(conn: &mut PgConnection) -> Result<Vec<User>, sqlx::Error> {
    let rows = sqlx::query_as!(
        UserRow,
        r#"
        select u.id, u.login, u.name, u.role, u.outlet_id, o.name as "outlet_name?", u.town_id,
            t.short_name as "town_name?"
        from app_user u left join organisation o on o.id = u.outlet_id left join town t on t.id = u.town_id
        where u.active order by u.login
        "#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(User::from).collect())
}

/// What the log-in of an active person is compared with.
pub(super) async fn credential(
    conn: &mut PgConnection,
    login: &str,
) -> Result<Option<Credential>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select u.id, u.login, u.name, u.role, u.outlet_id, o.name as "outlet_name?", u.town_id,
            t.short_name as "town_name?", c.password_hash, c.locked_until
        from app_user u join credential c on c.user_id = u.id
        left join organisation o on o.id = u.outlet_id left join town t on t.id = u.town_id
        where u.active and u.login = $1
        "#,
        login
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| Credential {
        user: User::from(UserRow {
            id: r.id,
            login: r.login,
            name: r.name,
            role: r.role,
            outlet_id: r.outlet_id,
            outlet_name: r.outlet_name,
            town_id: r.town_id,
            town_name: r.town_name,
        }),
        password_hash: r.password_hash,
        locked_until: r.locked_until,
    }))
}

/// Counts a failure; the last one allowed locks the account, and the count begins anew.
pub(super) async fn failed(
    conn: &mut PgConnection,
    user: UserId,
    failures_max: i32,
    lock_until: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    sqlx::query_scalar!(
        "update credential set
            locked_until = case when failures + 1 >= $2 then $3::timestamptz end,
            failures = case when failures + 1 >= $2 then 0 else failures + 1 end
        where user_id = $1 returning locked_until",
        user.0,
        failures_max,
        lock_until
    )
    .fetch_one(conn)
    .await
}

/// Opens a session, and forgets failures.
pub(super) async fn open_session(
    conn: &mut PgConnection,
    token_hash: &[u8],
    user: UserId,
    csrf: &str,
    now: DateTime<Utc>,
    expires: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "with forgotten as (
            update credential set failures = 0, locked_until = null
            where user_id = $2 and (failures > 0 or locked_until is not null)
        )
        insert into session (token_hash, user_id, csrf, created_at, expires_at) values ($1, $2, $3, $4, $5)",
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

/// The person behind a live session, and when it ends.
pub(super) async fn signed(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<(Signed, DateTime<Utc>)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select u.id, u.login, u.name, u.role, u.outlet_id, o.name as "outlet_name?", u.town_id,
            t.short_name as "town_name?", s.csrf, s.expires_at
        from session s join app_user u on u.id = s.user_id
        left join organisation o on o.id = u.outlet_id left join town t on t.id = u.town_id
        where s.token_hash = $1 and s.expires_at > $2 and u.active
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
        };
        (Signed { user: user.into(), csrf: r.csrf }, r.expires_at)
    }))
}

/// Moves the end of a session.
pub(super) async fn extend(
    conn: &mut PgConnection,
    token_hash: &[u8],
    expires: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update session set expires_at = $2 where token_hash = $1", token_hash, expires)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a session, and those that ended by themselves.
pub(super) async fn close_session(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where token_hash = $1 or expires_at <= $2", token_hash, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Writes a line of the operation log.
pub(super) async fn log(
    conn: &mut PgConnection,
    user: Option<UserId>,
    action: &str,
    subject: &str,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into operation_log (user_id, action, subject, at) values ($1, left($2, 60), left($3, 200), $4)",
        user.map(|u| u.0),
        action,
        subject,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}
