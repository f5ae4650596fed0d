//! One page of routes, grouped by who reads them.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use super::error::WebError;
use super::{App, access, assets, counter, error, extract, home, ops, report, security, visitor};

pub(super) fn router(app: App) -> Router {
    Router::new()
        .merge(access::routes())
        .merge(home::routes())
        .merge(counter::routes())
        .merge(report::routes())
        .merge(extract::routes())
        .merge(ops::pages())
        .layer(from_fn_with_state(app.clone(), visitor::admit))
        .merge(ops::probes())
        .route("/static/{hash}/{*name}", get(assets::file))
        .fallback(async || WebError::NotFound)
        .layer(from_fn(error::speak))
        .layer(from_fn(security::headers))
        .layer(CatchPanicLayer::new())
        .layer(CompressionLayer::new())
        .with_state(app)
}
