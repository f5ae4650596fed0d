//! Gives a report its number, on a snapshot that holds everything up to this moment, and leads to the file.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::Redirect;
use engine::access::Action;
use reports::Made;
use serde_json::json;

use super::{Asked, known};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::flush::snapshot_of_now;
use crate::web::visitor::{Visitor, note};

type Asking = Result<Form<Asked>, FormRejection>;

pub(super) async fn print(
    State(app): State<App>,
    visitor: Visitor,
    Path(code): Path<String>,
    asked: Asking,
) -> Result<Redirect, WebError> {
    issue(&app, &visitor, &code, asked, "pdf").await
}

pub(super) async fn excel(
    State(app): State<App>,
    visitor: Visitor,
    Path(code): Path<String>,
    asked: Asking,
) -> Result<Redirect, WebError> {
    issue(&app, &visitor, &code, asked, "xlsx").await
}

async fn issue(
    app: &App,
    visitor: &Visitor,
    code: &str,
    asked: Asking,
    ending: &str,
) -> Result<Redirect, WebError> {
    let Form(asked) = asked?;
    let report = known(code)?;
    let details = json!({ "day": asked.day, "outlet": asked.outlet_of(visitor), "as": ending });
    note(app, visitor, Action::IssueReport, report.title, details).await?;
    let pinned = snapshot_of_now(app).await?;
    let who = visitor.reader.clone();
    let params = asked.params(visitor, app.0.clock.today());
    let made = Made { at: app.0.clock.now(), by: visitor.name.clone() };
    let issued = app.0.archive.issue(&pinned, &who, report, &params, made).await?;
    let number = issued.number.unwrap_or_default();
    Ok(Redirect::to(&format!("/report/{number}.{ending}")))
}
