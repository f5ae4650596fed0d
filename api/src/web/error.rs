//! Every error becomes a status and a Chinese sentence here, once, and is logged here, once.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::extract::rejection::{FormRejection, JsonRejection, QueryRejection};
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use engine::access::{Action, is_refused};
use engine::billing::ReverseChargeError;
use engine::channels;
use engine::closing::CloseError;
use engine::counter::{AnswerError, CollectError, RequestError, ReverseError};
use minijinja::context;
use reports::ReportError;
use serde_json::json;
use warehouse::WarehouseError;

use super::pages;
use super::trace::Trace;
use super::visitor::Framed;

/// htmx says so when it asks for a part of a page.
const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");
/// Where htmx puts an answer, and how, where that is not what the page has asked for.
const HX_RETARGET: HeaderName = HeaderName::from_static("hx-retarget");
const HX_RESWAP: HeaderName = HeaderName::from_static("hx-reswap");
/// What an extractor says of a request is no longer.
const DETAIL_BYTES: usize = 4096;
/// Seconds after which it is worth to try what could not be done just now.
const COME_AGAIN: HeaderValue = HeaderValue::from_static("5");

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

    fn title(&self) -> &'static str {
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
        if let Some(unfit) = database.and_then(engine::unfit) {
            return Self::Invalid(format!("{unfit}。"));
        }
        Self::Busy(words, cause.source().map(ToString::to_string))
    }

    /// Not now, for a reason that the words tell.
    pub(super) fn not_now(words: impl Into<String>) -> Self {
        Self::Busy(words.into(), None)
    }

    fn log(&self) {
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

/// What [`speak`] needs to know of an error, carried by the bare response.
#[derive(Debug, Clone)]
struct Problem {
    login: bool,
    title: &'static str,
    words: String,
    place: Option<(u64, u64)>,
    /// Set where it is done if the asker says `again`.
    again: bool,
}

impl IntoResponse for WebError {
    fn into_response(self) -> Response {
        self.log();
        let place = match self {
            Self::Statement { place, .. } => place,
            _ => None,
        };
        let (login, again) = (matches!(self, Self::Login), matches!(self, Self::Again(_)));
        let problem = Problem { login, title: self.title(), words: self.words(), place, again };
        let mut response = self.status().into_response();
        response.extensions_mut().insert(problem);
        response
    }
}

/// Puts an error into the form that the asker reads: a page, a part of a page, or JSON.
pub(super) async fn speak(request: Request, next: Next) -> Response {
    let asker = Asker::of(&request);
    let trace = request.extensions().get::<Trace>().map(|trace| trace.0.clone());
    let trace = trace.unwrap_or_default();
    let response = next.run(request).await;
    let status = response.status();
    // What says by itself what is wrong, such as the login, stays.
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let drawn = kind.starts_with(b"text/html") || kind.starts_with(b"application/json");
    let framed = response.extensions().get::<Framed>().cloned();
    match response.extensions().get::<Problem>() {
        Some(problem) => asker.tell(status, problem, &trace, framed),
        None if status.is_client_error() && !drawn => {
            let detail = to_bytes(response.into_body(), DETAIL_BYTES).await.unwrap_or_default();
            let problem = Problem::of_request(status, &String::from_utf8_lossy(&detail));
            asker.tell(status, &problem, &trace, framed)
        }
        None => response,
    }
}

impl Problem {
    /// What an extractor or the router refused, before one of our handlers saw it.
    fn of_request(status: StatusCode, detail: &str) -> Self {
        let words = match status {
            _ if detail.starts_with("Failed to deserialize") => {
                return Self {
                    login: false,
                    title: "填写有误",
                    words: format!("请求填写有误：{}。", in_chinese(detail)),
                    place: None,
                    again: false,
                };
            }
            StatusCode::METHOD_NOT_ALLOWED => "这个地址不支持这种操作。",
            StatusCode::PAYLOAD_TOO_LARGE => "提交的内容过大。",
            StatusCode::REQUEST_TIMEOUT => "提交太慢，请重试。",
            _ => "地址或参数有误，请从菜单重新进入。",
        };
        let words = words.to_owned();
        Self { login: false, title: "请求有误", words, place: None, again: false }
    }
}

/// Who reads the answer.
enum Asker {
    Script,
    /// A part of a page, which the page asks for by itself.
    Htmx,
    /// An act out of a part of a page: what it was refused for stays until it is seen.
    HtmxAct,
    Browser,
}

impl Asker {
    fn of(request: &Request) -> Self {
        let says = |name: HeaderName, word: &str| {
            let value = request.headers().get(name).and_then(|value| value.to_str().ok());
            value.is_some_and(|value| value.contains(word))
        };
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        if request.headers().contains_key(HX_REQUEST) {
            if reads { Self::Htmx } else { Self::HtmxAct }
        } else if says(ACCEPT, "application/json")
            || says(ACCEPT, "text/event-stream")
            || says(CONTENT_TYPE, "application/json")
            || request.uri().path().contains("/api/")
        {
            Self::Script
        } else {
            Self::Browser
        }
    }

    fn tell(
        self,
        status: StatusCode,
        problem: &Problem,
        trace: &str,
        framed: Option<Framed>,
    ) -> Response {
        let mut told = self.draw(status, problem, trace, framed);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            told.headers_mut().insert(RETRY_AFTER, COME_AGAIN);
        }
        told
    }

    fn draw(
        self,
        status: StatusCode,
        problem: &Problem,
        trace: &str,
        framed: Option<Framed>,
    ) -> Response {
        let words = &problem.words;
        match self {
            Self::Script => {
                let mut body = json!({ "message": words, "trace": trace });
                if let Some((line, column)) = problem.place {
                    body["line"] = line.into();
                    body["column"] = column.into();
                }
                if problem.again {
                    body["again"] = true.into();
                }
                (status, Json(body)).into_response()
            }
            Self::Browser if problem.login => Redirect::to("/login").into_response(),
            Self::Htmx => {
                Self::page("jobs.html", status, context! { message => words, jobs => [(); 0] })
            }
            Self::HtmxAct => {
                let mut told = Self::page("refused.html", status, context! { message => words });
                // Beside the list, which is drawn anew each second.
                told.headers_mut().insert(HX_RETARGET, HeaderValue::from_static("#refused"));
                told.headers_mut().insert(HX_RESWAP, HeaderValue::from_static("innerHTML"));
                told
            }
            Self::Browser => {
                let values =
                    context! { title => problem.title, words, status => status.as_u16(), trace };
                let frame = framed.map_or_else(|| context! {}, |framed| framed.0);
                Self::page("words.html", status, context! { ..values, ..frame })
            }
        }
    }

    fn page(template: &str, status: StatusCode, values: minijinja::Value) -> Response {
        match pages::render(template, values) {
            Ok(page) => (status, page).into_response(),
            Err(_) => status.into_response(),
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
            other => match engine::unfit(&other) {
                Some(unfit) => Self::Invalid(format!("{unfit}。")),
                None => Self::Fault(other.into()),
            },
        }
    }
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

impl From<CollectError> for WebError {
    fn from(error: CollectError) -> Self {
        use CollectError as E;
        match error {
            E::StaleQuote { .. }
            | E::OlderFirst { .. }
            | E::KeyReused { .. }
            | E::TakenAlready(_)
            | E::DayClosed
            | E::Held(_)
            | E::NoReceipts(_)
            | E::PrepaidGone { .. } => Self::Conflict(error.to_string()),
            E::JustTaken(_) => Self::Again(error.to_string()),
            E::Busy | E::Database(_) => Self::busy(error.to_string(), &error),
            E::OtherOutlet => Self::Forbidden("该用户属于其他网点，不能在本网点收费。"),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}

impl From<ReverseChargeError> for WebError {
    fn from(error: ReverseChargeError) -> Self {
        use ReverseChargeError as E;
        match error {
            E::NoReason => Self::Invalid(error.to_string()),
            E::Unknown | E::UnknownRequest => Self::NotFound,
            E::NotAllowed => Self::NotAllowed(None),
            E::Busy | E::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<ReverseError> for WebError {
    fn from(error: ReverseError) -> Self {
        use ReverseError as E;
        match error {
            E::NoReason => Self::Invalid(error.to_string()),
            E::Unknown => Self::NotFound,
            E::Busy | E::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<channels::ReverseError> for WebError {
    fn from(error: channels::ReverseError) -> Self {
        use channels::ReverseError as E;
        match error {
            E::NoReason => Self::Invalid(error.to_string()),
            E::Unknown => Self::NotFound,
            E::Busy | E::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<RequestError> for WebError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Refused(refused) => refused.into(),
            RequestError::NotAllowed => Self::NotAllowed(Some(Action::RequestReversal)),
            RequestError::Database(_) => Self::busy(error.to_string(), &error),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<AnswerError> for WebError {
    fn from(error: AnswerError) -> Self {
        use AnswerError as E;
        match error {
            E::Database(_) => Self::busy(error.to_string(), &error),
            E::NotAllowed => Self::NotAllowed(Some(Action::ApproveReversal)),
            E::Unknown => Self::NotFound,
            E::NoReason => Self::Invalid(error.to_string()),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<CloseError> for WebError {
    fn from(error: CloseError) -> Self {
        match error {
            CloseError::Busy | CloseError::Database(_) => Self::busy(error.to_string(), &error),
            CloseError::Counted | CloseError::NoReason => Self::Invalid(error.to_string()),
            refused => Self::Conflict(refused.to_string()),
        }
    }
}

impl From<WarehouseError> for WebError {
    fn from(error: WarehouseError) -> Self {
        use WarehouseError as E;
        match error {
            E::Invalid { message, line, column } => {
                Self::Statement { words: message, place: line.zip(column) }
            }
            E::Refused(told) => Self::Statement { words: told.message, place: told.place },
            E::Computation(told) => Self::Statement {
                words: format!("计算出错：{}", told.message),
                place: told.place,
            },
            E::Busy | E::Empty => Self::not_now(error.to_string()),
            E::NoSnapshot(_) => Self::NotFound,
            E::Shape { .. } | E::Broken(_) => Self::Fault(error.into()),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}

impl From<ReportError> for WebError {
    fn from(error: ReportError) -> Self {
        use ReportError as E;
        match error {
            E::NotForRole(_) => Self::Forbidden("您的角色不能查看这份报表。"),
            E::Param { .. } | E::TooLong { .. } => Self::Invalid(error.to_string()),
            E::UnknownNumber(_) => Self::NotFound,
            E::NotASnapshot => Self::not_now(error.to_string()),
            E::Changed { .. } => Self::Conflict(error.to_string()),
            E::Warehouse(cause) => cause.into(),
            fault => Self::Fault(fault.into()),
        }
    }
}

macro_rules! rejections {
    ($($rejection:ty),+) => {
        $(impl From<$rejection> for WebError {
            fn from(error: $rejection) -> Self {
                Self::Invalid(format!("请求填写有误：{}", in_chinese(&error.body_text())))
            }
        })+
    };
}
rejections!(JsonRejection, FormRejection, QueryRejection);

/// What people call a field; one that they never see keeps its name. Of `tenders[0].amount` the last part counts.
pub(super) fn called(field: &str) -> &str {
    engine::field_name(field.rsplit('.').next().unwrap_or(field)).unwrap_or(field)
}

/// What is wrong with a body or a query, for whoever sent it: the field and the kind of the fault.
fn in_chinese(detail: &str) -> String {
    // "Failed to …: account: missing field `x` at line 1 column 7": the words of serde, and where it was.
    let detail = detail.rsplit_once("target type: ").map_or(detail, |(_, what)| what);
    let detail = detail.rsplit_once("query string: ").map_or(detail, |(_, what)| what);
    let detail = detail.rsplit_once("form body: ").map_or(detail, |(_, what)| what);
    let detail = detail.split_once(" at line ").map_or(detail, |(what, _)| what);
    // Our own types refuse in Chinese already.
    if detail.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)) {
        return detail.to_owned();
    }
    let (field, fault) = match detail.split_once(": ") {
        Some((field, fault)) if !field.contains(' ') => (format!("“{}”", called(field)), fault),
        _ => (String::new(), detail),
    };
    let quoted = || fault.split('`').nth(1).unwrap_or_default();
    let words = [
        ("missing field", format!("缺少“{}”", called(quoted()))),
        ("unknown variant", format!("{field}的值“{}”无效", quoted())),
        ("unknown field", format!("没有“{}”这一项", called(quoted()))),
        ("duplicate field", format!("“{}”重复", called(quoted()))),
        ("invalid type", format!("{field}的类型不对")),
        ("invalid", format!("{field}的值无效")),
        ("Expected request with", "须以 JSON 或表单提交".to_owned()),
    ];
    let found = words.into_iter().find(|(start, _)| fault.starts_with(start));
    found.map_or_else(|| format!("{field}格式有误"), |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_sent_it_reads_in_chinese_what_is_wrong() {
        for (detail, words) in [
            (
                "Failed to deserialize the JSON body into the target type: missing field `key` at line 1 column 2",
                "缺少“提交编号”",
            ),
            (
                "Failed to deserialize the JSON body into the target type: format: unknown variant `doc`, expected one of `csv`, `xlsx` at line 1 column 9",
                "“格式”的值“doc”无效",
            ),
            (
                "Failed to deserialize the JSON body into the target type: account: invalid type: string \"a\", expected i64 at line 1",
                "“用户”的类型不对",
            ),
            (
                "Failed to deserialize the JSON body into the target type: also[0].sum: unknown field `sum`, expected one of `method`, `amount` at line 1 column 9",
                "没有“sum”这一项",
            ),
            (
                "Failed to deserialize form body: unknown field `x`, expected `reason`",
                "没有“x”这一项",
            ),
            ("Failed to deserialize query string: day: premature end of input", "“日期”格式有误"),
            ("Failed to parse the request body as JSON: EOF while parsing", "格式有误"),
            ("Expected request with `Content-Type: application/json`", "须以 JSON 或表单提交"),
            ("received: 金额应写作 \"103.33\"", "received: 金额应写作 \"103.33\""),
        ] {
            assert_eq!(in_chinese(detail), words, "{detail}");
        }
    }
}
