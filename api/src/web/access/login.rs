//! A name and a pass word become a session.

use std::net::IpAddr;

use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form, Json};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use engine::access::LoginError;
use minijinja::context;
use serde::Deserialize;
use serde_json::json;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::{landing, render};
use crate::web::server::Peer;
use crate::web::visitor::Visitor;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginBody {
    login: String,
    password: String,
}

pub(super) async fn page(visitor: Option<Visitor>) -> Result<Response, WebError> {
    match visitor {
        Some(visitor) => Ok(Redirect::to(landing(&visitor.rights)).into_response()),
        None => Ok(render("login.html", context! {})?.into_response()),
    }
}

pub(super) async fn enter(
    State(app): State<App>,
    jar: CookieJar,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Form<LoginBody>, FormRejection>,
) -> Result<Response, WebError> {
    let Form(body) = body?;
    let login = body.login.trim().to_lowercase();
    let from = caller(peer, &headers);
    let entered = app.0.logins.login(&app.0.pool, &*app.0.clock, from, &login, &body.password);
    // A page that asks over what stands in it reads the answer itself.
    let is_script = headers.get(ACCEPT).is_some_and(|kind| kind.as_bytes() == b"application/json");
    let refused = match entered.await {
        Ok(entered) => {
            let cookie = Cookie::build((app.cookie(), entered.token))
                .path("/")
                .http_only(true)
                .secure(app.is_secure())
                .same_site(SameSite::Lax);
            let to = if is_script {
                Json(json!({ "csrf": entered.csrf })).into_response()
            } else {
                Redirect::to(landing(&entered.user.rights)).into_response()
            };
            return Ok((jar.add(cookie), to).into_response());
        }
        Err(LoginError::Database(error)) => return Err(error.into()),
        Err(refused) => refused,
    };
    let status = match refused {
        LoginError::TooMany => {
            tracing::warn!(login, %from, "too many wrong log-ins");
            StatusCode::TOO_MANY_REQUESTS
        }
        LoginError::Busy => StatusCode::SERVICE_UNAVAILABLE,
        LoginError::Wrong | LoginError::Database(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    if is_script {
        return Ok((status, Json(json!({ "message": refused.to_string() }))).into_response());
    }
    let page = render("login.html", context! { message => refused.to_string(), login })?;
    Ok((status, page).into_response())
}

/// Where a try comes from. A proxy on this machine names its caller last; nobody else is believed.
pub(super) fn caller(peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let named = || {
        let chain = headers.get_all("x-forwarded-for").into_iter().next_back()?.to_str().ok()?;
        chain.rsplit(',').next()?.trim().parse::<IpAddr>().ok()
    };
    let named = if peer.is_loopback() { named() } else { None };
    named.unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_on_this_machine_names_its_caller() {
        let mut headers = HeaderMap::new();
        let (here, there): (IpAddr, IpAddr) =
            ("127.0.0.1".parse().unwrap(), "10.0.0.9".parse().unwrap());
        assert_eq!(caller(here, &headers), here);
        headers.insert("x-forwarded-for", "1.2.3.4, 10.0.0.7".parse().unwrap());
        assert_eq!(caller(here, &headers).to_string(), "10.0.0.7");
        assert_eq!(caller(there, &headers), there);
        headers.insert("x-forwarded-for", "nonsense".parse().unwrap());
        assert_eq!(caller(here, &headers), here);
    }
}
