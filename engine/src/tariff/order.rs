//! 收费标准变更: what is to be charged from a day on, submitted by one person and approved by another.
//!
//! An order holds once somebody else has approved it, in the place of what said the same for the same day. No month
//! that was billed is touched: an order that would is refused, and names the month.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, Reason, TownId, UserId};

use super::rows::{NewLateFee, NewOwner, NewQuota, NewTariff, WrongRate};
use super::said::SaidRow;
use super::store::{orders, said};
use super::tables::{read_late_fees, read_owners, read_quotas, read_tariffs};
use crate::access::{self, Act, Action, Reach};
use crate::database::{broken_law, commit, lock_not_granted, write};

/// Rows of an order that a list shows.
pub const SHOWN_ROWS: i64 = 20;

terms::closed_list! {
    /// What an order is about.
    RateKind "rate kind" {
        Tariff = "tariff" "收费标准",
        LateFee = "late_fee" "滞纳金规则",
        Owner = "owner" "费用归属",
        Quota = "quota" "用水定额",
    }
}

/// What is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RateRows {
    /// 收费标准.
    Tariffs(Vec<NewTariff>),
    /// 滞纳金规则.
    LateFees(Vec<NewLateFee>),
    /// 代征机构: whose a fee is.
    Owners(Vec<NewOwner>),
    /// 定额.
    Quotas(Vec<NewQuota>),
}

impl RateRows {
    /// What they are about.
    pub fn kind(&self) -> RateKind {
        match self {
            Self::Tariffs(_) => RateKind::Tariff,
            Self::LateFees(_) => RateKind::LateFee,
            Self::Owners(_) => RateKind::Owner,
            Self::Quotas(_) => RateKind::Quota,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Tariffs(rows) => rows.len(),
            Self::LateFees(rows) => rows.len(),
            Self::Owners(rows) => rows.len(),
            Self::Quotas(rows) => rows.len(),
        }
    }
}

/// An order that was not submitted or decided; nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum RateError {
    /// No rows.
    #[error("没有可提交的内容")]
    Nothing,
    /// No reason, or a very long one.
    #[error("请填写原因（200字以内）")]
    NoReason,
    /// A row is not well-formed.
    #[error(transparent)]
    Wrong(#[from] WrongRate),
    /// A town, an organisation, an account or a version does not exist.
    #[error("引用的镇街、机构、用户或标准不存在")]
    Unknown,
    /// A row stands twice.
    #[error("同一标准在名单中重复")]
    Twice,
    /// The version that is to be replaced does not hold, or is of another fee, class, town or supplier.
    #[error("拟更正的标准不是同一收费项目、类别、镇街、供水单位的现行标准")]
    ReplacesOther,
    /// A month was billed by what would change.
    #[error("{0}已计费，不能再变更该月的标准；请自以后月份起执行，或先冲正应收")]
    Billed(String),
    /// No such order.
    #[error("收费标准变更不存在：{0}")]
    UnknownOrder(i64),
    /// Decided before.
    #[error("该变更已审批，不能重复审批")]
    Decided,
    /// One person does not do both.
    #[error("变更由本人提交，须由他人审批")]
    SamePerson,
    /// Bills are being made.
    #[error("正在计费，本次未办理，请稍候再试")]
    Busy,
    /// The database failed.
    #[error("数据库错误：{0}")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for RateError {
    fn from(error: sqlx::Error) -> Self {
        let database = error.as_database_error();
        match broken_law(&error) {
            Some(("rate_after_bill", said)) => Self::Billed(said.to_owned()),
            Some(("replaces_no_rate", _)) => Self::ReplacesOther,
            _ if lock_not_granted(&error) => Self::Busy,
            _ if database.is_some_and(|e| e.is_foreign_key_violation()) => Self::Unknown,
            _ if database.is_some_and(|e| e.is_unique_violation()) => Self::Twice,
            _ => Self::Database(error),
        }
    }
}

/// An order, as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RateOrder {
    /// Its number.
    pub id: i64,
    /// What it is about.
    pub kind: RateKind,
    /// Its rows, at most [`SHOWN_ROWS`].
    pub rows: Vec<SaidRow>,
    /// How many rows it has.
    pub count: i64,
    /// The towns that it touches; None where it reaches the whole city.
    pub towns: Option<Vec<TownId>>,
    /// Why.
    pub reason: String,
    /// Who submitted it.
    pub submitted_by: UserId,
    /// By name.
    pub submitter: String,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// Who decided, by name; None while it waits.
    pub decided_by: Option<String>,
    /// Whether it was approved; None while it waits.
    pub approved: Option<bool>,
}

