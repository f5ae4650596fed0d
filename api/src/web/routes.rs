//! One page of routes: the tables of the folders, put together.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use super::doors::Doors;
use super::error::WebError;
use super::{
    App, access, assets, charges, counter, error, extract, home, marks, months, ops, patience,
    payments, people, remittances, report, security, suspense, visitor,
};

/// Every route behind the login, and the login itself.
pub(super) fn doors() -> Doors {
    Doors::new()
        .and(access::doors())
        .and(home::doors())
        .and(counter::doors())
        .and(report::doors())
        .and(extract::doors())
        .and(ops::doors())
        .and(charges::doors())
        .and(payments::doors())
        .and(remittances::doors())
        .and(suspense::doors())
        .and(months::doors())
        .and(people::doors())
        .and(marks::doors())
}

pub(super) fn router(app: App) -> Router {
    doors()
        .router()
        .layer(from_fn_with_state(app.clone(), visitor::admit))
        .route("/static/{hash}/{*name}", get(assets::file))
        .fallback(async || WebError::NotFound)
        .layer(from_fn(patience::whole_body))
        .layer(from_fn(error::speak))
        .layer(from_fn_with_state(app.clone(), security::headers))
        .layer(CatchPanicLayer::new())
        .layer(CompressionLayer::new())
        .with_state(app)
}
