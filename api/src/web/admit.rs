//! Who is let in: the session behind the cookie, and the token without which nothing is changed.

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::Method;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use engine::access::{self, Asking};

use super::App;
use super::error::WebError;
use super::pages::{Framed, frame};
use super::patience::BODY_BYTES;
use super::security::{csrf_header, csrf_holds, is_stranger};
use super::told::Telling;
use super::trace::{self, is_poll};
use super::visitor::Visitor;

/// Looks the session up, and lets nothing be changed without its token: deny by default, for every route.
pub(super) async fn admit(
    State((app, pages)): State<(App, Router)>,
    jar: CookieJar,
    request: Request,
    next: Next,
) -> Result<Response, WebError> {
    let visitor = match jar.get(app.cookie()) {
        Some(cookie) => session(&app, cookie.value(), asking(&request)).await?,
        None => None,
    };
    if let Some(visitor) = &visitor {
        trace::is_by(&visitor.reader.login);
    }
    let stranger = is_stranger(app.0.public_url.as_ref(), request.headers());
    let reading = matches!(*request.method(), Method::GET | Method::HEAD);
    if stranger && !reading {
        return Err(WebError::Forbidden(NO_TOKEN));
    }
    let path = request.uri().path().to_owned();
    let telling = Telling::of(&app, &jar, &request);
    let request = match (&visitor, reading || path == "/login") {
        (_, true) => Ok(request),
        (None, false) => return Err(WebError::Login),
        (Some(visitor), false) => with_token(request, &visitor.csrf).await,
    };
    let Some(mut visitor) = visitor else { return Ok(next.run(request?).await) };
    visitor.told = telling.first();
    let answer = match request {
        Ok(mut request) => {
            request.extensions_mut().insert(visitor.clone());
            next.run(request).await
        }
        Err(refused) => refused.into_response(),
    };
    let mut response = telling.after((&app, &pages, jar), &visitor, answer).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        // Whoever is refused something keeps the menu.
        response.extensions_mut().insert(Framed(frame(&app, &visitor, &path)));
    }
    Ok(response)
}

fn asking(request: &Request) -> Asking {
    if is_poll(request) { Asking::Poll } else { Asking::Person }
}

async fn session(app: &App, token: &str, asking: Asking) -> Result<Option<Visitor>, WebError> {
    let signed = access::session(&app.0.pool, &*app.0.clock, token, asking).await?;
    Ok(signed.map(Visitor::from))
}

/// Passes a writing request on if it carries the session's token, in a header or as the field `csrf` of a form. The
/// field ends here: what is handed on is the order alone, which knows no field beyond its own.
async fn with_token(request: Request, expected: &str) -> Result<Request, WebError> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_form = kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let in_header = csrf_holds(expected, csrf_header(request.headers()));
    if !is_form {
        return if in_header { Ok(request) } else { Err(WebError::Forbidden(NO_TOKEN)) };
    }
    let (mut parts, body) = request.into_parts();
    let body =
        to_bytes(body, BODY_BYTES).await.map_err(|_| WebError::Invalid("表单过大。".to_owned()))?;
    let (token, order) = form_token(&body);
    if !in_header && !csrf_holds(expected, token.as_deref()) {
        return Err(WebError::Forbidden(NO_TOKEN));
    }
    parts.headers.remove(CONTENT_LENGTH);
    Ok(Request::from_parts(parts, Body::from(order)))
}

const NO_TOKEN: &str = "页面已过期，请刷新后再试。";

/// The token of a form, and the form without it.
fn form_token(body: &Bytes) -> (Option<String>, Bytes) {
    let Ok(text) = std::str::from_utf8(body) else { return (None, body.clone()) };
    // A token is hexadecimal: nothing in it is ever escaped.
    let is_token = |pair: &&str| pair.starts_with("csrf=");
    let token = text.split('&').find(is_token).map(|pair| pair["csrf=".len()..].to_owned());
    let order: Vec<_> = text.split('&').filter(|pair| !is_token(pair)).collect();
    (token, Bytes::from(order.join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_carries_its_token_anywhere() {
        for (form, want, order) in [
            ("csrf=ab12&day=2026", Some("ab12"), "day=2026"),
            ("day=2026&csrf=ab12&n=1", Some("ab12"), "day=2026&n=1"),
            ("csrf=ab12", Some("ab12"), ""),
            ("xcsrf=ab12", None, "xcsrf=ab12"),
            ("", None, ""),
        ] {
            let (token, left) = form_token(&Bytes::from_static(form.as_bytes()));
            assert_eq!((token.as_deref(), &*left), (want, order.as_bytes()), "{form}");
        }
    }
}
