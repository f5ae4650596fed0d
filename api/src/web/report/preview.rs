//! A report over the live books, without a number: the paper and its proofs as a part of the page.

use axum::extract::{Path, State};
use axum::response::Html;
use axum_extra::extract::Query;
use reports::{Made, lay_out, render_html_fragment};
use warehouse::AsOf;

use super::{Asked, known};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Visitor;

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, WebError> {
    let report = known(&code)?;
    let pinned = app.0.warehouse.at(AsOf::Live).await?;
    let who = visitor.reader.clone();
    let params = asked.params(&visitor, app.0.clock.today());
    let made = Made { at: app.0.clock.now(), by: visitor.name.clone() };
    let laid_out = lay_out(&pinned, &who, report, &params, made).await?;
    // A long report is drawn off the threads that the tills wait for.
    let drawing = tokio::task::spawn_blocking(move || render_html_fragment(&laid_out));
    Ok(Html(drawing.await.map_err(|error| WebError::Fault(error.into()))??))
}
