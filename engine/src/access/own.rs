//! A person takes another pass word. 修改本人口令
//!
//! The old one is asked for, as at the log-in and under the same counts: who finds a till open may not guess at it for
//! ever. Every other session of the person ends; the one in which it is done goes on.

use std::net::IpAddr;

use serde_json::json;
use sqlx::PgPool;
use terms::{Clock, UserId};

use super::act::{Act, Action};
use super::administer::{Unhashed, hashed};
use super::login::{LoginError, Logins, Try};
use super::password::{self, WeakPassword};
use super::session;
use super::store;
use crate::database::{commit, in_own_task, write};

/// The order of a person who takes another pass word.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// Who it is.
    pub user: UserId,
    /// The login name.
    pub login: String,
    /// The token of the session in which it is asked; it goes on.
    pub token: String,
    /// From where.
    pub address: IpAddr,
    /// The pass word until now.
    pub old: String,
    /// The one from now on.
    pub new: String,
}

/// Why a person's own pass word was not changed.
#[derive(Debug, thiserror::Error)]
pub enum NewPasswordError {
    /// The old pass word is another.
    #[error("原口令不正确")]
    Wrong,
    /// Nothing would change.
    #[error("新口令不能与原口令相同")]
    Same,
    /// The new one breaks a rule.
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    /// Too many wrong tries.
    #[error("原口令输错次数过多，请15分钟后再试")]
    TooMany,
    /// Too many people at the gate.
    #[error("登录人数过多，请稍候几秒再试")]
    Busy,
    /// The pass word could not be hashed.
    #[error("口令处理失败，请重试")]
    Hash,
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[source] sqlx::Error),
}

impl Logins {
    /// Gives a person who knows the old pass word another one, and ends the person's other sessions.
    ///
    /// # Errors
    /// See [`NewPasswordError`].
    pub async fn renew(
        &self,
        pool: &PgPool,
        clock: &dyn Clock,
        order: NewPassword,
    ) -> Result<(), NewPasswordError> {
        if order.old == order.new {
            return Err(NewPasswordError::Same);
        }
        let attempt = Try::new(&order.login, order.address, clock.now());
        let (gate, pool) = (self.clone(), pool.clone());
        in_own_task(async move { gate.change(&pool, attempt, order).await }).await
    }

    async fn change(
        &self,
        pool: &PgPool,
        attempt: Try,
        order: NewPassword,
    ) -> Result<(), NewPasswordError> {
        let NewPassword { user, login, token, old, new, .. } = order;
        let Some(known) = self.knows(pool, &attempt, old).await? else {
            attempt.fail(pool, Some(user)).await?;
            return Err(NewPasswordError::Wrong);
        };
        // The old one was right: a new one that is too weak costs no try.
        let phc = hashed(&login, new).await;
        let (now, kept) = (attempt.now(), session::stored(&token));
        write(pool, move |mut tx| async move {
            attempt.give_back(&mut tx).await?;
            if let Ok(phc) = &phc {
                if !store::renew_password(&mut tx, user, (&known, phc), &kept, now).await? {
                    // Somebody who knew the old one was faster: it is the old one no more.
                    return Err(NewPasswordError::Wrong);
                }
                let act = Act::new(Action::RenewPassword, Some(user), &login);
                let details = json!({ "credential": password::digest(user, phc) });
                store::mark(&mut tx, &act.with(details), now).await?;
            }
            commit(tx).await?;
            phc.map(drop).map_err(NewPasswordError::from)
        })
        .await
    }
}

impl From<Unhashed> for NewPasswordError {
    fn from(error: Unhashed) -> Self {
        match error {
            Unhashed::Weak(weak) => Self::Weak(weak),
            Unhashed::Hash => Self::Hash,
        }
    }
}

impl From<LoginError> for NewPasswordError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::Wrong => Self::Wrong,
            LoginError::TooMany => Self::TooMany,
            LoginError::Busy => Self::Busy,
            LoginError::Database(cause) => Self::Database(cause),
        }
    }
}

impl From<sqlx::Error> for NewPasswordError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}
