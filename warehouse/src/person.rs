//! Who asks. Every statement is somebody's; what somebody may see comes from the books, never from this copy.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use terms::{FeeItem, OutletId, Role, TownId};

/// A reader of the warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name used to log in.
    pub login: String,
    /// The name printed on reports.
    pub name: String,
    /// What the person does here.
    pub role: Role,
    /// The rows that the person may see.
    pub scope: Scope,
    /// False where names, phone numbers and addresses are masked.
    pub sees_personal: bool,
}

/// The rows that a person may see; `None` bounds nothing. 数据范围
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scope {
    /// The towns whose rows are visible.
    pub towns: Option<BTreeSet<TownId>>,
    /// The outlets whose rows are visible.
    pub outlets: Option<BTreeSet<OutletId>>,
    /// The fee items whose rows are visible.
    pub fees: Option<BTreeSet<FeeItem>>,
}

impl Scope {
    /// The whole city.
    pub fn city() -> Self {
        Self::default()
    }

    /// The rows of one town.
    pub fn town(town: TownId) -> Self {
        Self { towns: Some(BTreeSet::from([town])), ..Self::default() }
    }

    /// The rows of one outlet.
    pub fn outlet(outlet: OutletId) -> Self {
        Self { outlets: Some(BTreeSet::from([outlet])), ..Self::default() }
    }

    /// True where all rows that another scope shows are among these.
    pub fn holds(&self, other: &Self) -> bool {
        within(other.towns.as_ref(), self.towns.as_ref())
            && within(other.outlets.as_ref(), self.outlets.as_ref())
            && within(other.fees.as_ref(), self.fees.as_ref())
    }

    /// True where some rows are out of sight.
    pub fn is_narrowed(&self) -> bool {
        self.towns.is_some() || self.outlets.is_some() || self.fees.is_some()
    }
}

impl Person {
    /// Weir itself: the whole city, nothing masked. For the platform's own checks, never for a person's statement.
    pub fn system() -> Self {
        Self {
            login: "weir".to_owned(),
            name: "系统".to_owned(),
            role: Role::Administrator,
            scope: Scope::city(),
            sees_personal: true,
        }
    }

    /// True where what was made for another reader, or for this one at another time, may be handed out to this one
    /// now: no row, no letter and no table of the administrators in it is out of their sight.
    pub fn sees_as(&self, then: &Self) -> bool {
        self.scope.holds(&then.scope)
            && (self.sees_personal || !then.sees_personal)
            && (self.role == then.role || then.role != Role::Administrator)
    }
}

/// Whether a part is all in a whole, where none bounds nothing.
fn within<T: Ord>(part: Option<&BTreeSet<T>>, whole: Option<&BTreeSet<T>>) -> bool {
    whole.is_none_or(|whole| part.is_some_and(|part| part.is_subset(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_handed_out_to_whom_sees_all_of_it_now() {
        let (here, there) = (TownId(1), TownId(2));
        let reader =
            |scope, sees_personal, role| Person { scope, sees_personal, role, ..Person::system() };
        let analyst = |scope, sees_personal| reader(scope, sees_personal, Role::Analyst);
        let both = Scope { towns: Some(BTreeSet::from([here, there])), ..Scope::city() };
        let garbage = Scope { fees: Some(BTreeSet::from([FeeItem::Garbage])), ..Scope::town(here) };
        let outlet = Scope { outlets: Some(BTreeSet::from([OutletId(7)])), ..Scope::town(here) };
        for (now, then, want) in [
            (Scope::city(), Scope::city(), true),
            (Scope::city(), garbage.clone(), true),
            (both.clone(), Scope::town(here), true),
            (Scope::town(here), garbage.clone(), true),
            (Scope::town(here), outlet.clone(), true),
            (outlet.clone(), outlet.clone(), true),
            (Scope::town(here), Scope::city(), false),
            (Scope::town(here), both, false),
            (Scope::town(here), Scope::town(there), false),
            (outlet.clone(), Scope::town(here), false),
            (Scope::town(here), Scope::outlet(OutletId(7)), false),
            (garbage, Scope::town(here), false),
        ] {
            let sees = analyst(now.clone(), true).sees_as(&analyst(then.clone(), true));
            assert_eq!(sees, want, "{now:?} now, {then:?} then");
        }
        let (plain, masked) = (analyst(Scope::city(), true), analyst(Scope::city(), false));
        assert!(plain.sees_as(&masked) && !masked.sees_as(&plain));
        let administrator = Person::system();
        assert!(administrator.sees_as(&plain) && !plain.sees_as(&administrator));
    }
}
