//! People who may log in. 用户

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;
use terms::{FeeItem, OutletId, Role, TownId, UserId};

use super::rights::{Reach, Rights};
use super::{password, store};

/// A person who may log in. 用户
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// The person.
    pub id: UserId,
    /// Login name.
    pub login: String,
    /// Name that others read.
    pub name: String,
    /// What the person does here.
    pub role: Role,
    /// The outlet of a clerk.
    pub outlet: Option<OutletId>,
    /// Its name.
    pub outlet_name: Option<String>,
    /// The town that the person is limited to; none sees the whole city.
    pub town: Option<TownId>,
    /// Its short name.
    pub town_name: Option<String>,
    /// True where the role works at an outlet, and sees its rows alone.
    pub at_outlet: bool,
    /// The fees of the role's agency; none sees all.
    pub fees: Option<BTreeSet<FeeItem>>,
    /// What the person may do.
    pub rights: Rights,
    /// Until when role and place are those of somebody else; None where they are the own. 顶岗
    pub stands_in_until: Option<DateTime<Utc>>,
}

impl User {
    /// The rows that the person sees.
    pub fn reach(&self) -> Reach {
        Reach::of(self.at_outlet, Place { outlet: self.outlet, town: self.town }, self.fees.clone())
    }

    /// Where the person works, in words.
    pub fn place_words(&self) -> &str {
        let place = if self.at_outlet { &self.outlet_name } else { &self.town_name };
        place.as_deref().unwrap_or("全市")
    }
}

impl Reach {
    /// The rows of a role at a place.
    pub(super) fn of(at_outlet: bool, place: Place, fees: Option<BTreeSet<FeeItem>>) -> Self {
        if at_outlet {
            // Without an outlet there are no rows; the database refuses such a person.
            Self { outlet: Some(place.outlet.unwrap_or(OutletId(-1))), town: None, fees }
        } else {
            Self { outlet: None, town: place.town, fees }
        }
    }
}

/// A person to be entered.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Login name: 2 to 40 of a–z, 0–9, dot, dash, underscore.
    pub login: String,
    /// Name that others read.
    pub name: String,
    /// What the person does here.
    pub role: Role,
    /// Where.
    pub place: Place,
    /// The pass word; without one the person cannot log in.
    pub password: Option<String>,
}

/// Where a person works: at an outlet, in a town or in the whole city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The outlet; who works at one needs it.
    pub outlet: Option<OutletId>,
    /// The town that the person is limited to.
    pub town: Option<TownId>,
}

/// A person as those see it who keep the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Who it is.
    #[serde(flatten)]
    pub user: User,
    /// False for a person who is let in no longer.
    pub active: bool,
    /// True where there is a pass word.
    pub may_log_in: bool,
    /// The last log-in, where there was one.
    pub last_seen: Option<DateTime<Utc>>,
}

impl Person {
    /// What hinders the person from logging in; empty where nothing does.
    pub fn hindrance(&self) -> &'static str {
        match (self.active, self.may_log_in) {
            (false, _) => "停用",
            (true, false) => "无口令",
            (true, true) => "",
        }
    }
}

/// Which people are asked for; nothing asks for everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sought {
    /// The beginning of a login, or a part of a name.
    pub text: Option<String>,
    /// With this very login.
    pub login: Option<String>,
    /// With this role.
    pub role: Option<Role>,
    /// At an outlet or in a town whose name has this part.
    pub place: Option<String>,
    /// Let in, or no longer.
    pub active: Option<bool>,
    /// So many are passed over.
    pub skip: u32,
    /// At most so many.
    pub most: u32,
}

/// People of a list, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// Those of the page.
    pub page: Vec<Person>,
    /// All that were asked for.
    pub all: i64,
}

/// People by login name.
///
/// # Errors
/// The database cannot answer.
pub async fn people(conn: &mut PgConnection, sought: &Sought) -> Result<People, sqlx::Error> {
    store::people(conn, sought).await
}

/// The person of a login, let in or no longer.
///
/// # Errors
/// The database cannot answer.
pub async fn person(conn: &mut PgConnection, login: &str) -> Result<Option<Person>, sqlx::Error> {
    store::person(conn, login).await
}

/// True where somebody can log in at all.
///
/// # Errors
/// The database cannot answer.
pub async fn anybody(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    store::anybody(conn).await
}

/// The place of the names given: an outlet by its name, a town by its short one; none where a name is unknown.
///
/// # Errors
/// The database cannot answer.
pub async fn place_named(
    conn: &mut PgConnection,
    outlet: Option<&str>,
    town: Option<&str>,
) -> Result<Option<Place>, sqlx::Error> {
    let place = store::place_named(conn, outlet, town).await?;
    let is_whole =
        outlet.is_some() == place.outlet.is_some() && town.is_some() == place.town.is_some();
    Ok(is_whole.then_some(place))
}

/// True where an active person's pass word is this one.
///
/// # Errors
/// The database cannot answer.
pub async fn has_password(
    conn: &mut PgConnection,
    login: &str,
    password: &str,
) -> Result<bool, sqlx::Error> {
    let Some(phc) = store::password_of(conn, login).await? else { return Ok(false) };
    let password = password.to_owned();
    let verified = tokio::task::spawn_blocking(move || password::verify(&password, &phc)).await;
    Ok(verified.unwrap_or(false))
}

/// Every active person, by login name.
///
/// # Errors
/// The database cannot answer.
pub async fn users(conn: &mut PgConnection) -> Result<Vec<User>, sqlx::Error> {
    store::users(conn).await
}

/// The active person of a login name, as of now.
///
/// # Errors
/// The database cannot answer.
pub async fn user_named(conn: &mut PgConnection, login: &str) -> Result<Option<User>, sqlx::Error> {
    store::user_named(conn, login).await
}

/// The active person of an id, as of now.
///
/// # Errors
/// The database cannot answer.
pub async fn user(conn: &mut PgConnection, id: UserId) -> Result<Option<User>, sqlx::Error> {
    store::user(conn, id).await
}
