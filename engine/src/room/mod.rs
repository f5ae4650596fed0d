//! Room for months: what grows lies by month, in partitions that are made ahead of its first row.
//!
//! Readings lie by the month that they are read for, charges by the month of their bill, items of channels by that of
//! their settlement, payments and what hangs on them by their ids, which bear the month in which they are posted; marks
//! likewise. Each month is made in a short transaction of its own that neither readers nor writers of the books wait
//! for.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnectOptions;
use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, business_day};

use crate::database::{in_own_task, patiently};

mod locks;
mod store;

pub use locks::Locks;

/// Months beyond the one that is asked for.
const AHEAD: usize = 2;

/// What room is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Of {
    /// Everything that lies by month.
    All,
    /// Readings and what hangs on them: they may be of a month long ago, in which nothing is paid any more.
    Readings,
    /// What channels settled: that may be taken in late too.
    Items,
}

impl Of {
    /// Its name in the database; none for all of them.
    const fn what(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Readings => Some("readings"),
            Self::Items => Some("items"),
        }
    }
}

/// A month of a pool, which is known by the place of its options in memory.
type Key = (usize, i32, Of);

/// Pools and months that this process has found room in; room is never taken away while its month lasts. The options of a
/// pool that has gone keep their place, so that no other pool is taken for it.
static FOUND: LazyLock<Mutex<BTreeMap<Key, Weak<PgConnectOptions>>>> =
    LazyLock::new(Mutex::default);

/// Makes room for a month and for the next two, where there is none yet. Each bill run calls this.
///
/// # Errors
/// The database fails, or somebody holds one of the tables for longer than the tries take.
pub async fn open_months(pool: &PgPool, from: BillPeriod) -> Result<(), sqlx::Error> {
    for month in std::iter::successors(Some(from), |m| Some(m.next())).take(AHEAD + 1) {
        open_month(pool, month).await?;
    }
    Ok(())
}

/// Sees to it that what is posted now has room; who posts first in a month makes that of the month after the next.
pub(crate) async fn ready(pool: &PgPool, now: DateTime<Utc>) -> Result<(), sqlx::Error> {
    let month = BillPeriod::of(business_day(now));
    let here = pool.connect_options();
    if is_found(&here, month, Of::All) {
        return Ok(());
    }
    open_month(pool, month).await?;
    // Where the months to come cannot be made now, the next one tries again: nothing is posted there yet.
    if open_months(pool, month).await.is_ok() {
        note(&here, month, Of::All);
    }
    Ok(())
}

/// Sees to it that one kind of rows of a month has room.
pub(crate) async fn ready_for(pool: &PgPool, month: BillPeriod, of: Of) -> Result<(), sqlx::Error> {
    let here = pool.connect_options();
    if !is_found(&here, month, of) {
        make(pool, month, of).await?;
        note(&here, month, of);
    }
    Ok(())
}

/// Asks how many locks the server can hold.
///
/// # Errors
/// The database cannot answer.
pub async fn locks(connection: &mut PgConnection) -> Result<Locks, sqlx::Error> {
    store::locks(connection).await
}

/// Makes room for a month, where there is none yet.
pub(crate) async fn open_month(pool: &PgPool, month: BillPeriod) -> Result<(), sqlx::Error> {
    make(pool, month, Of::All).await
}

fn found() -> MutexGuard<'static, BTreeMap<Key, Weak<PgConnectOptions>>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_found(here: &Arc<PgConnectOptions>, month: BillPeriod, of: Of) -> bool {
    found().contains_key(&key(here, month, of))
}

fn note(here: &Arc<PgConnectOptions>, month: BillPeriod, of: Of) {
    found().insert(key(here, month, of), Arc::downgrade(here));
}

fn key(here: &Arc<PgConnectOptions>, month: BillPeriod, of: Of) -> Key {
    (Arc::as_ptr(here).addr(), month.number(), of)
}

async fn make(pool: &PgPool, month: BillPeriod, of: Of) -> Result<(), sqlx::Error> {
    let pool = pool.clone();
    in_own_task(async move {
        let open = || async { store::ensure(&mut *pool.acquire().await?, month, of.what()).await };
        patiently(open).await.map(drop)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_suffice_for_two_who_read_everything() {
        let locks = |relations| Locks { relations, slots: 64 * 100, each: 64 };
        assert!(locks(3_200).suffice() && !locks(3_201).suffice());
        // With what is wanted it suffices for twice as many.
        let wanted = locks(3_201).wanted();
        assert!(Locks { relations: 2 * 3_201, slots: wanted * 100, each: wanted }.suffice());
    }
}
