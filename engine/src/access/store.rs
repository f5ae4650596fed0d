//! Access control's questions to the database.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{OutletId, Role, TownId, UserId};

use super::account::{NewUser, Person, Place, User};
use super::act::Act;
use super::session::Signed;
use crate::database::known;

/// What a log-in is compared with.
pub(super) struct Credential {
    pub(super) user: User,
    pub(super) password_hash: String,
}

/// A live session.
pub(super) struct Open {
    pub(super) signed: Signed,
    pub(super) created: DateTime<Utc>,
    pub(super) expires: DateTime<Utc>,
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
        on conflict (user_id) do update set password_hash = excluded.password_hash",
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
            t.short_name as "town_name?", c.password_hash
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
    }))
}

/// Counts a try, under its row's lock; a count that began before `since` begins anew.
pub(super) async fn take_attempt(
    conn: &mut PgConnection,
    who: &str,
    now: DateTime<Utc>,
    since: DateTime<Utc>,
) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into login_attempt as a (who, since, attempts) values ($1, $2, 1)
        on conflict (who) do update set
            attempts = case when a.since <= $3 then 1 else a.attempts + 1 end,
            since = case when a.since <= $3 then $2 else a.since end
        returning attempts",
        who,
        now,
        since
    )
    .fetch_one(conn)
    .await
}

/// A try was right: it does not count.
pub(super) async fn give_back_attempt(
    conn: &mut PgConnection,
    who: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update login_attempt set attempts = greatest(attempts - 1, 0) where who = $1",
        who
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Drops counts that no longer count; those that somebody holds wait for the next sweep.
pub(super) async fn forget_attempts(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from login_attempt where who in (
            select who from login_attempt where since <= $1 limit 100 for update skip locked
        )",
        since
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// True where the login's person has logged in at an address after `since`.
pub(super) async fn has_been(
    conn: &mut PgConnection,
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
    .fetch_one(conn)
    .await
}

/// Notes that a person is at home at an address.
pub(super) async fn note_place(
    conn: &mut PgConnection,
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
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens a session.
pub(super) async fn open_session(
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

/// The live session of a token.
pub(super) async fn signed(
    conn: &mut PgConnection,
    token_hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Open>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        select u.id, u.login, u.name, u.role, u.outlet_id, o.name as "outlet_name?", u.town_id,
            t.short_name as "town_name?", s.csrf, s.created_at, s.expires_at
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
        Open {
            signed: Signed { user: user.into(), csrf: r.csrf },
            created: r.created_at,
            expires: r.expires_at,
        }
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

/// Ends a session; gives whose it was.
pub(super) async fn close_session(
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
pub(super) async fn sweep_sessions(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where expires_at <= $1", now).execute(conn).await?;
    Ok(())
}

/// Ends all sessions of a person.
pub(super) async fn end_sessions(conn: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from session where user_id = $1", user.0).execute(conn).await?;
    Ok(())
}

/// Everybody, active or not, and whether they have a pass word.
pub(super) async fn people(conn: &mut PgConnection) -> Result<Vec<Person>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        select u.id, u.login, u.name, u.role, u.outlet_id, o.name as "outlet_name?", u.town_id,
            t.short_name as "town_name?", u.active, c.user_id is not null as "may_log_in!",
            (select max(p.last_at) from login_place p where p.user_id = u.id) as last_seen
        from app_user u left join credential c on c.user_id = u.id
        left join organisation o on o.id = u.outlet_id left join town t on t.id = u.town_id
        order by u.login
        "#
    )
    .fetch_all(conn)
    .await?;
    let person = rows.into_iter().map(|r| Person {
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
        active: r.active,
        may_log_in: r.may_log_in,
        last_seen: r.last_seen,
    });
    Ok(person.collect())
}

/// The person of a login, locked until the transaction ends.
pub(super) async fn lock_user(
    conn: &mut PgConnection,
    login: &str,
) -> Result<Option<(UserId, String, bool)>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, role, active from app_user where login = $1 for no key update",
        login
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (UserId(r.id), r.role, r.active)))
}

/// Active administrators beside one person, who can log in.
pub(super) async fn other_administrators(
    conn: &mut PgConnection,
    user: UserId,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        select count(*) as "count!" from app_user u join credential c on c.user_id = u.id
        where u.active and u.role = 'administrator' and u.id <> $1
        "#,
        user.0
    )
    .fetch_one(conn)
    .await
}

/// Lets a person in, or no longer.
pub(super) async fn set_active(
    conn: &mut PgConnection,
    user: UserId,
    active: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update app_user set active = $2 where id = $1", user.0, active)
        .execute(conn)
        .await?;
    Ok(())
}

/// Gives a person another role and place.
pub(super) async fn set_role(
    conn: &mut PgConnection,
    user: UserId,
    role: Role,
    place: Place,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update app_user set role = $2, outlet_id = $3, town_id = $4 where id = $1",
        user.0,
        role.code(),
        place.outlet.map(|o| o.0),
        place.town.map(|t| t.0)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The hash of a person's pass word.
pub(super) async fn password_of(
    conn: &mut PgConnection,
    login: &str,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select c.password_hash from app_user u join credential c on c.user_id = u.id
        where u.login = $1 and u.active",
        login
    )
    .fetch_optional(conn)
    .await
}

/// Notes an act.
pub(super) async fn mark(
    conn: &mut PgConnection,
    act: &Act,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into operation_log (user_id, action, subject, details, at) values ($1, $2, $3, $4, $5)",
        act.by.map(|u| u.0),
        act.action.code(),
        act.subject,
        act.details,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The outlet and the town of a name each.
pub(super) async fn place_named(
    conn: &mut PgConnection,
    outlet: Option<&str>,
    town: Option<&str>,
) -> Result<Place, sqlx::Error> {
    let row = sqlx::query!(
        "select (select min(id) from organisation where name = $1) as outlet,
            (select min(id) from town where short_name = $2 or name = $2) as town",
        outlet,
        town
    )
    .fetch_one(conn)
    .await?;
    Ok(Place { outlet: row.outlet.map(OutletId), town: row.town.map(TownId) })
}
