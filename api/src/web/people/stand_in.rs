//! 顶岗: another's work for some days, given and ended on the page of a person.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::Redirect;
use chrono::NaiveDate;
use engine::access::{self, StandIn};
use serde::Deserialize;

use super::person::answer;
use super::typed;
use crate::web::App;
use crate::web::error::WebError;
use crate::web::visitor::Visitor;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
#[serde(default)]
pub(super) struct StandInBody {
    role: String,
    outlet: String,
    town: String,
    from: String,
    until: String,
    reason: String,
    /// Set where it is meant that the person may do or see more meanwhile.
    widens: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
#[serde(default)]
pub(super) struct EndBody {
    id: String,
}

pub(super) async fn begin(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
    body: Result<Form<StandInBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    let done = order(&app, &visitor, &login, body).await;
    answer(&app, &login, done)
}

async fn order(
    app: &App,
    visitor: &Visitor,
    login: &str,
    body: StandInBody,
) -> Result<(), WebError> {
    let role = body.role.parse().map_err(|_| WebError::Invalid("请选择角色。".to_owned()))?;
    let day = |text: &str| {
        text.parse::<NaiveDate>()
            .map_err(|_| WebError::Invalid("请填写开始日期和结束日期。".to_owned()))
    };
    let (from, until) = (day(&body.from)?, day(&body.until)?);
    let (outlet, town) = (typed(&body.outlet), typed(&body.town));
    let mut connection = app.0.pool.acquire().await?;
    let place = access::place_named(&mut connection, outlet.as_deref(), town.as_deref()).await?;
    drop(connection);
    let unknown = || WebError::Invalid("没有这个网点或镇街，请按全称填写。".to_owned());
    let order = StandIn {
        login: login.to_owned(),
        role,
        place: place.ok_or_else(unknown)?,
        from,
        until,
        reason: body.reason,
        widens: body.widens.is_some(),
    };
    access::stand_in(&app.0.pool, &*app.0.clock, Some(visitor.user), order).await?;
    Ok(())
}

pub(super) async fn end(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
    body: Result<Form<EndBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    let id = body.id.parse().map_err(|_| WebError::NotFound)?;
    let (pool, clock, by) = (&app.0.pool, &*app.0.clock, Some(visitor.user));
    access::person(&mut *pool.acquire().await?, &login).await?.ok_or(WebError::NotFound)?;
    let done = access::end_stand_in(pool, clock, by, &login, id).await.map_err(WebError::from);
    answer(&app, &login, done)
}
