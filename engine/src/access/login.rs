//! Logging in. 登录
//!
//! Every try is taken before its pass word is looked at, in the database, and given back if it was
//! right: tries that come together count as tries. An address may bring five wrong ones for a login and
//! a hundred for all; a login may get fifty from all addresses together. Neither of the last two shuts out
//! a person where that person has been before, so that nobody who guesses from afar, or tries many names
//! in the same hall, locks anybody out; the five of an address for a login do. Up to these bounds, whether
//! a login exists changes neither the answer nor its time.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgPool;
use terms::{Clock, UserId};
use tokio::sync::Semaphore;

use super::act::{Act, Action};
use super::person::User;
use super::session;
use super::{password, store};
use crate::database::{Tx, commit, in_own_task, write};

/// Wrong tries from one address for one login.
const TRIES_OF_A_PAIR: i32 = 5;
/// Wrong tries from one address; a hall of counters may share one.
const TRIES_OF_AN_ADDRESS: i32 = 100;
/// Wrong tries for one login from addresses where its person has not been.
const TRIES_OF_A_LOGIN: i32 = 50;
/// Tries are forgotten this long after the first of them.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// A person is at home at an address for this long after the last log-in there.
const PLACE_KEPT: TimeDelta = TimeDelta::days(90);
/// Hashes at a time: each takes 19 MiB and a core.
const AT_A_TIME: usize = 2;
/// Who may wait for a hash; each wait is some 20 ms, so the last in the queue waits a second.
const IN_THE_QUEUE: usize = 100;
/// A login name that is not even looked up.
const LOGIN_MAX_CHARS: usize = 40;
/// A pass word that is not even hashed.
const PASSWORD_MAX_BYTES: usize = 1024;

/// The gate of the log-in page: few pass words are hashed at a time, whatever the crowd.
#[derive(Debug, Clone)]
pub struct Logins {
    gate: Arc<Semaphore>,
    queue: Arc<Semaphore>,
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
    /// Too many wrong tries, whether or not there is such a login.
    #[error("登录失败次数过多，请15分钟后再试；仍不行请联系系统管理员")]
    TooMany,
    /// Too many people at the gate.
    #[error("登录人数过多，请稍候几秒再试")]
    Busy,
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[from] sqlx::Error),
}

/// One try.
#[derive(Clone)]
pub(super) struct Try {
    login: String,
    address: String,
    now: DateTime<Utc>,
}

impl Default for Logins {
    fn default() -> Self {
        Self::new()
    }
}

impl Logins {
    /// A gate for one process.
    pub fn new() -> Self {
        Self {
            gate: Arc::new(Semaphore::new(AT_A_TIME)),
            queue: Arc::new(Semaphore::new(IN_THE_QUEUE)),
        }
    }

    /// Opens a session for whoever knows the pass word. An unknown name takes as long as a known one.
    ///
    /// # Errors
    /// See [`LoginError`].
    pub async fn login(
        &self,
        pool: &PgPool,
        clock: &dyn Clock,
        address: IpAddr,
        login: &str,
        password: &str,
    ) -> Result<Session, LoginError> {
        let is_long =
            login.chars().count() > LOGIN_MAX_CHARS || password.len() > PASSWORD_MAX_BYTES;
        if is_long || login.contains('\0') {
            return Err(LoginError::Wrong);
        }
        let attempt = Try::new(login, address, clock.now());
        let (gate, pool, password) = (self.clone(), pool.clone(), password.to_owned());
        in_own_task(async move { gate.open(&pool, attempt, password).await }).await
    }

    async fn open(
        &self,
        pool: &PgPool,
        attempt: Try,
        password: String,
    ) -> Result<Session, LoginError> {
        let phc = self.knows(pool, &attempt, password).await?;
        let found = store::user_named(&mut *pool.acquire().await?, &attempt.login).await?;
        let known = found.as_ref().map(|user| user.id);
        if let (Some(user), Some(phc)) = (found, phc)
            && let Some(session) = attempt.enter(pool, user, phc).await?
        {
            return Ok(session);
        }
        attempt.fail(pool, known).await?;
        Err(LoginError::Wrong)
    }

    /// Takes the try, and gives the hash of its login's pass word where that is the one.
    pub(super) async fn knows(
        &self,
        pool: &PgPool,
        attempt: &Try,
        password: String,
    ) -> Result<Option<String>, LoginError> {
        let Ok(_seat) = self.queue.try_acquire() else { return Err(LoginError::Busy) };
        attempt.take(pool).await?;
        let phc = store::password_of(&mut *pool.acquire().await?, &attempt.login).await?;
        let is_right = self.verify(password, phc.clone()).await;
        Ok(phc.filter(|_| is_right))
    }

    /// Compares in a thread that may block.
    async fn verify(&self, password: String, phc: Option<String>) -> bool {
        let Ok(permit) = Arc::clone(&self.gate).acquire_owned().await else { return false };
        let verified = tokio::task::spawn_blocking(move || {
            let _held_until_the_hash_is_done = permit;
            is_of(phc.as_deref(), |hash| password::verify(&password, hash))
        });
        verified.await.unwrap_or(false)
    }
}

