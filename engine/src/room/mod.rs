//! Room for months: what grows lies by month, in partitions that are made ahead of its first row.
//!
//! Readings lie by the month that they are read for, charges by the month of their bill, payments and what
//! hangs on them by their ids, which bear the month in which they are posted; marks likewise. Each month is
//! made in a short transaction of its own that neither readers nor writers of the books wait for.

use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use sqlx::PgPool;
use terms::{BillPeriod, business_day};

use crate::database::{in_own_task, patiently};

mod store;

/// Months beyond the one that is asked for.
const AHEAD: usize = 2;

/// What room is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    /// Everything that lies by month.
    All,
    /// Readings and what hangs on them: they may be of a month long ago, in which nothing is paid any more.
    Readings,
}

/// Databases and months that this process has found room in; room is never taken away while its month lasts.
static FOUND: LazyLock<Mutex<BTreeSet<(String, i32, Of)>>> = LazyLock::new(Mutex::default);

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
    let key = (name(pool), month.number(), Of::All);
    if found().contains(&key) {
        return Ok(());
    }
    open_month(pool, month).await?;
    // Where the months to come cannot be made now, the next one tries again: nothing is posted there yet.
    if open_months(pool, month).await.is_ok() {
        found().insert(key);
    }
    Ok(())
}

/// Sees to it that readings of a month have room.
pub(crate) async fn ready_for_readings(
    pool: &PgPool,
    month: BillPeriod,
) -> Result<(), sqlx::Error> {
    let key = (name(pool), month.number(), Of::Readings);
    if !found().contains(&key) {
        make(pool, month, Of::Readings).await?;
        found().insert(key);
    }
    Ok(())
}

/// Makes room for a month, where there is none yet.
pub(crate) async fn open_month(pool: &PgPool, month: BillPeriod) -> Result<(), sqlx::Error> {
    make(pool, month, Of::All).await
}

fn found() -> MutexGuard<'static, BTreeSet<(String, i32, Of)>> {
    FOUND.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which database a pool leads to.
fn name(pool: &PgPool) -> String {
    let at = pool.connect_options();
    format!("{:?} {} {} {:?}", at.get_socket(), at.get_host(), at.get_port(), at.get_database())
}

async fn make(pool: &PgPool, month: BillPeriod, of: Of) -> Result<(), sqlx::Error> {
    let pool = pool.clone();
    in_own_task(async move {
        let open = || async {
            let only = (of == Of::Readings).then_some("readings");
            store::ensure(&mut *pool.acquire().await?, month, only).await
        };
        patiently(open).await.map(drop)
    })
    .await
}
