//! An organisation closes a month: what was read, billed, paid or printed in it stays as it is. 月结

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, Clock, Money, OutletId, TownId, UserId};

use super::store;
use crate::access::{self, Act, Action};
use crate::database::{broken_law, commit, lock_not_granted, undone, write};

/// What of an organisation is closed by the month. 账期类别
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PeriodKind {
    /// Readings. 抄表月
    Read,
    /// Bills. 应收月
    Bill,
    /// Payments. 实收月
    Pay,
    /// Receipts. 票据月
    Receipt,
}

impl PeriodKind {
    /// Every kind, in the order in which a month is closed.
    pub const ALL: [Self; 4] = [Self::Read, Self::Bill, Self::Pay, Self::Receipt];

    /// The word used in SQL.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Bill => "bill",
            Self::Pay => "pay",
            Self::Receipt => "receipt",
        }
    }

    /// The word that people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Read => "抄表月",
            Self::Bill => "应收月",
            Self::Pay => "实收月",
            Self::Receipt => "票据月",
        }
    }

    /// The kind of a word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == word)
    }
}

/// A month to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseMonth {
    /// Whose.
    pub organisation: OutletId,
    /// What of it.
    pub kind: PeriodKind,
    /// The month.
    pub period: BillPeriod,
    /// Who closes it.
    pub by: UserId,
}

/// A month that is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthClose {
    /// Name of the organisation.
    pub organisation: String,
    /// What of it.
    pub kind: PeriodKind,
    /// The month.
    pub period: BillPeriod,
    /// How many entries it holds.
    pub entries: i64,
    /// Their sum, yuan; nothing for readings.
    pub amount: Money,
    /// SHA-256 over the entries in order, in hexadecimal.
    pub digest: String,
    /// When it was closed.
    pub closed_at: DateTime<Utc>,
}

/// Something that must be done before a month can be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// Its word.
    pub code: String,
    /// How many of it.
    pub number: i64,
    /// The first of them, where that helps.
    pub first: Option<String>,
}

/// Why a month was not closed.
#[derive(Debug, thiserror::Error)]
pub enum MonthError {
    /// No such organisation.
    #[error("机构不存在")]
    Unknown,
    /// It has not passed yet.
    #[error("{0}尚未结束，不能月结")]
    NotOver(BillPeriod),
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

impl std::fmt::Display for Obstacle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (n, first) = (self.number, self.first.as_deref().unwrap_or_default());
        match self.code.as_str() {
            "earlier_open" => write!(f, "较早的账期{first}尚未月结，请先月结"),
            "readings_open" => write!(f, "本月抄表尚未月结，请先月结抄表月"),
            "payments_open" => write!(f, "本月实收尚未月结，请先月结实收月"),
            "waiting_readings" => write!(f, "有{n}条抄表待审核"),
            "unbilled_readings" => write!(f, "有{n}条已审核的抄表尚未计费"),
            "open_days" => write!(f, "有{n}个收费员日尚未日结，最早{first}"),
            "open_items" => write!(f, "有{n}笔渠道明细挂账或待入账，如流水号{first}"),
            other => write!(f, "{other} {n}"),
        }
    }
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
    if !is_over(period, clock.today()) {
        return Err(MonthError::NotOver(period));
    }
    write(pool, move |mut tx| async move {
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
            "entries": closed.entries, "amount": closed.amount, "digest": closed.digest,
        });
        let act = Act::new(Action::CloseMonth, Some(order.by), subject).with(details);
        access::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(closed)
    })
    .await
}

/// How the months of one kind stand at an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MonthState {
    /// What of it.
    pub kind: PeriodKind,
    /// What was closed last.
    pub last: Option<MonthClose>,
    /// What closes next: the first that is open, or has anything; none where there is nothing yet.
    pub next: Option<BillPeriod>,
    /// True where that month has passed.
    pub is_over: bool,
    /// What stands in the way, where it has.
    pub obstacles: Vec<Obstacle>,
}

/// True where a month has passed on a day.
fn is_over(period: BillPeriod, today: NaiveDate) -> bool {
    period < BillPeriod::of(today)
}

/// An organisation whose months are closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Organisation {
    /// Which.
    pub id: OutletId,
    /// Its name.
    pub name: String,
    /// Its town; none where it serves the whole city.
    pub town: Option<TownId>,
}

/// How the months of an organisation stand on a day, kind by kind in the order in which they close.
///
/// # Errors
/// The database cannot answer.
pub async fn months(
    conn: &mut PgConnection,
    organisation: OutletId,
    today: NaiveDate,
) -> Result<Vec<MonthState>, sqlx::Error> {
    let closed = store::last_closed(&mut *conn, Some(organisation)).await?;
    let mut states = Vec::with_capacity(PeriodKind::ALL.len());
    for kind in PeriodKind::ALL {
        let next = store::next_month(&mut *conn, organisation, kind).await?;
        let over = next.filter(|month| is_over(*month, today));
        let obstacles = match over {
            Some(month) => store::obstacles(&mut *conn, organisation, kind, month).await?,
            None => Vec::new(),
        };
        let last = closed.iter().find(|close| close.kind == kind).cloned();
        states.push(MonthState { kind, last, next, is_over: over.is_some(), obstacles });
    }
    Ok(states)
}

/// Every organisation, town by town.
///
/// # Errors
/// The database cannot answer.
pub async fn organisations(conn: &mut PgConnection) -> Result<Vec<Organisation>, sqlx::Error> {
    store::organisations(conn).await
}

/// The months that everybody has closed last, kind by kind.
///
/// # Errors
/// The database cannot answer.
pub async fn last_closed(conn: &mut PgConnection) -> Result<Vec<MonthClose>, sqlx::Error> {
    store::last_closed(conn, None).await
}

impl MonthError {
    fn of(error: sqlx::Error, period: BillPeriod) -> Self {
        match broken_law(&error) {
            Some(("month_closed", _)) => Self::AlreadyClosed(period),
            Some(("month_not_over", _)) => Self::NotOver(period),
            _ => error.into(),
        }
    }
}

impl From<sqlx::Error> for MonthError {
    fn from(error: sqlx::Error) -> Self {
        if lock_not_granted(&error) { Self::Busy } else { Self::Database(error) }
    }
}
