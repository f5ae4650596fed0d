//! 收费大厅: find the payer, take the money, hand over the receipt, close the day.

mod close;
mod collect;
mod page;
mod quote;
mod receipt;
mod reverse;
mod search;
mod today;

use axum::Router;
use axum::routing::{get, post};

use super::App;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/counter", get(page::show))
        .route("/counter/today", get(today::page))
        .route("/counter/receipt/{payment}", get(receipt::show))
        .route("/counter/api/session", get(page::session))
        .route("/counter/api/search", get(search::find))
        .route("/counter/api/quote", get(quote::read))
        .route("/counter/api/collect", post(collect::post))
        .route("/counter/api/reverse", post(reverse::post))
        .route("/counter/api/today", get(today::read))
        .route("/counter/api/close", post(close::post))
}
