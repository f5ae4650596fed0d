//! A name and a pass word become a session.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use engine::access::LoginError;
use minijinja::context;
use serde::Deserialize;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::{landing, render};
use crate::web::visitor::{COOKIE, Visitor};

#[derive(Deserialize)]
pub(super) struct LoginBody {
    login: String,
    password: String,
}

pub(super) async fn page(visitor: Option<axum::Extension<Visitor>>) -> Result<Response, WebError> {
    match visitor {
        Some(visitor) => Ok(Redirect::to(landing(visitor.role)).into_response()),
        None => Ok(render("login.html", context! {})?.into_response()),
    }
}

pub(super) async fn enter(
    State(app): State<App>,
    jar: CookieJar,
    body: Result<Form<LoginBody>, FormRejection>,
) -> Result<Response, WebError> {
    let Form(body) = body?;
    let login = body.login.trim().to_lowercase();
    let refused = match app.0.logins.login(&app.0.pool, &*app.0.clock, &login, &body.password).await
    {
        Ok(entered) => {
            let cookie = Cookie::build((COOKIE, entered.token))
                .path("/")
                .http_only(true)
                .same_site(SameSite::Lax);
            let to = Redirect::to(landing(entered.user.role));
            return Ok((jar.add(cookie), to).into_response());
        }
        Err(LoginError::Database(error)) => return Err(error.into()),
        Err(refused) => refused,
    };
    let page = render("login.html", context! { message => refused.to_string(), login })?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
