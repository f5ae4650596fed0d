//! The page with the figures of now, and the same figures for programs.

use axum::Json;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::shared;
use super::view::{HomeView, parts};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page;
use crate::web::visitor::Visitor;

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Html<String>, WebError> {
    let figures = shared::newest(&app, &visitor).await?;
    let values =
        context! { home => Value::from(Serde(HomeView::of(&app, &figures))), parts => parts() };
    page(&app, &visitor, "/home", "home.html", values)
}

pub(super) async fn figures(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Response, WebError> {
    let figures = shared::newest(&app, &visitor).await?;
    Ok(Json(HomeView::of(&app, &figures)).into_response())
}
