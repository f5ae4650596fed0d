//! 用户管理: who may come in, and what each role may do, for those who keep the list.

mod list;
mod person;
mod stand_in;
mod roles;

use engine::access::{Action, AdministerError, StandInError};
use minijinja::{Value, context};
use terms::Role;

use super::doors::Doors;
use super::error::WebError;

/// Where the list is.
const HERE: &str = "/people";

pub(super) fn doors() -> Doors {
    Doors::new()
        .page(HERE, Action::ReadPeople, list::show)
        .act("/people/add", Action::AddUser, list::add)
        .page("/people/{login}", Action::ReadPeople, person::show)
        .act("/people/{login}/disable", Action::DisableUser, person::disable)
        .act("/people/{login}/enable", Action::EnableUser, person::enable)
        .act("/people/{login}/password", Action::SetPassword, person::set_password)
        .act("/people/{login}/role", Action::SetRole, person::set_role)
        .act("/people/{login}/name", Action::RenameUser, person::rename)
        .act("/people/{login}/stand-in", Action::StandIn, stand_in::begin)
        .act("/people/{login}/stand-in/end", Action::StandIn, stand_in::end)
        .page("/roles", Action::ReadRoles, roles::show)
}

/// The roles, for a choice.
fn roles(chosen: Option<Role>) -> Vec<Value> {
    let role = |role: &Role| {
        context! { code => role.code(), label => role.label(), chosen => chosen == Some(*role) }
    };
    Role::ALL.iter().map(role).collect()
}

/// What was typed, without blanks; none where nothing was.
fn typed(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

impl From<AdministerError> for WebError {
    fn from(error: AdministerError) -> Self {
        match error {
            AdministerError::Database(cause) => cause.into(),
            AdministerError::Unknown => Self::NotFound,
            AdministerError::LastAdministrator
            | AdministerError::StandsIn
            | AdministerError::Yourself
            | AdministerError::LoginTaken => Self::Conflict(error.to_string()),
            AdministerError::NotAllowed => Self::NotAllowed(None),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}

impl From<StandInError> for WebError {
    fn from(error: StandInError) -> Self {
        match error {
            StandInError::Database(cause) => cause.into(),
            StandInError::Unknown => Self::NotFound,
            StandInError::Yourself | StandInError::Twice | StandInError::Ended => {
                Self::Conflict(error.to_string())
            }
            StandInError::NotAllowed => Self::NotAllowed(None),
            refused => Self::Invalid(refused.to_string()),
        }
    }
}
