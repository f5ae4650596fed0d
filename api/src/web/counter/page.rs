//! The page of the counter, and the token that its scripts send.

use axum::Json;
use axum::extract::State;
use axum::response::Html;
use minijinja::context;
use serde::Serialize;
use terms::PayMethod;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page;
use crate::web::visitor::Clerk;

pub(super) async fn show(State(app): State<App>, clerk: Clerk) -> Result<Html<String>, WebError> {
    let taken = PayMethod::ALL.iter().filter(|method| method.at_counter());
    let methods: Vec<_> =
        taken.map(|m| context! { code => m.code(), label => m.label() }).collect();
    page(&app, &clerk.visitor, "/counter", "counter.html", context! { methods })
}

/// Who the counter's scripts work for.
#[derive(Serialize)]
pub(super) struct SessionView {
    csrf: String,
    name: String,
    outlet: Option<String>,
}

pub(super) async fn session(clerk: Clerk) -> Json<SessionView> {
    let visitor = clerk.visitor;
    Json(SessionView { csrf: visitor.csrf, name: visitor.name, outlet: Some(visitor.place) })
}
