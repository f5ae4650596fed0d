//! A numbered report as a file: made again on its snapshot, the same bytes each time.

use std::sync::Arc;

use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use engine::access::Action;
use reports::{Format, render_queued};
use serde_json::json;

use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::{Visitor, note};
use crate::web::words::file_header;

pub(super) async fn serve(
    app: &App,
    visitor: &Visitor,
    number: &str,
    ending: &str,
) -> Result<Response, WebError> {
    let format: Format = ending.parse().map_err(|_| WebError::NotFound)?;
    let entry = app.0.archive.entry(number).await?;
    super::issued::may_read(visitor, &entry)?;
    note(app, visitor, Action::FetchReport, number, json!({ "as": ending })).await?;
    let report = app.0.archive.again(&app.0.warehouse, number).await?;
    let name = format!("{}.{}", report.file_name(), format.ending());
    let shown = if format == Format::Pdf { "inline" } else { "attachment" };
    let bytes = render_queued(Arc::new(report), format).await?;
    let headers = [
        (CONTENT_TYPE, format.media_type().to_owned()),
        (CONTENT_DISPOSITION, file_header(shown, &name)),
    ];
    Ok((headers, bytes).into_response())
}
