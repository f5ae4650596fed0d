//! 首页: the figures of the city, live.

mod events;
mod page;
mod shared;
mod trend;
mod view;

use axum::Router;
use axum::routing::get;

use super::App;

pub(super) use shared::Shared;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/home", get(page::show))
        .route("/home/figures", get(page::figures))
        .route("/home/events", get(events::stream))
        .route("/home/trend.svg", get(trend::svg))
        .route("/home/trend.png", get(trend::png))
}
