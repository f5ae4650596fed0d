//! 数据提取: ask the warehouse freely, within one's own rows, and take the answer away as a file.

mod download;
mod jobs;
mod page;
mod run;
mod worker;

use axum::Router;
use axum::routing::{get, post};

use super::App;

pub(super) use worker::{Jobs, resume};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/extract", get(page::show))
        .route("/extract/run", post(run::run))
        .route("/extract/jobs", get(jobs::list).post(jobs::order))
        .route("/extract/jobs/{id}/cancel", post(jobs::cancel))
        .route("/extract/jobs/{id}/retry", post(jobs::retry))
        .route("/extract/jobs/{id}/file", get(download::file))
}
