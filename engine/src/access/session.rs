//! Sessions: a random token in the browser, its hash in the database. 会话

use chrono::TimeDelta;
use rand::TryRngCore;
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use sqlx::PgPool;
use terms::Clock;

use super::account::User;
use super::store;
use crate::database::in_own_task;

/// A session ends this long after its last use.
pub(super) const LIFE: TimeDelta = TimeDelta::hours(8);
/// The end is moved at most this often, so that reading pages writes little.
const SLIDE: TimeDelta = TimeDelta::minutes(5);

/// A signed-in person behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Who it is, as of now: a changed role counts at once.
    pub user: User,
    /// What a writing form must bring.
    pub csrf: String,
}

/// Finds the session of a token, and keeps it alive; none where it is unknown, has ended, or the
/// person is no longer active.
///
/// # Errors
/// The database cannot answer.
pub async fn session(
    pool: &PgPool,
    clock: &dyn Clock,
    token: &str,
) -> Result<Option<Signed>, sqlx::Error> {
    let now = clock.now();
    let hash = stored(token);
    let mut conn = pool.acquire().await?;
    let Some((signed, expires)) = store::signed(&mut conn, &hash, now).await? else {
        return Ok(None);
    };
    if expires < now + LIFE - SLIDE {
        let pool = pool.clone();
        drop(conn);
        in_own_task(
            async move { store::extend(&mut *pool.acquire().await?, &hash, now + LIFE).await },
        )
        .await?;
    }
    Ok(Some(signed))
}

/// Ends the session of a token, and sweeps those that ended by themselves.
///
/// # Errors
/// The database fails.
pub async fn logout(pool: &PgPool, clock: &dyn Clock, token: &str) -> Result<(), sqlx::Error> {
    let (pool, now, hash) = (pool.clone(), clock.now(), stored(token));
    in_own_task(async move { store::close_session(&mut *pool.acquire().await?, &hash, now).await })
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
