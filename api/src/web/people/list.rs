//! The list of people, page by page, and the form that enters one.

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Query;
use engine::access::{self, Action, NewUser, Person, Sought};
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::{Deserialize, Serialize};
use terms::{Role, grouped, moment};

use super::{HERE, roles, typed};
use crate::web::App;
use crate::web::error::WebError;
use crate::web::pages::page;
use crate::web::visitor::Visitor;
use crate::web::words::address;

/// People on a page.
const SHOWN: u32 = 50;

/// What is sought.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Asked {
    q: String,
    role: String,
    place: String,
    state: String,
    page: u32,
}

/// A person to be entered; shown again where something is wrong with it, the pass word aside.
#[derive(Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AddBody {
    login: String,
    name: String,
    role: String,
    #[serde(default)]
    outlet: String,
    #[serde(default)]
    town: String,
    #[serde(skip_serializing)]
    password: String,
}

pub(super) async fn show(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, WebError> {
    draw(&app, &visitor, asked, AddBody::default(), None).await
}

pub(super) async fn add(
    State(app): State<App>,
    visitor: Visitor,
    body: Result<Form<AddBody>, FormRejection>,
) -> Result<Response, WebError> {
    let Form(body) = body?;
    match enter(&app, &visitor, &body).await {
        Ok(login) => Ok(Redirect::to(&format!("{HERE}/{login}")).into_response()),
        Err(refused @ (WebError::Invalid(_) | WebError::Conflict(_))) => {
            let mut page =
                draw(&app, &visitor, Asked::default(), body, Some(refused.words())).await?;
            *page.status_mut() = refused.status();
            Ok(page)
        }
        Err(other) => Err(other),
    }
}

async fn enter(app: &App, visitor: &Visitor, body: &AddBody) -> Result<String, WebError> {
    let role: Role = body.role.parse().map_err(|_| WebError::Invalid("请选择角色。".to_owned()))?;
    let (outlet, town) = (typed(&body.outlet), typed(&body.town));
    let mut connection = app.0.pool.acquire().await?;
    let place = access::place_named(&mut connection, outlet.as_deref(), town.as_deref()).await?;
    drop(connection);
    let unknown = || WebError::Invalid("没有这个网点或镇街，请按全称填写。".to_owned());
    let place = place.ok_or_else(unknown)?;
    let login = body.login.trim().to_lowercase();
    let new = NewUser {
        login: login.clone(),
        name: body.name.trim().to_owned(),
        role,
        place,
        password: Some(body.password.clone()),
    };
    access::add_user(&app.0.pool, &*app.0.clock, Some(visitor.user), new).await?;
    Ok(login)
}

async fn draw(
    app: &App,
    visitor: &Visitor,
    asked: Asked,
    new: AddBody,
    message: Option<String>,
) -> Result<Response, WebError> {
    let role = typed(&asked.role)
        .map(|role| role.parse().map_err(|_| WebError::Invalid("没有这个角色。".to_owned())))
        .transpose()?;
    let active = match asked.state.as_str() {
        "" => None,
        "active" => Some(true),
        "disabled" => Some(false),
        _ => return Err(WebError::Invalid("状态只有在用和停用。".to_owned())),
    };
    let sought = Sought {
        text: typed(&asked.q),
        role,
        place: typed(&asked.place),
        active,
        skip: asked.page.saturating_mul(SHOWN),
        most: SHOWN,
        ..Sought::default()
    };
    let found = access::people(&mut *app.0.pool.acquire().await?, &sought).await?;
    let people: Vec<_> = found.page.iter().map(line).collect();
    let chosen = new.role.parse().ok();
    let pages = u32::try_from(found.all).unwrap_or(u32::MAX).div_ceil(SHOWN).max(1);
    let values = context! {
        people, message, pages,
        all => grouped(found.all),
        number => asked.page.saturating_add(1),
        before => asked.page.checked_sub(1).map(|number| at(&asked, number)),
        after => (asked.page < pages - 1).then(|| at(&asked, asked.page + 1)),
        asked => context! { q => asked.q, place => asked.place, state => asked.state, role => asked.role },
        sought_roles => roles(role),
        roles => roles(chosen),
        new => Value::from(Serde(&new)),
        may_add => visitor.rights.may(Action::AddUser),
    };
    Ok(page(app, visitor, HERE, "people.html", values)?.into_response())
}

/// The address of another page of the same list.
fn at(asked: &Asked, number: u32) -> String {
    let number = number.to_string();
    let Asked { q, role, place, state, .. } = asked;
    address(
        HERE,
        &[("q", q), ("role", role), ("place", place), ("state", state), ("page", &number)],
    )
}

fn line(person: &Person) -> Value {
    let user = &person.user;
    context! {
        login => &user.login,
        name => &user.name,
        role => user.role.label(),
        place => user.place_words(),
        hindrance => person.hindrance(),
        last_seen => person.last_seen.map(moment),
    }
}
