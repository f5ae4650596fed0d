//! Is Weir alive, can it post money, how far is the warehouse behind.

mod status;
mod store;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use engine::access::Action;

use super::App;
use super::doors::{Doors, Who};
use super::visitor::Visitor;
use super::words::AsOfWords;

/// For people, behind the login.
pub(super) fn doors() -> Doors {
    Doors::new().page("/status", Action::ReadStatus, status::page).page("/asof", Who::Person, as_of)
}

/// For machines, without one: figures only.
pub(super) fn probes() -> Router<App> {
    Router::new()
        .route("/livez", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/statusz", get(status::figures))
}

/// Ready means that a payment can be posted; the warehouse may be behind.
async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    let writable = async {
        let mut conn = app.0.pool.acquire().await?;
        store::takes_writes(&mut conn).await
    };
    match writable.await {
        Ok(true) => (StatusCode::OK, "ok"),
        Ok(false) => (StatusCode::SERVICE_UNAVAILABLE, "the database is read-only"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}

async fn as_of(State(app): State<App>, _: Visitor) -> Json<AsOfWords> {
    Json(AsOfWords::of(&app))
}
