//! People who may log in, and what they did. 用户、操作日志

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use terms::{OutletId, Role, TownId, UserId};

use super::{WeakPassword, password, store};
use crate::database::{broken_constraint, in_own_task};

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
    /// No such person.
    #[error("用户不存在")]
    Unknown,
    /// The pass word could not be hashed.
    #[error("口令处理失败，请重试")]
    Hash,
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[source] sqlx::Error),
}

/// Enters a person.
///
/// # Errors
/// See [`CreateUserError`].
pub async fn create_user(pool: &PgPool, new: NewUser) -> Result<UserId, CreateUserError> {
    let phc = match &new.password {
        Some(password) => Some(hashed(&new.login, password.clone()).await?),
        None => None,
    };
    let pool = pool.clone();
    in_own_task(async move {
        let mut conn = pool.acquire().await?;
        Ok(store::create_user(&mut conn, &new, phc.as_deref()).await?)
    })
    .await
}

/// Gives a person another pass word, lifts a lock, and ends the person's sessions.
///
/// # Errors
/// See [`CreateUserError`].
pub async fn set_password(
    pool: &PgPool,
    login: &str,
    password: &str,
) -> Result<(), CreateUserError> {
    let phc = hashed(login, password.to_owned()).await?;
    let (pool, login) = (pool.clone(), login.to_owned());
    in_own_task(async move {
        let mut conn = pool.acquire().await?;
        let known = store::set_password(&mut conn, &login, &phc).await?;
        if known { Ok(()) } else { Err(CreateUserError::Unknown) }
    })
    .await
}

/// Every active person, by login name.
///
/// # Errors
/// The database cannot answer.
pub async fn users(conn: &mut PgConnection) -> Result<Vec<User>, sqlx::Error> {
    store::users(conn).await
}

/// Notes in the operation log that a person did something; it joins the caller's transaction.
///
/// # Errors
/// The database fails; what was to be noted must then not happen.
pub async fn log(
    conn: &mut PgConnection,
    user: Option<UserId>,
    action: &str,
    subject: &str,
    at: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    store::log(conn, user, action, subject, at).await
}

async fn hashed(login: &str, password: String) -> Result<String, CreateUserError> {
    password::check(login, &password)?;
    tokio::task::spawn_blocking(move || password::hash(&password))
        .await
        .map_err(|_| CreateUserError::Hash)?
        .map_err(|_| CreateUserError::Hash)
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
