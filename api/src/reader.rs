//! A person of the books as a reader of the warehouse: one place says which rows and letters each may see.

use std::collections::BTreeSet;

use engine::access::{Action, User};
use warehouse::{Person, Scope};

/// The reader that a person is. What the books say now counts, whatever the lagging copy says.
pub fn reader(user: &User) -> Person {
    let reach = user.reach();
    Person {
        login: user.login.clone(),
        name: user.name.clone(),
        role: user.role,
        scope: Scope {
            towns: reach.town.map(|town| BTreeSet::from([town])),
            outlets: reach.outlet.map(|outlet| BTreeSet::from([outlet])),
            fees: reach.fees,
        },
        sees_personal: user.rights.may(Action::SeePersonal),
    }
}
