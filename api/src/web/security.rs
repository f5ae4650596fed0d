//! What every answer says to the browser, and what a writing request must prove.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::config::PublicUrl;

/// Everything comes from this host; no script or style stands in a page.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
                      form-action 'self'; frame-ancestors 'none'";

/// A browser that has come through TLS comes no other way for so long.
const FOR_A_YEAR: &str = "max-age=31536000";

/// True where a browser says that a page of somebody else's has sent it here, be it on a neighbour of the same site.
///
/// `Sec-Fetch-Site` is said on TLS and on this machine only; without it `Origin` must name the host that was asked.
pub(super) fn is_stranger(ours: Option<&PublicUrl>, headers: &HeaderMap) -> bool {
    let says = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = says(ORIGIN);
    if ours.zip(origin).is_some_and(|(ours, origin)| ours.origin() != origin) {
        return true;
    }
    match (says(HeaderName::from_static("sec-fetch-site")), origin) {
        // `none`: typed, or from a book mark.
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) if ours.is_none() => {
            origin.split_once("://").map(|(_, host)| host) != says(HOST)
        }
        (None, _) => false,
    }
}

/// Adds the headers that a browser needs to protect its user.
pub(super) async fn headers(
    State(is_secure): State<bool>,
    request: Request,
    next: Next,
) -> Response {
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
    if is_secure {
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
    fn only_our_own_pages_send_a_browser_here() {
        let public: PublicUrl = "https://weir.example".to_owned().try_into().unwrap();
        for (ours, site, origin, is_refused) in [
            (None, Some("same-origin"), Some("http://10.0.0.7:8080"), false),
            (None, Some("none"), None, false),
            (None, Some("same-site"), Some("http://10.0.0.7:8080"), true),
            (None, Some("cross-site"), None, true),
            (None, None, None, false),
            (None, None, Some("http://10.0.0.7:8080"), false),
            (None, None, Some("http://10.0.0.7:9090"), true),
            (None, None, Some("http://evil.example"), true),
            (None, None, Some("null"), true),
            (Some(&public), Some("same-origin"), Some("https://weir.example"), false),
            (Some(&public), None, Some("https://weir.example"), false),
            (Some(&public), None, Some("http://10.0.0.7:8080"), true),
            (Some(&public), Some("same-site"), Some("https://shop.weir.example"), true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("10.0.0.7:8080"));
            let said = [("sec-fetch-site", site), ("origin", origin)];
            for (name, value) in said.into_iter().filter_map(|(name, v)| Some((name, v?))) {
                headers.insert(name, HeaderValue::from_static(value));
            }
            assert_eq!(is_stranger(ours, &headers), is_refused, "{site:?} {origin:?}");
        }
    }

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
