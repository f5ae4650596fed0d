//! Who asks: the session behind the cookie, and the extractors of a person and of a clerk at an outlet.

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::Method;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use axum_extra::extract::CookieJar;
use engine::access::{self, Act, Action, Asking, Reach, Rights, Signed};
use minijinja::Value;
use terms::{OutletId, Role, TownId, UserId};
use warehouse::Person;

use super::App;
use super::error::WebError;
use super::pages::frame;
use super::patience::BODY_BYTES;
use super::security::{csrf_header, csrf_holds, is_stranger};
use super::trace;
use crate::reader;

/// A person who is logged in.
#[derive(Debug, Clone)]
pub(super) struct Visitor {
    pub(super) user: UserId,
    pub(super) name: String,
    pub(super) role: Role,
    /// What they may do, as the books say now.
    pub(super) rights: Rights,
    /// The rows that are theirs to see: what is cut to a length is cut of these.
    pub(super) reach: Reach,
    pub(super) place: String,
    /// The same person as a reader of the warehouse, with the rows that they may see.
    pub(super) reader: Person,
    pub(super) csrf: String,
}

impl From<Signed> for Visitor {
    fn from(Signed { user, csrf }: Signed) -> Self {
        Self {
            user: user.id,
            role: user.role,
            reach: user.reach(),
            place: user.place_words().to_owned(),
            reader: reader(&user),
            name: user.name,
            rights: user.rights,
            csrf,
        }
    }
}

impl Visitor {
    /// True where a row of this town and outlet is theirs to see; a row without one is for those whom none bounds.
    /// What is not is as good as none.
    pub(super) fn sees(&self, town: Option<TownId>, outlet: Option<OutletId>) -> bool {
        self.reach.holds(town, outlet)
    }
}

/// Notes what a visitor is about to read, before the answer begins.
pub(super) async fn note(
    app: &App,
    visitor: &Visitor,
    action: Action,
    subject: impl Into<String>,
    details: serde_json::Value,
) -> Result<(), WebError> {
    let act = Act::new(action, Some(visitor.user), subject).with(details);
    Ok(access::mark_reading(&app.0.pool, &*app.0.clock, act).await?)
}

/// Looks the session up, and lets nothing be changed without its token: deny by default, for every route.
pub(super) async fn admit(
    State(app): State<App>,
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
    let mut request = match (&visitor, reading || request.uri().path() == "/login") {
        (_, true) => request,
        (None, false) => return Err(WebError::Login),
        (Some(visitor), false) => with_token(request, &visitor.csrf).await?,
    };
    let Some(visitor) = visitor else { return Ok(next.run(request).await) };
    let path = request.uri().path().to_owned();
    request.extensions_mut().insert(visitor.clone());
    let mut response = next.run(request).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        // Whoever is refused something keeps the menu.
        response.extensions_mut().insert(Framed(frame(&app, &visitor, &path)));
    }
    Ok(response)
}

/// The frame of the page in which a refusal is told.
#[derive(Clone)]
pub(super) struct Framed(pub(super) Value);

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

impl FromRequestParts<App> for Visitor {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, WebError> {
        parts.extensions.get::<Self>().cloned().ok_or(WebError::Login)
    }
}

/// A clerk at an outlet: the table of routes has let nobody else in. 收费员
#[derive(Debug)]
pub(super) struct Clerk {
    pub(super) visitor: Visitor,
    pub(super) outlet: OutletId,
}

impl FromRequestParts<App> for Clerk {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let visitor = Visitor::from_request_parts(parts, app).await?;
        let outlet = visitor.reach.outlet.ok_or(WebError::Forbidden("您还没有指定网点。"))?;
        Ok(Self { visitor, outlet })
    }
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
