//! An organisation closes a month: what was read, billed, paid or printed in it stays as it is. 月结

use chrono::NaiveDate;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, Clock, OutletId, business_day};

use super::period::{CloseMonth, MonthClose, MonthState, Obstacle, Organisation, PeriodKind};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{broken_law, commit, lock_not_granted, undone, write};

/// Why a month was not closed.
#[derive(Debug, thiserror::Error)]
pub enum MonthError {
    /// No such organisation, or none that this person works for.
    #[error("机构不存在")]
    Unknown,
    /// It has not passed yet.
    #[error("{0}尚未结束，不能月结")]
    NotOver(BillPeriod),
    /// Before there was anything to close.
    #[error("{0}早于开账，不能月结，请核对年月")]
    BeforeBooks(BillPeriod),
    /// Closed before.
    #[error("{0}已月结，不能重复月结")]
    AlreadyClosed(BillPeriod),
    /// Something is left to do.
    #[error("不能月结：{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("；"))]
    Obstacles(Vec<Obstacle>),
    /// Entries are being made.
    #[error("该机构正有业务在办理，请稍候再月结")]
    Busy,
    /// The database failed.
    #[error("{}", undone(.0, "月结未完成"))]
    Database(#[source] sqlx::Error),
}

/// Closes a month that has passed and in which nothing is left to do: the earliest first, readings before
/// bills, payments before receipts. Entries that are being made are waited for; afterwards it takes none.
///
/// # Errors
/// See [`MonthError`].
pub async fn close_month(
    pool: &PgPool,
    clock: &dyn Clock,
    order: CloseMonth,
) -> Result<MonthClose, MonthError> {
    let (now, period) = (clock.now(), order.period);
    if !is_over(period, business_day(now)) {
        return Err(MonthError::NotOver(period));
    }
    write(pool, move |mut tx| async move {
        if !access::answers_for(&mut tx, order.by, order.organisation).await? {
            return Err(MonthError::Unknown);
        }
        let obstacles = store::obstacles(&mut tx, order.organisation, order.kind, period).await?;
        if !obstacles.is_empty() {
            return Err(MonthError::Obstacles(obstacles));
        }
        let closed = store::close_month(&mut tx, order, now)
            .await
            .map_err(|error| MonthError::of(error, period))?
            .ok_or(MonthError::Unknown)?;
        let subject = format!("{} {} {period}", closed.organisation, order.kind.label());
        let details = json!({
            "entries": closed.entries, "amount": closed.amount, "digest": closed.digest, "seal": closed.seal,
        });
        let act = Act::new(Action::CloseMonth, Some(order.by), subject).with(details);
        access::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(closed)
    })
    .await
}

/// True where a month has passed on a day.
fn is_over(period: BillPeriod, today: NaiveDate) -> bool {
    period < BillPeriod::of(today)
}

/// How the months of an organisation stand on a day, kind by kind in the order in which they close.
///
/// # Errors
/// The database cannot answer.
pub async fn months(
    connection: &mut PgConnection,
    organisation: OutletId,
    today: NaiveDate,
) -> Result<Vec<MonthState>, sqlx::Error> {
    let closed = store::last_closed(&mut *connection, Some(organisation)).await?;
    let mut states = Vec::with_capacity(PeriodKind::ALL.len());
    for &kind in PeriodKind::ALL {
        let next = store::next_month(&mut *connection, organisation, kind).await?;
        let over = next.filter(|month| is_over(*month, today));
        let obstacles = match over {
            Some(month) => store::obstacles(&mut *connection, organisation, kind, month).await?,
            None => Vec::new(),
        };
        let last = closed.iter().find(|close| close.kind == kind).cloned();
        states.push(MonthState { kind, last, next, is_over: over.is_some(), obstacles });
    }
    Ok(states)
}

/// Every organisation, those with business first, town by town.
///
/// # Errors
/// The database cannot answer.
pub async fn organisations(
    connection: &mut PgConnection,
) -> Result<Vec<Organisation>, sqlx::Error> {
    store::organisations(connection).await
}

/// The months that everybody has closed last, kind by kind.
///
/// # Errors
/// The database cannot answer.
pub async fn last_closed(connection: &mut PgConnection) -> Result<Vec<MonthClose>, sqlx::Error> {
    store::last_closed(connection, None).await
}

impl MonthError {
    fn of(error: sqlx::Error, period: BillPeriod) -> Self {
        match broken_law(&error) {
            Some(("month_closed", _)) => Self::AlreadyClosed(period),
            Some(("month_not_over", _)) => Self::NotOver(period),
            Some(("before_books", _)) => Self::BeforeBooks(period),
            _ => error.into(),
        }
    }
}

impl From<sqlx::Error> for MonthError {
    fn from(error: sqlx::Error) -> Self {
        if lock_not_granted(&error) { Self::Busy } else { Self::Database(error) }
    }
}
