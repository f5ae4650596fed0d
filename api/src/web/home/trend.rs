//! The trend as a picture: for print, for browsers without scripts, for a message to a superior.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use reports::chart;

use super::shared;
use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Visitor;

pub(super) async fn svg(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    let figures = shared::newest(&app, &visitor).await?;
    Ok(([(CONTENT_TYPE, "image/svg+xml")], chart::trend_svg(&figures.home)?).into_response())
}

pub(super) async fn png(State(app): State<App>, visitor: Visitor) -> Result<Response, WebError> {
    let figures = shared::newest(&app, &visitor).await?;
    Ok(([(CONTENT_TYPE, "image/png")], chart::trend_png(&figures.home)?).into_response())
}
