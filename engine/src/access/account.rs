//! People who may log in. 用户

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, OutletId, Role, SystemClock, TownId, UserId};

use super::act::{Act, Action};
use super::{WeakPassword, password, store};
use crate::database::{broken_constraint, write};

/// A person who may log in. 用户
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// The person.
    pub id: UserId,
    /// Login name.
    pub login: String,
    /// Name that others read.
    pub name: String,
    /// What the person does here.
    pub role: Role,
    /// The outlet of a clerk.
    pub outlet: Option<OutletId>,
    /// Its name.
    pub outlet_name: Option<String>,
    /// The town that the person is limited to; none sees the whole city.
    pub town: Option<TownId>,
    /// Its short name.
    pub town_name: Option<String>,
}

/// A person to be entered.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Login name: 2 to 40 of a–z, 0–9, dot, dash, underscore.
    pub login: String,
    /// Name that others read.
    pub name: String,
    /// What the person does here.
    pub role: Role,
    /// The outlet; a clerk needs one.
    pub outlet: Option<OutletId>,
    /// The town that the person is limited to.
    pub town: Option<TownId>,
    /// The pass word; without one the person cannot log in.
    pub password: Option<String>,
}

/// Why a person was not entered, or a pass word not changed.
#[derive(Debug, thiserror::Error)]
pub enum CreateUserError {
    /// The pass word breaks a rule.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// Someone has the login name.
    #[error("登录名已被使用")]
    LoginTaken,
    /// Login name, name, outlet or town make no sense together.
    #[error("登录名须为2至40位小写字母、数字、点、横线，收费员须指定网点，网点和镇街须存在")]
    Invalid,
    /// The pass word could not be hashed.
    #[error("口令处理失败，请重试")]
    Hash,
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[source] sqlx::Error),
}

/// Where a person works: a clerk at an outlet, others in a town or in the whole city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The outlet; a clerk needs one.
    pub outlet: Option<OutletId>,
    /// The town that the person is limited to.
    pub town: Option<TownId>,
}

/// A person as those see it who keep the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Who it is.
    #[serde(flatten)]
    pub user: User,
    /// False for a person who is let in no longer.
    pub active: bool,
    /// True where there is a pass word.
    pub may_log_in: bool,
    /// The last log-in, where there was one.
    pub last_seen: Option<DateTime<Utc>>,
}

/// Why a person was not changed.
#[derive(Debug, thiserror::Error)]
pub enum AdministerError {
    /// No such person.
    #[error("用户不存在")]
    Unknown,
    /// Nobody would be left to let anybody in.
    #[error("这是最后一位可登录的系统管理员，不能停用或改任")]
    LastAdministrator,
    /// The pass word breaks a rule.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// Role and place make no sense together.
    #[error("收费员须指定网点，网点和镇街须存在")]
    Invalid,
    /// The pass word could not be hashed.
    #[error("口令处理失败，请重试")]
    Hash,
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[source] sqlx::Error),
}

/// Enters a person, as a program does that makes a whole city: on nobody's behalf.
///
/// # Errors
/// See [`CreateUserError`].
pub async fn create_user(pool: &PgPool, new: NewUser) -> Result<UserId, CreateUserError> {
    add_user(pool, &SystemClock, None, new).await
}

/// Enters a person on behalf of an administrator, or of whoever keeps the machine.
///
/// # Errors
/// See [`CreateUserError`].
pub async fn add_user(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    new: NewUser,
) -> Result<UserId, CreateUserError> {
    let phc = match &new.password {
        Some(password) => Some(hashed(&new.login, password.clone()).await?),
        None => None,
    };
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let id = store::create_user(&mut tx, &new, phc.as_deref()).await?;
        let place = json!({ "role": new.role, "outlet": new.outlet, "town": new.town });
        store::mark(&mut tx, &Act::new(Action::AddUser, by, &new.login).with(place), now).await?;
        tx.commit().await?;
        Ok(id)
    })
    .await
}

/// Gives a person another pass word, on nobody's behalf.
///
/// # Errors
/// See [`AdministerError`].
pub async fn set_password(
    pool: &PgPool,
    login: &str,
    password: &str,
) -> Result<(), AdministerError> {
    change_password(pool, &SystemClock, None, login, password).await
}

