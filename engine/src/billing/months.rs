//! The months of a run: which of them are over, and room for those to come.

use chrono::NaiveDate;
use sqlx::PgPool;
use terms::BillPeriod;

use super::store;
use crate::database::{in_own_task, patiently};

/// The month that is billed, and the last one in which nobody will read any more: itself once it is over, else the
/// month before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Months {
    pub(super) asked: BillPeriod,
    pub(super) over: BillPeriod,
}

impl Months {
    /// The months of bills that are dated `bill_date` and made today: a month is over once both lie after it, so that a
    /// date ahead ends no month.
    pub(super) fn of(asked: BillPeriod, bill_date: NaiveDate, today: NaiveDate) -> Self {
        let is_over = bill_date.min(today) > asked.last_day();
        Self { asked, over: if is_over { asked } else { asked.previous() } }
    }
}

/// Months beyond the one that is asked for.
const AHEAD: u32 = 2;

/// Makes room for the bills of a month and of the next two, where there is none yet.
///
/// Each month is a short transaction of its own that neither readers nor writers of the books wait
/// for, and it is made long before its first bill. `weir up` and each bill run call this.
///
/// # Errors
/// The database fails, or somebody holds the table of charges for longer than the tries take.
pub async fn open_months(pool: &PgPool, from: BillPeriod) -> Result<(), sqlx::Error> {
    let mut month = from;
    for _ in 0..=AHEAD {
        open_month(pool, month).await?;
        month = month.next();
    }
    Ok(())
}

/// Makes room for the bills of a month.
pub(super) async fn open_month(pool: &PgPool, month: BillPeriod) -> Result<(), sqlx::Error> {
    let pool = pool.clone();
    in_own_task(async move {
        let open = || async { store::ensure_period(&mut *pool.acquire().await?, month).await };
        patiently(open).await.map(drop)
    })
    .await
}
