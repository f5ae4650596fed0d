//! Coming in and going out. 登录、退出

mod login;
mod logout;

use axum::Router;
use axum::response::Redirect;
use axum::routing::{get, post};

use super::App;
use super::pages::landing;
use super::visitor::Visitor;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(async |visitor: Visitor| Redirect::to(landing(visitor.role))))
        .route("/login", get(login::page).post(login::enter))
        .route("/logout", post(logout::leave))
}
