//! What every answer says to the browser, and what a writing request must prove.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::App;

/// Everything comes from this host; no script or style stands in a page.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// A browser that has come through TLS comes no other way for so long.
const FOR_A_YEAR: &str = "max-age=31536000";

/// True where a browser says that another site has sent it here.
pub(super) fn is_stranger(app: &App, headers: &HeaderMap) -> bool {
    let says = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let is_cross = says(HeaderName::from_static("sec-fetch-site")) == Some("cross-site");
    let ours = app.0.public_url.as_ref();
    let is_foreign = ours.zip(says(ORIGIN)).is_some_and(|(ours, origin)| ours.origin() != origin);
    is_cross || is_foreign
}

/// Adds the headers that a browser needs to protect its user.
pub(super) async fn headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let fixed: [(HeaderName, &'static str); 4] = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in fixed {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.is_secure() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(FOR_A_YEAR));
    }
    // Pages hold money and names: nothing of them stays in a cache, except what says otherwise.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// True where the header or form token is the session's own; both have a fixed length.
pub(super) fn csrf_holds(expected: &str, given: Option<&str>) -> bool {
    let Some(given) = given else { return false };
    let differs = expected.bytes().zip(given.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
    expected.len() == given.len() && differs == 0
}

/// The token that a script sends.
pub(super) fn csrf_header(headers: &HeaderMap) -> Option<&str> {
    headers.get("x-csrf-token").and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_holds() {
        for (given, holds) in [
            (Some("abcd"), true),
            (Some("abc"), false),
            (Some("abcde"), false),
            (Some(""), false),
            (None, false),
        ] {
            assert_eq!(csrf_holds("abcd", given), holds, "{given:?}");
        }
    }
}