/// True where the hash of a login is the one; where there is none, one that fits nothing is compared, which takes as
/// long.
fn is_of(phc: Option<&str>, compare: impl FnOnce(&str) -> bool) -> bool {
    static NOBODYS: OnceLock<String> = OnceLock::new();
    let nobodys = NOBODYS.get_or_init(|| password::hash(&session::secret()).unwrap_or_default());
    compare(phc.unwrap_or(nobodys)) && phc.is_some()
}

impl Try {
    pub(super) fn new(login: &str, address: IpAddr, now: DateTime<Utc>) -> Self {
        Self { login: login.to_owned(), address: address.to_string(), now }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// What is counted, from the narrowest on: a try that the pair refuses burdens nobody else.
    fn counters(&self) -> [(String, i32); 3] {
        let Self { login, address, .. } = self;
        [
            (format!("{address} {login}"), TRIES_OF_A_PAIR),
            (format!("{address} *"), TRIES_OF_AN_ADDRESS),
            (format!("* {login}"), TRIES_OF_A_LOGIN),
        ]
    }

    /// Takes the try, or refuses it where too many were wrong.
    async fn take(&self, pool: &PgPool) -> Result<(), LoginError> {
        let attempt = self.clone();
        write(pool, move |tx| async move { attempt.count(tx).await }).await
    }

    async fn count(&self, mut tx: Tx) -> Result<(), LoginError> {
        let since = self.now - WINDOW;
        for (at, (who, most)) in self.counters().into_iter().enumerate() {
            let tries = store::take_attempt(&mut tx, &who, self.now, since).await?;
            if tries <= most {
                continue;
            }
            let is_of_the_pair = at == 0;
            if !is_of_the_pair
                && store::has_been(&mut tx, &self.login, &self.address, self.now - PLACE_KEPT)
                    .await?
            {
                continue;
            }
            if store::suspend_attempts(&mut tx, &who).await? {
                let act = Act::new(Action::Suspend, None, who);
                store::mark(&mut tx, &act.with(json!({ "tries": most })), self.now).await?;
                commit(tx).await?;
            } else {
                tx.rollback().await?;
            }
            return Err(LoginError::TooMany);
        }
        Ok(commit(tx).await?)
    }

    /// Opens the session, and gives the try back; none where the pass word of this hash holds no longer.
    async fn enter(
        &self,
        pool: &PgPool,
        user: User,
        phc: String,
    ) -> Result<Option<Session>, LoginError> {
        let attempt = self.clone();
        write(pool, move |tx| async move { attempt.open_session(tx, user, &phc).await }).await
    }

    async fn open_session(
        &self,
        mut tx: Tx,
        user: User,
        phc: &str,
    ) -> Result<Option<Session>, LoginError> {
        let (token, csrf) = (session::secret(), session::secret());
        let hash = session::stored(&token);
        self.give_back(&mut tx).await?;
        let expires = self.now + session::IDLE;
        let (secrets, by) = ((&hash[..], csrf.as_str()), (user.id, phc));
        if !store::open_session(&mut tx, secrets, by, self.now, expires).await? {
            tx.rollback().await?;
            return Ok(None);
        }
        store::note_place(&mut tx, user.id, &self.address, self.now).await?;
        let act = Act::new(Action::LogIn, Some(user.id), &self.login);
        store::mark(&mut tx, &act.with(json!({ "address": self.address })), self.now).await?;
        commit(tx).await?;
        Ok(Some(Session { token, csrf, user }))
    }

    /// The try was right: it counts no longer.
    pub(super) async fn give_back(&self, tx: &mut Tx) -> Result<(), sqlx::Error> {
        for (who, _) in self.counters() {
            store::give_back_attempt(tx, &who).await?;
        }
        Ok(())
    }

    pub(super) async fn fail(
        &self,
        pool: &PgPool,
        known: Option<UserId>,
    ) -> Result<(), sqlx::Error> {
        let Self { login, address, now } = self.clone();
        write(pool, move |mut tx| async move {
            store::forget_attempts(&mut tx, now - WINDOW).await?;
            // Not in the person's own chain: nobody who guesses holds up the person's work.
            let act = Act::new(Action::FailLogIn, None, login);
            let details = json!({ "address": address, "known": known });
            store::mark(&mut tx, &act.with(details), now).await?;
            commit(tx).await
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_that_nobody_has_costs_as_much_as_any() {
        let real = password::hash("Hehe-Xiangjian7").unwrap();
        let cost = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        for phc in [Some(real.as_str()), None] {
            for fits in [true, false] {
                let mut compared = Vec::new();
                let is_of = is_of(phc, |hash| {
                    compared.push(hash.to_owned());
                    fits
                });
                assert_eq!(is_of, fits && phc.is_some());
                // One hash is computed, over as much memory and as often.
                let costs: Vec<_> = compared.iter().map(|hash| cost(hash)).collect();
                assert_eq!(costs, [cost(&real)], "{phc:?}");
            }
        }
    }
}
