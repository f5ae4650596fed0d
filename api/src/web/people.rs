//! 用户管理: who may come in, for those who keep the system.

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};
use engine::access::{self, Action, AdministerError, CreateUserError, NewUser, Person, Place};
use minijinja::{Value, context};
use serde::Deserialize;
use terms::Role;

use super::App;
use super::doors::{Doors, Who};
use super::error::WebError;
use super::pages::page;
use super::visitor::Visitor;
use super::words::moment;

/// Where the page is.
const HERE: &str = "/people";

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(HERE, Who::Keeper, show)
        .act("/people/add", Who::Keeper, Action::AddUser, add)
        .act("/people/{login}/disable", Who::Keeper, Action::DisableUser, disable)
        .act("/people/{login}/enable", Who::Keeper, Action::EnableUser, enable)
        .act("/people/{login}/password", Who::Keeper, Action::SetPassword, set_password)
}

#[derive(Deserialize)]
struct AddBody {
    login: String,
    name: String,
    role: Role,
    #[serde(default)]
    outlet: String,
    #[serde(default)]
    town: String,
    password: String,
}

#[derive(Deserialize)]
struct PasswordBody {
    password: String,
}

async fn show(State(app): State<App>, visitor: Visitor) -> Result<Html<String>, WebError> {
    let people = access::people(&mut *app.0.pool.acquire().await?).await?;
    let people: Vec<_> = people.iter().map(line).collect();
    let roles: Vec<_> = Role::ALL
        .iter()
        .map(|role| context! { code => role.code(), label => role.label() })
        .collect();
    page(&app, &visitor, HERE, "people.html", context! { people, roles })
}

fn line(person: &Person) -> Value {
    let user = &person.user;
    context! {
        login => &user.login,
        name => &user.name,
        role => user.role.label(),
        place => user.outlet_name.as_deref().or(user.town_name.as_deref()).unwrap_or("全市"),
        active => person.active,
        may_log_in => person.may_log_in,
        last_seen => person.last_seen.map(moment),
    }
}

async fn add(
    State(app): State<App>,
    visitor: Visitor,
    body: Result<Form<AddBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    let named = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let (outlet, town) = (named(&body.outlet), named(&body.town));
    let mut conn = app.0.pool.acquire().await?;
    let place = access::place_named(&mut conn, outlet.as_deref(), town.as_deref()).await?;
    drop(conn);
    let unknown = || WebError::Invalid("没有这个网点或镇街，请按全称填写。".to_owned());
    let Place { outlet, town } = place.ok_or_else(unknown)?;
    let new = NewUser {
        login: body.login.trim().to_lowercase(),
        name: body.name.trim().to_owned(),
        role: body.role,
        outlet,
        town,
        password: Some(body.password),
    };
    access::add_user(&app.0.pool, &*app.0.clock, Some(visitor.user), new).await?;
    Ok(Redirect::to(HERE))
}

async fn disable(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
) -> Result<Redirect, WebError> {
    access::disable_user(&app.0.pool, &*app.0.clock, Some(visitor.user), &login).await?;
    Ok(Redirect::to(HERE))
}

async fn enable(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
) -> Result<Redirect, WebError> {
    access::enable_user(&app.0.pool, &*app.0.clock, Some(visitor.user), &login).await?;
    Ok(Redirect::to(HERE))
}

async fn set_password(
    State(app): State<App>,
    visitor: Visitor,
    Path(login): Path<String>,
    body: Result<Form<PasswordBody>, FormRejection>,
) -> Result<Redirect, WebError> {
    let Form(body) = body?;
    let (pool, clock, by) = (&app.0.pool, &*app.0.clock, Some(visitor.user));
    access::change_password(pool, clock, by, &login, &body.password).await?;
    Ok(Redirect::to(HERE))
}

impl From<CreateUserError> for WebError {
    fn from(error: CreateUserError) -> Self {
        match error {
            CreateUserError::Database(cause) => cause.into(),
            CreateUserError::LoginTaken => Self::Conflict(error.to_string()),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}

impl From<AdministerError> for WebError {
    fn from(error: AdministerError) -> Self {
        match error {
            AdministerError::Database(cause) => cause.into(),
            AdministerError::Unknown => Self::NotFound,
            AdministerError::LastAdministrator => Self::Conflict(error.to_string()),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}
