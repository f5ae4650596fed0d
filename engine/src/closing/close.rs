//! The close itself.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, Money, UserId, business_day};

use super::sheet::{DaySheet, Slip, Sums, add_up};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{broken_constraint, commit, lock_not_granted, undone, write};

/// A closed day, or one that may be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DayClose {
    /// The close; none while the day is open.
    pub id: Option<i64>,
    /// Whose day.
    pub cashier: UserId,
    /// Which day.
    pub day: NaiveDate,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// What came in.
    pub sheet: DaySheet,
    /// Card slips and cheques to hand in.
    pub slips: Vec<Slip>,
    /// Notes and coins as the cashier counted them; none where nobody has said.
    pub counted: Option<Money>,
}

/// What the cashier has looked at and counted before saying yes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The digest of the sheet: no other sheet is closed.
    pub digest: String,
    /// Notes and coins as counted. A difference to what is due is told, and does not hinder.
    pub counted: Option<Money>,
}

/// Why a day was not closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// No such cashier, or one without an outlet.
    #[error("收费员不存在或未指定网点")]
    Unknown,
    /// Closed before.
    #[error("该日已日结，不能重复日结")]
    AlreadyClosed,
    /// An earlier day of the cashier has payments and is open.
    #[error("{day}的收款尚未日结，请先日结该日")]
    EarlierOpen {
        /// The earliest such day.
        day: NaiveDate,
    },
    /// The day is not the one that was looked at: something came in since, or was taken back.
    #[error(
        "日结预览之后收款有变化，现为{payments}笔、冲正{reversals}笔、{net}元，请刷新页面核对后再日结"
    )]
    Changed {
        /// Payments now.
        payments: i32,
        /// Reversals now.
        reversals: i32,
        /// What was received, yuan.
        net: Money,
    },
    /// Nobody counts less than nothing.
    #[error("清点现金不能小于零")]
    Counted,
    /// Not yet begun.
    #[error("不能对未来的日期日结")]
    InTheFuture,
    /// A payment is being posted.
    #[error("该收费员正有缴费在办理，请稍候再日结")]
    Busy,
    /// The database failed.
    #[error("{}", undone(.0, "日结未完成"))]
    Database(#[source] sqlx::Error),
}

/// Closes a cashier's day, today or one that was forgotten: the earliest first. Payments that are being
/// posted are waited for; afterwards the day takes none.
///
/// # Errors
/// See [`CloseError`].
pub async fn close_day(
    pool: &PgPool,
    clock: &dyn Clock,
    cashier: UserId,
    day: NaiveDate,
) -> Result<DayClose, CloseError> {
    close(pool, clock, (cashier, day), None).await
}

/// The same for somebody who has looked at the day and said yes to it.
///
/// # Errors
/// See [`CloseError`].
pub async fn close_day_as_seen(
    pool: &PgPool,
    clock: &dyn Clock,
    (cashier, day): (UserId, NaiveDate),
    seen: Seen,
) -> Result<DayClose, CloseError> {
    close(pool, clock, (cashier, day), Some(seen)).await
}

async fn close(
    pool: &PgPool,
    clock: &dyn Clock,
    (cashier, day): (UserId, NaiveDate),
    seen: Option<Seen>,
) -> Result<DayClose, CloseError> {
    let now = clock.now();
    if seen.as_ref().is_some_and(|seen| seen.counted.is_some_and(Money::is_negative)) {
        return Err(CloseError::Counted);
    }
    if day > business_day(now) {
        return Err(CloseError::InTheFuture);
    }
    write(pool, move |mut tx| async move {
        let outlet = store::lock_cashier(&mut tx, cashier).await?.ok_or(CloseError::Unknown)?;
        if let Some(day) = store::open_days(&mut tx, cashier, day).await?.into_iter().next() {
            return Err(CloseError::EarlierOpen { day });
        }
        let payments = store::payments(&mut tx, cashier, day).await?;
        let papers = store::papers(&mut tx, cashier, day).await?;
        let sheet = add_up(&payments, papers);
        if seen.as_ref().is_some_and(|seen| seen.digest != sheet.digest) {
            let Sums { payments, reversals, net, .. } = sheet.total;
            return Err(CloseError::Changed { payments, reversals, net });
        }
        let ids: Vec<i64> = payments.iter().map(|p| p.id.0).collect();
        let id = store::close(&mut tx, cashier, outlet, day, now, &sheet, &ids).await?;
        let counted = seen.and_then(|seen| seen.counted);
        if let Some(counted) = counted {
            store::count_cash(&mut tx, id, (sheet.total.cash, counted)).await?;
        }
        let slips = store::slips(&mut tx, cashier, day).await?;
        let act = Act::new(Action::CloseDay, Some(cashier), format!("日结 {day}"));
        let details = json!({
            "close": id, "net": sheet.total.net, "digest": sheet.digest, "cash": sheet.total.cash, "counted": counted,
        });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(DayClose { id: Some(id), cashier, day, closed_at: Some(now), sheet, slips, counted })
    })
    .await
}

/// Days of a cashier before `today` that have payments and are not closed, the earliest first.
///
/// # Errors
/// The database cannot answer.
pub async fn forgotten_days(
    conn: &mut PgConnection,
    cashier: UserId,
    today: NaiveDate,
) -> Result<Vec<NaiveDate>, sqlx::Error> {
    store::open_days(conn, cashier, today).await
}

/// A cashier's day as it stands, closed or not.
///
/// # Errors
/// The database cannot answer.
pub async fn preview(
    conn: &mut PgConnection,
    cashier: UserId,
    day: NaiveDate,
) -> Result<DayClose, sqlx::Error> {
    let closed = store::closed(conn, cashier, day).await?;
    let payments = store::payments(conn, cashier, day).await?;
    let papers = store::papers(conn, cashier, day).await?;
    Ok(DayClose {
        id: closed.as_ref().map(|closed| closed.id),
        cashier,
        day,
        closed_at: closed.as_ref().map(|closed| closed.at),
        sheet: add_up(&payments, papers),
        slips: store::slips(conn, cashier, day).await?,
        counted: closed.and_then(|closed| closed.counted),
    })
}

impl From<sqlx::Error> for CloseError {
    fn from(error: sqlx::Error) -> Self {
        if lock_not_granted(&error) {
            return Self::Busy;
        }
        match broken_constraint(&error) {
            Some("cashier_close_cashier_id_business_day_key") => Self::AlreadyClosed,
            _ => Self::Database(error),
        }
    }
}
