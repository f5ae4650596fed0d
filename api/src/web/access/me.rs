//! 我的账号: what the person may do here, which rows they see, and the own pass word.

use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use axum_extra::extract::{CookieJar, Query};
use engine::access::{NewPassword, NewPasswordError};
use minijinja::context;
use serde::Deserialize;

use super::login::caller;
use crate::web::App;
use crate::web::error::WebError;
use crate::web::extract::scope_words;
use crate::web::pages::page;
use crate::web::server::Peer;
use crate::web::visitor::Visitor;
use crate::web::words::fact;

/// Set after a change, so that the page can say it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shown {
    changed: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordBody {
    old: String,
    new: String,
    again: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(shown): Query<Shown>,
) -> Result<Response, WebError> {
    draw(&app, &visitor, shown.changed.is_some(), None)
}

pub(super) async fn renew(
    State(app): State<App>,
    visitor: Visitor,
    jar: CookieJar,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Form<PasswordBody>, FormRejection>,
) -> Result<Response, WebError> {
    let Form(body) = body?;
    if body.new != body.again {
        return refuse(&app, &visitor, WebError::Invalid("两次输入的新口令不一致".to_owned()));
    }
    let order = NewPassword {
        user: visitor.user,
        login: visitor.reader.login.clone(),
        token: jar.get(app.cookie()).map_or("", |cookie| cookie.value()).to_owned(),
        address: caller(peer, &headers),
        old: body.old,
        new: body.new,
    };
    match app.0.logins.renew(&app.0.pool, &*app.0.clock, order).await {
        Ok(()) => {
            app.0.sessions_ended.send_replace(());
            Ok(Redirect::to("/me?changed=1").into_response())
        }
        Err(error) => refuse(&app, &visitor, error.into()),
    }
}

/// The page again with what is wrong; what is not the person's to put right is an error as any other.
fn refuse(app: &App, visitor: &Visitor, refused: WebError) -> Result<Response, WebError> {
    if !matches!(refused, WebError::Invalid(_)) {
        return Err(refused);
    }
    let mut page = draw(app, visitor, false, Some(refused.words()))?;
    *page.status_mut() = refused.status();
    Ok(page)
}

fn draw(
    app: &App,
    visitor: &Visitor,
    changed: bool,
    message: Option<String>,
) -> Result<Response, WebError> {
    let masks = if visitor.reader.sees_personal { "完整显示" } else { "脱敏显示" };
    let facts = vec![
        fact("登录名", &visitor.reader.login),
        fact("姓名", &visitor.name),
        fact("角色", visitor.role.label()),
        fact("网点、镇街", &visitor.place),
        fact("数据范围", scope_words(&visitor.reader)),
        fact("户名、电话、地址", masks),
    ];
    let rights: Vec<_> = visitor.rights.iter().map(|act| act.label()).collect();
    let values = context! { facts, rights, changed, message };
    Ok(page(app, visitor, "/me", "me.html", values)?.into_response())
}

impl From<NewPasswordError> for WebError {
    fn from(error: NewPasswordError) -> Self {
        use NewPasswordError as E;
        match error {
            E::Database(cause) => cause.into(),
            E::Busy => Self::not_now(error.to_string()),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}
