//! The word of the second person on changes and on names, and what is taken back before its day.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::Redirect;
use engine::register::{self, AccountVersion};
use serde::Deserialize;
use terms::AccountVersionId;

use super::HERE;
use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Visitor;

pub(super) async fn approve_change(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Redirect, WebError> {
    change(&app, &visitor, AccountVersionId(id), true).await
}

pub(super) async fn refuse_change(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Redirect, WebError> {
    change(&app, &visitor, AccountVersionId(id), false).await
}

pub(super) async fn approve_name(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Redirect, WebError> {
    name(&app, &visitor, id, true).await
}

pub(super) async fn refuse_name(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
) -> Result<Redirect, WebError> {
    name(&app, &visitor, id, false).await
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
#[serde(default)]
pub(super) struct WithdrawBody {
    reason: String,
}

/// Submits that a change be taken back, and shows its account again.
pub(super) async fn withdraw_change(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<i64>,
    body: Result<Form<WithdrawBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    let found = seen(&app, &visitor, AccountVersionId(id)).await?;
    let (pool, clock) = (&app.0.pool, &*app.0.clock);
    register::withdraw_change(pool, clock, visitor.user, found.id, &body.reason).await?;
    Ok(Redirect::to(&format!("{HERE}/{}", found.account)))
}

/// A change of an account of another town or outlet is as good as none.
async fn seen(
    app: &App,
    visitor: &Visitor,
    version: AccountVersionId,
) -> Result<AccountVersion, WebError> {
    let found = register::change_numbered(&mut *app.0.pool.acquire().await?, version).await?;
    let sees = |found: &AccountVersion| visitor.sees(Some(found.town), Some(found.outlet));
    found.filter(sees).ok_or(WebError::NotFound)
}

async fn change(
    app: &App,
    visitor: &Visitor,
    version: AccountVersionId,
    approve: bool,
) -> Result<Redirect, WebError> {
    seen(app, visitor, version).await?;
    let by = visitor.user;
    register::decide_change(&app.0.pool, &*app.0.clock, by, version, approve).await?;
    Ok(Redirect::to(HERE))
}

/// So is a payer of another town.
async fn name(
    app: &App,
    visitor: &Visitor,
    version: i64,
    approve: bool,
) -> Result<Redirect, WebError> {
    let found = register::payer_correction(&mut *app.0.pool.acquire().await?, version).await?;
    found.filter(|found| visitor.sees(Some(found.town), None)).ok_or(WebError::NotFound)?;
    let by = visitor.user;
    register::decide_payer(&app.0.pool, &*app.0.clock, by, version, approve).await?;
    Ok(Redirect::to(HERE))
}
