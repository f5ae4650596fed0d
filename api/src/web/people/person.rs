//! One person: role and place, pass word, let in or not.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use chrono::{DateTime, Utc};
use engine::access::{self, Action, StoodIn, Was};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::moment;

use super::{HERE, roles, typed};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page;
use crate::web::visitor::Visitor;
use crate::web::words::fact;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordBody {
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NameBody {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleBody {
    role: String,
    #[serde(default)]
    outlet: String,
    #[serde(default)]
    town: String,
    /// Set where it is meant that the person may do or see more.
    widens: Option<String>,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
) -> Result<Html<String>, WebError> {
    let mut connection = app.0.pool.acquire().await?;
    let person = access::person(&mut connection, &login).await?.ok_or(WebError::NotFound)?;
    let history = access::person_history(&mut connection, &login).await?;
    let stood = access::stand_ins(&mut connection, &login).await?;
    drop(connection);
    let now = app.0.clock.now();
    let user = &person.user;
    let facts = vec![
        fact("登录名", &user.login),
        fact("姓名", &user.name),
        fact("角色", user.role.label()),
        fact("网点、镇街", user.place_words()),
        fact("最近登录", person.last_seen.map(moment).unwrap_or_default()),
    ];
    let values = context! {
        facts, login,
        name => &user.name,
        hindrance => person.hindrance(),
        active => person.active,
        outlet => user.outlet_name.as_deref().unwrap_or_default(),
        town => user.town_name.as_deref().unwrap_or_default(),
        roles => roles(Some(user.role)),
        is_self => user.id == visitor.user,
        stands_in_until => user.stands_in_until.map(through),
        today => app.0.clock.today().to_string(),
        history => history.iter().map(was).collect::<Vec<_>>(),
        stood => stood.iter().map(|of| stood_in(of, now)).collect::<Vec<_>>(),
        may_rename => visitor.rights.may(Action::RenameUser),
        may_stand_in => visitor.rights.may(Action::StandIn),
    };
    page(&app, &visitor, HERE, "person.html", values)
}

pub(super) async fn disable(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
) -> Result<Redirect, WebError> {
    let (pool, clock, by) = (&app.0.pool, &*app.0.clock, Some(visitor.user));
    let done = access::disable_user(pool, clock, by, &login).await.map_err(WebError::from);
    answer(&app, &login, done)
}

pub(super) async fn enable(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
) -> Result<Redirect, WebError> {
    let (pool, clock, by) = (&app.0.pool, &*app.0.clock, Some(visitor.user));
    let done = access::enable_user(pool, clock, by, &login).await.map_err(WebError::from);
    answer(&app, &login, done)
}

pub(super) async fn set_password(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
    body: Result<Form<PasswordBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    let (pool, clock, by) = (&app.0.pool, &*app.0.clock, Some(visitor.user));
    let done = access::change_password(pool, clock, by, &login, &body.password).await;
    answer(&app, &login, done.map_err(WebError::from))
}

pub(super) async fn rename(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
    body: Result<Form<NameBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    let (pool, clock, by) = (&app.0.pool, &*app.0.clock, Some(visitor.user));
    let done = access::rename_user(pool, clock, by, &login, &body.name).await;
    answer(&app, &login, done.map_err(WebError::from))
}

pub(super) async fn set_role(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
    body: Result<Form<RoleBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    let done = change_role(&app, &visitor, &login, &body).await;
    answer(&app, &login, done)
}

async fn change_role(
    app: &App,
    visitor: &Visitor,
    login: &str,
    body: &RoleBody,
) -> Result<(), WebError> {
    let role = body.role.parse().map_err(|_| WebError::Invalid("请选择角色。".to_owned()))?;
    let (outlet, town) = (typed(&body.outlet), typed(&body.town));
    let mut connection = app.0.pool.acquire().await?;
    let place = access::place_named(&mut connection, outlet.as_deref(), town.as_deref()).await?;
    drop(connection);
    let unknown = || WebError::Invalid("没有这个网点或镇街，请按全称填写。".to_owned());
    let to = (role, place.ok_or_else(unknown)?);
    let (pool, clock, by) = (&app.0.pool, &*app.0.clock, Some(visitor.user));
    access::set_role(pool, clock, by, login, to, body.widens.is_some()).await?;
    Ok(())
}

/// Back to the person, whose sessions may have ended with it.
pub(super) fn answer(
    app: &App,
    login: &str,
    done: Result<(), WebError>,
) -> Result<Redirect, WebError> {
    done?;
    app.0.sessions_ended.send_replace(());
    Ok(Redirect::to(&format!("{HERE}/{login}")))
}

fn was(was: &Was) -> Value {
    context! {
        at => moment(was.changed_at),
        name => &was.name,
        role => was.role.label(),
        place => place(was.outlet.as_deref(), was.town.as_deref()),
        active => was.active,
        by => was.changed_by.as_deref(),
    }
}

fn stood_in(of: &StoodIn, now: DateTime<Utc>) -> Value {
    let (state, tone) = match (of.ended_at, of.is_open(now), of.from <= now) {
        (Some(_), ..) => ("提前结束", ""),
        (None, false, _) => ("已到期", ""),
        (None, true, true) => ("顶岗中", "warn"),
        (None, true, false) => ("待开始", "ok"),
    };
    context! {
        id => of.id,
        role => of.role.label(),
        place => place(of.outlet.as_deref(), of.town.as_deref()),
        from => moment(of.from),
        until => of.ended_at.map_or_else(|| through(of.until), moment),
        reason => &of.reason,
        by => of.given_by.as_deref(),
        open => of.is_open(now),
        state, tone,
    }
}

/// The last day, which is one of them.
fn through(until: DateTime<Utc>) -> String {
    format!("{}（含当日）", access::last_day(until))
}

fn place(outlet: Option<&str>, town: Option<&str>) -> String {
    outlet.or(town).unwrap_or("全市").to_owned()
}
