//! Every error becomes a status and a Chinese sentence here, once, and is logged here, once.

use axum::http::StatusCode;
use engine::access::{Action, is_refused};

mod detail;
mod from;

pub(super) use detail::{called, in_chinese};

/// Why a request was not done.
#[derive(Debug)]
pub(super) enum WebError {
    /// Nobody is logged in.
    Login,
    /// The scope does not reach that far.
    Forbidden(&'static str),
    /// The role has no right to an act.
    NotAllowed(Option<Action>),
    /// No such page or thing.
    NotFound,
    /// The request is wrong; the words say how.
    Invalid(String),
    /// A statement is wrong at a place.
    Statement { words: String, place: Option<(u64, u64)> },
    /// The books differ from what the caller saw.
    Conflict(String),
    /// It looks like a mistake: whoever means it says so, and sends it again.
    Again(String),
    /// Not now, and nothing was done: what the asker reads, and what the log says besides.
    Busy(String, Option<String>),
    /// Nobody knows whether it was done.
    InDoubt(String, anyhow::Error),
    /// Ours to put right.
    Fault(anyhow::Error),
}

impl WebError {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Login => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::NotAllowed(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid(_) | Self::Statement { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) | Self::Again(_) => StatusCode::CONFLICT,
            Self::Busy(..) => StatusCode::SERVICE_UNAVAILABLE,
            Self::InDoubt(..) => StatusCode::GATEWAY_TIMEOUT,
            Self::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Login => "请先登录",
            Self::Forbidden(_) | Self::NotAllowed(_) => "没有权限",
            Self::NotFound => "没有这个页面",
            Self::Invalid(_) | Self::Statement { .. } => "填写有误",
            Self::Conflict(_) => "数据已有变化",
            Self::Again(_) => "请再确认",
            Self::Busy(..) => "系统繁忙",
            Self::InDoubt(..) => "状态未知",
            Self::Fault(_) => "系统出错",
        }
    }

    /// What the asker reads.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Login => "登录已过期，请重新登录。".to_owned(),
            Self::Forbidden(words) => (*words).to_owned(),
            Self::NotAllowed(Some(act)) => {
                format!("您的角色没有“{}”的权限，请联系系统管理员。", act.label())
            }
            Self::NotAllowed(None) => "您的角色没有这项权限，请联系系统管理员。".to_owned(),
            Self::NotFound => "地址可能已经变化，请从菜单重新进入。".to_owned(),
            Self::Invalid(words)
            | Self::Conflict(words)
            | Self::Again(words)
            | Self::Busy(words, _)
            | Self::InDoubt(words, _) => words.clone(),
            Self::Statement { words, .. } => words.clone(),
            Self::Fault(_) => {
                "系统出错，操作没有完成。请刷新后核对再试；仍不行请联系系统管理员。".to_owned()
            }
        }
    }

    /// Not now, and nothing was posted: the words of the use case say so. The cause goes to the log.
    pub(super) fn busy(words: String, cause: &dyn std::error::Error) -> Self {
        let database = cause.source().and_then(|source| source.downcast_ref::<sqlx::Error>());
        if database.is_some_and(is_refused) {
            return Self::NotAllowed(None);
        }
        if database.is_some_and(engine::is_in_doubt) {
            return Self::InDoubt(words, anyhow::anyhow!("{cause}: {:?}", cause.source()));
        }
        if let Some(fault) = database.and_then(engine::clock_fault) {
            let told = words.starts_with(fault);
            let words = if told { words } else { clock_words(fault) };
            return Self::Busy(words, cause.source().map(ToString::to_string));
        }
        if let Some(unfit) = database.and_then(engine::unfit) {
            return Self::Invalid(format!("{unfit}。"));
        }
        Self::Busy(words, cause.source().map(ToString::to_string))
    }

    /// Not now, for a reason that the words tell.
    pub(super) fn not_now(words: impl Into<String>) -> Self {
        Self::Busy(words.into(), None)
    }

    pub(super) fn log(&self) {
        match self {
            Self::Fault(error) => tracing::error!(error = format!("{error:#}"), "a request failed"),
            Self::InDoubt(_, error) => {
                tracing::error!(error = format!("{error:#}"), "nobody knows whether it is posted");
            }
            Self::Busy(words, cause) => tracing::warn!(cause, words, "not now"),
            _ => {}
        }
    }
}

impl From<sqlx::Error> for WebError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::PoolTimedOut => Self::not_now("账务库繁忙，请稍候再试。"),
            refused if is_refused(&refused) => Self::NotAllowed(None),
            unknown if engine::is_in_doubt(&unknown) => {
                let words = "状态未知：账务库没有应答，本次可能已经登记，请查明后再办。";
                Self::InDoubt(words.to_owned(), unknown.into())
            }
            gone if engine::is_out_of_reach(&gone) => {
                let words = "账务库暂时连接不上，正在恢复，请稍候再试。".to_owned();
                Self::Busy(words, Some(gone.to_string()))
            }
            other => match (engine::clock_fault(&other), engine::unfit(&other)) {
                (Some(fault), _) => Self::Busy(clock_words(fault), Some(other.to_string())),
                (None, Some(unfit)) => Self::Invalid(format!("{unfit}。")),
                (None, None) => Self::Fault(other.into()),
            },
        }
    }
}

/// The clerk cannot set the clock of the server, and must not date anything by it.
fn clock_words(fault: &str) -> String {
    format!("{fault}，操作没有完成，请系统管理员校准时钟后再办。")
}

impl From<anyhow::Error> for WebError {
    fn from(error: anyhow::Error) -> Self {
        Self::Fault(error)
    }
}

impl From<std::io::Error> for WebError {
    fn from(error: std::io::Error) -> Self {
        Self::Fault(error.into())
    }
}
