//! The number of a request, and its line in the log: who asked for what, how it ended and how long it took.
//!
//! Whatever is logged on the way carries the number, the path and the person; the page that tells of an error shows
//! the number, so that whoever is called finds the line. What stands behind `?` may be a name, and is not logged.

use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::field::Empty;
use tracing::{Instrument, Span};

/// Carries the number to whoever reads answers by a program.
const NAME: HeaderName = HeaderName::from_static("x-trace");
/// A longer path is no page of ours.
const PATH_MAX_BYTES: usize = 200;

/// The number of a request. 追踪号
#[derive(Debug, Clone)]
pub(super) struct Trace(pub(super) String);

/// Gives the request its number, and writes its line when it is answered.
pub(super) async fn follow(mut request: Request, next: Next) -> Response {
    let trace = Trace(hex::encode(rand::random::<[u8; 6]>()));
    request.extensions_mut().insert(trace.clone());
    let path = request.uri().path().get(..PATH_MAX_BYTES).unwrap_or(request.uri().path());
    let quiet = is_poll(&request) || path.starts_with("/static/");
    let span = tracing::error_span!(
        "request",
        trace = trace.0,
        method = %request.method(),
        path,
        person = Empty
    );
    let began = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, ms) = (response.status().as_u16(), began.elapsed().as_millis());
    span.in_scope(|| {
        if quiet && !response.status().is_server_error() {
            tracing::debug!(status, ms, "answered");
        } else {
            tracing::info!(status, ms, "answered");
        }
    });
    if let Ok(number) = HeaderValue::from_str(&trace.0) {
        response.headers_mut().insert(NAME, number);
    }
    response
}

/// Pages that ask by themselves, whether or not anybody is there: they keep no session alive.
const POLLS: [&str; 6] = [
    "/asof",
    "/home/figures",
    "/home/events",
    "/extract/jobs",
    "/approvals/waiting",
    "/counter/api/requests",
];

/// True for what a page asks by itself.
pub(super) fn is_poll(request: &Request) -> bool {
    request.method() == Method::GET && POLLS.contains(&request.uri().path())
}

/// Says who asks.
pub(super) fn is_by(login: &str) {
    Span::current().record("person", login);
}
