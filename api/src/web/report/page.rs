//! The page of a report, and a numbered report by its address.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Query;
use minijinja::{Value, context};
use reports::params::ALL_OUTLETS;
use warehouse::AsOf;

use super::{Asked, file, known};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page;
use crate::web::visitor::Visitor;

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    // A number with an ending is a file; both live under /report/.
    if let Some((number, ending)) = code.rsplit_once('.') {
        return file::serve(&app, &visitor, number, ending).await;
    }
    let report = known(&code)?;
    let today = app.0.clock.today();
    let values = context! {
        code,
        title => report.title,
        number => report.form,
        day => asked.day.unwrap_or(today).to_string(),
        today => today.to_string(),
        outlet => asked.outlet_of(&visitor),
        outlets => outlets(&app, &visitor).await?,
    };
    let here = format!("/report/{}", report.code);
    Ok(page(&app, &visitor, &here, "report.html", values)?.into_response())
}

async fn outlets(app: &App, visitor: &Visitor) -> Result<Vec<Value>, WebError> {
    if let Some(own) = visitor.reach.outlet {
        return Ok(vec![context! { id => own.0, name => &visitor.place }]);
    }
    let pinned = app.0.warehouse.at(AsOf::Live).await?;
    let all = std::iter::once(context! { id => ALL_OUTLETS, name => "全部网点" });
    let each = reports::outlets(&pinned, &visitor.reader).await?;
    Ok(all.chain(each.into_iter().map(|(id, name)| context! { id => id.0, name })).collect())
}
