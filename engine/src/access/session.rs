//! Sessions: a random token in the browser, its hash in the database. 会话

use chrono::TimeDelta;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use terms::Clock;

use super::act::{Act, Action};
use super::person::Signed;
use super::store;
use crate::database::{commit, in_own_task, write};

/// A session ends this long after its last use (MLPS 8.1.4.1): an unattended till locks itself.
pub(super) const IDLE: TimeDelta = TimeDelta::minutes(30);
/// And this long after it was opened, however busy it is: a working day, with overtime.
const WHOLE: TimeDelta = TimeDelta::hours(12);
/// The end is moved at most this often, so that reading pages writes little.
const SLIDE: TimeDelta = TimeDelta::minutes(1);

/// Why a page asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// A person did something.
    Person,
    /// A page refreshes itself; nobody need be there.
    Poll,
}

/// Finds the session of a token, and keeps it alive where a person asks; none where it is unknown, has
/// ended, or the person is no longer active.
///
/// # Errors
/// The database cannot answer.
pub async fn session(
    pool: &PgPool,
    clock: &dyn Clock,
    token: &str,
    asking: Asking,
) -> Result<Option<Signed>, sqlx::Error> {
    let now = clock.now();
    let hash = stored(token);
    let mut connection = pool.acquire().await?;
    let Some(open) = store::signed(&mut connection, &hash, now).await? else {
        return Ok(None);
    };
    drop(connection);
    let end = (now + IDLE).min(open.created + WHOLE);
    if asking == Asking::Person && open.expires + SLIDE < end {
        let pool = pool.clone();
        in_own_task(async move { store::extend(&mut *pool.acquire().await?, &hash, end).await })
            .await?;
    }
    Ok(Some(open.signed))
}

/// Ends the session of a token, and sweeps those that ended by themselves.
///
/// # Errors
/// The database fails.
pub async fn logout(pool: &PgPool, clock: &dyn Clock, token: &str) -> Result<(), sqlx::Error> {
    let (now, hash) = (clock.now(), stored(token));
    write(pool, move |mut tx| async move {
        store::sweep_sessions(&mut tx, now).await?;
        if let Some((user, login)) = store::close_session(&mut tx, &hash).await? {
            store::mark(&mut tx, &Act::new(Action::LogOut, Some(user), login), now).await?;
        }
        commit(tx).await
    })
    .await
}

/// 32 random bytes in hexadecimal.
pub(super) fn secret() -> String {
    let mut bytes = [0u8; 32];
    OsRng.try_fill_bytes(&mut bytes).expect("the operating system has randomness");
    hex::encode(bytes)
}

/// What the database keeps of a token.
pub(super) fn stored(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
