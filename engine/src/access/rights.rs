//! What somebody may do, and which rows they see. 权限、数据范围

use std::collections::BTreeSet;

use serde::Serialize;
use terms::{FeeItem, OutletId, Role, TownId};

use super::act::Action;

/// The acts that a person may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Rights(BTreeSet<Action>);

impl Rights {
    /// The acts of these names; a name that this release does not know gives no right.
    pub(super) fn named(names: &[String]) -> Self {
        Self(names.iter().filter_map(|name| Action::named(name)).collect())
    }

    /// True where the act is among them.
    pub fn may(&self, act: Action) -> bool {
        self.0.contains(&act)
    }

    /// All of them, in the order in which they are declared.
    pub fn iter(&self) -> impl Iterator<Item = Action> {
        self.0.iter().copied()
    }
}

/// The rows that a person sees: those of an outlet, or those of a town and of some fees; none bounds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reach {
    /// The outlet, where the role works at one.
    pub outlet: Option<OutletId>,
    /// The town.
    pub town: Option<TownId>,
    /// The fees of the person's agency.
    pub fees: Option<BTreeSet<FeeItem>>,
}

impl Reach {
    /// True where a row of this town and outlet is within it; a row without one is for those whom none bounds.
    pub fn holds(&self, town: Option<TownId>, outlet: Option<OutletId>) -> bool {
        (self.outlet.is_none() || self.outlet == outlet)
            && (self.town.is_none() || self.town == town)
    }
}

/// What somebody may do, where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) rights: Rights,
    pub(super) reach: Reach,
}

impl Standing {
    /// True where `after` allows anything that this does not.
    pub(super) fn is_widened_by(&self, after: &Self) -> bool {
        let outlet = self.reach.outlet.is_none() || after.reach.outlet == self.reach.outlet;
        let town = self.reach.town.is_none() || after.reach.town == self.reach.town;
        let fees = match (&self.reach.fees, &after.reach.fees) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(before), Some(after)) => after.is_subset(before),
        };
        let acts = after.rights.0.is_subset(&self.rights.0);
        !(outlet && town && fees && acts)
    }
}

/// A role, and what it may do. 角色
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RoleRights {
    /// The role.
    pub role: Role,
    /// The name that people read.
    pub name: String,
    /// True where its people work at an outlet and see that outlet's rows.
    pub at_outlet: bool,
    /// The fees of its agency; none sees all fees.
    pub fees: Option<BTreeSet<FeeItem>>,
    /// What it may do.
    pub rights: Rights,
    /// Active people who have it.
    pub people: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(acts: &[Action], outlet: Option<i32>, town: Option<i32>) -> Standing {
        let reach = Reach { outlet: outlet.map(OutletId), town: town.map(TownId), fees: None };
        Standing { rights: Rights(acts.iter().copied().collect()), reach }
    }

    #[test]
    fn more_acts_or_other_rows_are_wider_and_fewer_are_not() {
        let clerk = standing(&[Action::Collect, Action::CloseDay], Some(7), None);
        let of_garbage = |of: &Standing| {
            let fees = Some(BTreeSet::from([FeeItem::Garbage]));
            Standing { reach: Reach { fees, ..of.reach.clone() }, ..of.clone() }
        };
        for (after, is_wider) in [
            (clerk.clone(), false),
            (standing(&[Action::CloseDay], Some(7), None), false),
            (standing(&[Action::Collect, Action::Reverse], Some(7), None), true),
            (standing(&[Action::CloseDay], Some(8), None), true),
            (standing(&[Action::CloseDay], None, Some(1)), true),
            (of_garbage(&clerk), false),
        ] {
            assert_eq!(clerk.is_widened_by(&after), is_wider, "{after:?}");
        }
        let city = standing(&[Action::ReadHome], None, None);
        let town = standing(&[Action::ReadHome], None, Some(1));
        assert!(town.is_widened_by(&city) && !city.is_widened_by(&town));
        assert!(of_garbage(&city).is_widened_by(&city));
    }
}