/// Gives a person another pass word, and ends the person's sessions.
///
/// # Errors
/// See [`AdministerError`].
pub async fn change_password(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
    password: &str,
) -> Result<(), AdministerError> {
    let phc = hashed(login, password.to_owned()).await?;
    let (now, login) = (clock.now(), login.to_owned());
    write(pool, move |mut tx| async move {
        if !store::set_password(&mut tx, &login, &phc).await? {
            return Err(AdministerError::Unknown);
        }
        store::mark(&mut tx, &Act::new(Action::SetPassword, by, &login), now).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Lets a person in no longer, and ends the person's sessions.
///
/// # Errors
/// See [`AdministerError`].
pub async fn disable_user(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
) -> Result<(), AdministerError> {
    change(pool, clock, Change { by, login: login.to_owned(), to: To::Active(false) }).await
}

/// Lets a person in again; sessions of old stay ended.
///
/// # Errors
/// See [`AdministerError`].
pub async fn enable_user(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
) -> Result<(), AdministerError> {
    change(pool, clock, Change { by, login: login.to_owned(), to: To::Active(true) }).await
}

/// Gives a person another role and place, and ends the person's sessions.
///
/// # Errors
/// See [`AdministerError`].
pub async fn set_role(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
    role: Role,
    place: Place,
) -> Result<(), AdministerError> {
    change(pool, clock, Change { by, login: login.to_owned(), to: To::Role(role, place) }).await
}

struct Change {
    by: Option<UserId>,
    login: String,
    to: To,
}

#[derive(Clone, Copy)]
enum To {
    Active(bool),
    Role(Role, Place),
}

async fn change(pool: &PgPool, clock: &dyn Clock, order: Change) -> Result<(), AdministerError> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let found = store::lock_user(&mut tx, &order.login).await?;
        let (user, role, active) = found.ok_or(AdministerError::Unknown)?;
        let leaves = match order.to {
            To::Active(active) => !active,
            To::Role(role, _) => role != Role::Administrator,
        };
        let was_administrator = active && role == Role::Administrator.code();
        if leaves && was_administrator && store::other_administrators(&mut tx, user).await? == 0 {
            return Err(AdministerError::LastAdministrator);
        }
        let act = match order.to {
            To::Active(active) => {
                store::set_active(&mut tx, user, active).await?;
                let action = if active { Action::EnableUser } else { Action::DisableUser };
                Act::new(action, order.by, &order.login)
            }
            To::Role(to, place) => {
                store::set_role(&mut tx, user, to, place).await?;
                let details =
                    json!({ "from": role, "to": to, "outlet": place.outlet, "town": place.town });
                Act::new(Action::SetRole, order.by, &order.login).with(details)
            }
        };
        store::end_sessions(&mut tx, user).await?;
        store::mark(&mut tx, &act, now).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Everybody, by login name.
///
/// # Errors
/// The database cannot answer.
pub async fn people(conn: &mut PgConnection) -> Result<Vec<Person>, sqlx::Error> {
    store::people(conn).await
}

/// The place of the names given: an outlet by its name, a town by its short one; none where a name is unknown.
///
/// # Errors
/// The database cannot answer.
pub async fn place_named(
    conn: &mut PgConnection,
    outlet: Option<&str>,
    town: Option<&str>,
) -> Result<Option<Place>, sqlx::Error> {
    let place = store::place_named(conn, outlet, town).await?;
    let is_whole =
        outlet.is_some() == place.outlet.is_some() && town.is_some() == place.town.is_some();
    Ok(is_whole.then_some(place))
}

/// True where an active person's pass word is this one.
///
/// # Errors
/// The database cannot answer.
pub async fn has_password(
    conn: &mut PgConnection,
    login: &str,
    password: &str,
) -> Result<bool, sqlx::Error> {
    let Some(phc) = store::password_of(conn, login).await? else { return Ok(false) };
    let password = password.to_owned();
    let verified = tokio::task::spawn_blocking(move || password::verify(&password, &phc)).await;
    Ok(verified.unwrap_or(false))
}

/// Every active person, by login name.
///
/// # Errors
/// The database cannot answer.
pub async fn users(conn: &mut PgConnection) -> Result<Vec<User>, sqlx::Error> {
    store::users(conn).await
}

async fn hashed(login: &str, password: String) -> Result<String, Unhashed> {
    password::check(login, &password)?;
    tokio::task::spawn_blocking(move || password::hash(&password))
        .await
        .map_err(|_| Unhashed::Hash)?
        .map_err(|_| Unhashed::Hash)
}

/// Why a pass word did not become a hash.
enum Unhashed {
    Weak(WeakPassword),
    Hash,
}

impl From<WeakPassword> for Unhashed {
    fn from(weak: WeakPassword) -> Self {
        Self::Weak(weak)
    }
}

impl From<Unhashed> for CreateUserError {
    fn from(error: Unhashed) -> Self {
        match error {
            Unhashed::Weak(weak) => Self::Weak(weak),
            Unhashed::Hash => Self::Hash,
        }
    }
}

impl From<Unhashed> for AdministerError {
    fn from(error: Unhashed) -> Self {
        match error {
            Unhashed::Weak(weak) => Self::Weak(weak),
            Unhashed::Hash => Self::Hash,
        }
    }
}

impl From<sqlx::Error> for AdministerError {
    fn from(error: sqlx::Error) -> Self {
        let is_refusal = error
            .as_database_error()
            .is_some_and(|e| e.is_check_violation() || e.is_foreign_key_violation());
        if is_refusal { Self::Invalid } else { Self::Database(error) }
    }
}

impl From<sqlx::Error> for CreateUserError {
    fn from(error: sqlx::Error) -> Self {
        let is_refusal = error
            .as_database_error()
            .is_some_and(|e| e.is_check_violation() || e.is_foreign_key_violation());
        match broken_constraint(&error) {
            Some("app_user_login_key") => Self::LoginTaken,
            _ if is_refusal => Self::Invalid,
            _ => Self::Database(error),
        }
    }
}