/// Reads the rows of an order from a table with a head line: rates as `engine/data/tariffs.csv` has them, with `town`,
/// `supplier`, `valid_to` and `replaces` where they are needed; late-fee rules as `engine/data/late_fees.csv`; owners as
/// `town,fee_item,valid_from,owner`; quotas as `account,period,quota_m3`.
///
/// # Errors
/// See [`RateError`].
pub async fn read_rows(
    connection: &mut PgConnection,
    kind: RateKind,
    table: &str,
) -> Result<RateRows, RateError> {
    Ok(match kind {
        RateKind::Tariff => {
            RateRows::Tariffs(read_tariffs(table, &orders::places(connection).await?)?)
        }
        RateKind::LateFee => RateRows::LateFees(read_late_fees(table)?),
        RateKind::Owner => {
            RateRows::Owners(read_owners(table, &orders::places(connection).await?)?)
        }
        RateKind::Quota => {
            let rows = read_quotas(table)?;
            let numbers: Vec<String> = rows.iter().map(|row| row.account.clone()).collect();
            let accounts = orders::accounts(connection, &numbers).await?;
            let quotas: Result<_, _> = rows.iter().map(|row| row.quota(&accounts)).collect();
            RateRows::Quotas(quotas?)
        }
    })
}

/// Submits rates; they hold once another person has approved them.
///
/// # Errors
/// See [`RateError`].
pub async fn submit_rates(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    rows: RateRows,
    reason: &str,
) -> Result<i64, RateError> {
    let reason = Reason::of(reason).ok_or(RateError::NoReason)?;
    let (kind, count) = (rows.kind(), rows.len());
    if count == 0 {
        return Err(RateError::Nothing);
    }
    if let RateRows::Tariffs(tariffs) = &rows {
        tariffs.iter().try_for_each(NewTariff::check)?;
    }
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let order = orders::insert(&mut tx, kind, &reason, by, now).await?;
        match &rows {
            RateRows::Tariffs(rows) => orders::insert_tariffs(&mut tx, Some(order), rows).await?,
            RateRows::LateFees(rows) => {
                orders::insert_late_fees(&mut tx, Some(order), rows).await?
            }
            RateRows::Owners(rows) => orders::insert_owners(&mut tx, order, rows).await?,
            RateRows::Quotas(rows) => {
                let known = orders::insert_quotas(&mut tx, order, rows).await?;
                if known != rows.len() as u64 {
                    return Err(RateError::Unknown);
                }
            }
        }
        if let Some(billed) = orders::billed(&mut tx, order).await? {
            return Err(RateError::Billed(billed.to_string()));
        }
        let act = Act::new(Action::SubmitRates, Some(by), format!("{} {order}", kind.label()));
        access::mark(&mut tx, &act.with(json!({ "rows": count, "reason": reason.as_str() })), now)
            .await?;
        commit(tx).await?;
        Ok(order)
    })
    .await
}

/// Approves an order, or refuses it, at most once and by another person than who submitted it.
///
/// # Errors
/// See [`RateError`].
pub async fn decide_rates(
    pool: &PgPool,
    clock: &dyn Clock,
    by: UserId,
    order: i64,
    approve: bool,
) -> Result<(), RateError> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let found = orders::find(&mut tx, order).await?.ok_or(RateError::UnknownOrder(order))?;
        if found.is_decided {
            return Err(RateError::Decided);
        }
        if found.submitted_by == by {
            return Err(RateError::SamePerson);
        }
        orders::decide(&mut tx, order, by, approve, now).await?;
        let act = Act::new(Action::DecideRates, Some(by), format!("收费标准变更 {order}"));
        access::mark(&mut tx, &act.with(json!({ "approved": approve })), now).await?;
        commit(tx).await?;
        Ok(())
    })
    .await
}

/// The towns that rows touch; None where one of them reaches the whole city.
///
/// # Errors
/// The database fails.
pub async fn reach_of_rows(
    connection: &mut PgConnection,
    rows: &RateRows,
) -> Result<Option<Vec<TownId>>, sqlx::Error> {
    match rows {
        RateRows::Tariffs(rows) => Ok(rows.iter().map(|row| row.town).collect()),
        RateRows::LateFees(_) => Ok(None),
        RateRows::Owners(rows) => Ok(Some(rows.iter().map(|row| row.town).collect())),
        RateRows::Quotas(rows) => {
            let accounts: Vec<i64> = rows.iter().map(|row| row.account.0).collect();
            orders::towns_of(connection, &accounts).await.map(Some)
        }
    }
}

/// One order, decided or not.
///
/// # Errors
/// The database fails.
pub async fn rate_order(
    connection: &mut PgConnection,
    order: i64,
) -> Result<Option<RateOrder>, sqlx::Error> {
    let found = orders::list(&mut *connection, Some(order), (&Reach::default(), 1)).await?;
    Ok(with_rows(connection, found).await?.pop())
}

/// The orders that touch nothing but what somebody sees: those that wait, oldest first, then those decided last, at
/// most `limit`.
///
/// # Errors
/// The database fails.
pub async fn rate_orders(
    connection: &mut PgConnection,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<RateOrder>, sqlx::Error> {
    let found = orders::list(&mut *connection, None, (reach, limit)).await?;
    with_rows(connection, found).await
}

async fn with_rows(
    connection: &mut PgConnection,
    mut orders: Vec<RateOrder>,
) -> Result<Vec<RateOrder>, sqlx::Error> {
    let ids: Vec<i64> = orders.iter().map(|order| order.id).collect();
    let mut rows = said::rows(connection, &ids, SHOWN_ROWS).await?;
    for order in &mut orders {
        order.rows = rows.remove(&order.id).unwrap_or_default();
    }
    Ok(orders)
}
