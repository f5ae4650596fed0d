//! An error in the form that the asker reads: a page, a part of a page, or JSON.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::header::{ACCEPT, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use minijinja::context;
use serde_json::json;

use super::error::{WebError, in_chinese};
use super::pages::{self, Framed};
use super::trace::Trace;

/// htmx says so when it asks for a part of a page.
const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");
/// Where htmx puts an answer, and how, where that is not what the page has asked for.
const HX_RETARGET: HeaderName = HeaderName::from_static("hx-retarget");
const HX_RESWAP: HeaderName = HeaderName::from_static("hx-reswap");
/// What an extractor says of a request is no longer.
const DETAIL_BYTES: usize = 4096;
/// Seconds after which it is worth to try what could not be done just now.
const COME_AGAIN: HeaderValue = HeaderValue::from_static("5");

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

/// True where a person reads the answer as a page.
pub(super) fn is_browser(request: &Request) -> bool {
    matches!(Asker::of(request), Asker::Browser)
}

/// Why a form was refused, where its own page helps on better than one of the error; none where the fault is ours, or
/// nobody knows what was done.
pub(super) fn refusal(answer: &Response) -> Option<String> {
    let problem = answer.extensions().get::<Problem>()?;
    match answer.status() {
        StatusCode::FORBIDDEN | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
            Some(problem.words.clone())
        }
        StatusCode::NOT_FOUND => Some("没有这一项，可能已由他人办理。".to_owned()),
        _ => None,
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
