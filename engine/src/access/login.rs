//! Logging in. 登录

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgPool;
use terms::Clock;
use tokio::sync::Semaphore;

use super::account::User;
use super::{password, session, store};
use crate::database::in_own_task;

/// Failures that lock an account.
const FAILURES_MAX: i32 = 5;
/// How long it stays locked.
const LOCK: TimeDelta = TimeDelta::minutes(15);
/// Hashes at a time: each takes 19 MiB and a core.
const AT_A_TIME: usize = 2;
/// A login name that is not even looked up.
const LOGIN_MAX_CHARS: usize = 40;
/// A pass word that is not even hashed.
const PASSWORD_MAX_BYTES: usize = 1024;

/// The gate of the log-in page: few pass words are hashed at a time, whatever the crowd.
#[derive(Debug, Clone)]
pub struct Logins {
    gate: Arc<Semaphore>,
}

/// A person who has logged in.
#[derive(Debug, Clone)]
pub struct Session {
    /// Secret of the browser, 64 hexadecimal digits; only its hash is stored.
    pub token: String,
    /// Goes with every form that writes.
    pub csrf: String,
    /// Who it is.
    pub user: User,
}

/// Why a log-in was refused.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// Wrong name or wrong pass word: nobody is told which.
    #[error("登录名或口令不正确")]
    Wrong,
    /// Too many failures.
    #[error("连续登录失败次数过多，账号已锁定15分钟，请稍后再试")]
    Locked {
        /// When the lock ends.
        until: DateTime<Utc>,
    },
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[from] sqlx::Error),
}

impl Default for Logins {
    fn default() -> Self {
        Self::new()
    }
}

impl Logins {
    /// A gate for one process.
    pub fn new() -> Self {
        Self { gate: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// Opens a session for whoever knows the pass word. An unknown name takes as long as a known one.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn login(
        &self,
        pool: &PgPool,
        clock: &dyn Clock,
        login: &str,
        password: &str,
    ) -> Result<Session, LoginError> {
        if login.chars().count() > LOGIN_MAX_CHARS || password.len() > PASSWORD_MAX_BYTES {
            return Err(LoginError::Wrong);
        }
        let (gate, now) = (self.clone(), clock.now());
        let (pool, login, password) = (pool.clone(), login.to_owned(), password.to_owned());
        in_own_task(async move { gate.open(&pool, now, &login, password).await }).await
    }

    async fn open(
        &self,
        pool: &PgPool,
        now: DateTime<Utc>,
        login: &str,
        password: String,
    ) -> Result<Session, LoginError> {
        let found = store::credential(&mut *pool.acquire().await?, login).await?;
        if let Some(until) = found.as_ref().and_then(|c| c.locked_until).filter(|t| *t > now) {
            return Err(LoginError::Locked { until });
        }
        let phc = found.as_ref().map(|c| c.password_hash.clone());
        let right = self.verify(password, phc).await;
        let Some(credential) = found else { return Err(LoginError::Wrong) };

        let mut conn = pool.acquire().await?;
        if !right {
            let locked =
                store::failed(&mut conn, credential.user.id, FAILURES_MAX, now + LOCK).await?;
            return Err(locked.map_or(LoginError::Wrong, |until| LoginError::Locked { until }));
        }
        let (token, csrf) = (session::secret(), session::secret());
        let expires = now + session::LIFE;
        let hash = session::stored(&token);
        store::open_session(&mut conn, &hash, credential.user.id, &csrf, now, expires).await?;
        Ok(Session { token, csrf, user: credential.user })
    }

    /// Compares in a thread that may block; without a hash it compares with one that fits nothing.
    async fn verify(&self, password: String, phc: Option<String>) -> bool {
        static NOBODYS: OnceLock<String> = OnceLock::new();
        let Ok(_permit) = self.gate.acquire().await else { return false };
        let verified = tokio::task::spawn_blocking(move || {
            let nobodys =
                NOBODYS.get_or_init(|| password::hash(&session::secret()).unwrap_or_default());
            let known = phc.is_some();
            password::verify(&password, phc.as_ref().unwrap_or(nobodys)) && known
        });
        verified.await.unwrap_or(false)
    }
}
