//! A person who may log in, as a value: who it is, where, and what is asked of the list of people. 用户

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use terms::{FeeItem, OutletId, Role, TownId, UserId};

use super::rights::{Reach, Rights};

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
            Self { outlet: place.outlet.or(Self::nothing().outlet), town: None, fees }
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

/// A signed-in person behind a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Who it is, as of now: a changed role counts at once.
    pub user: User,
    /// What a writing form must bring.
    pub csrf: String,
}
