//! An order of rates as a value: what it is about, its rows, and why it is refused.

use chrono::{DateTime, Utc};
use serde::Serialize;
use terms::{TownId, UserId};

use super::rows::{NewLateFee, NewOwner, NewQuota, NewTariff, WrongRate};
use super::said::SaidRow;
use crate::database::{broken_law, lock_not_granted, undone};

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

    pub(super) fn len(&self) -> usize {
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
    /// It touches more than whoever submits it may see.
    #[error("内容涉及您所在镇街以外的地方，须由市级管理员提交")]
    Elsewhere,
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
    #[error("{}", undone(.0, "收费标准变更未登记"))]
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
    /// Its rows, at most [`SHOWN_ROWS`](super::SHOWN_ROWS).
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
