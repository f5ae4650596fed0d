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
    /// No row at all.
    pub(super) fn nothing() -> Self {
        Self { outlet: Some(OutletId(-1)), ..Self::default() }
    }

    /// True where nothing bounds it but what fees one sees.
    pub fn is_whole_city(&self) -> bool {
        self.holds(None, None)
    }

    /// True where a row of this town and outlet is within it; a row without one is for those whom none bounds.
    pub fn holds(&self, town: Option<TownId>, outlet: Option<OutletId>) -> bool {
        (self.outlet.is_none() || self.outlet == outlet)
            && (self.town.is_none() || self.town == town)
    }

    /// True where what touches these towns is within it; None is the whole city.
    pub fn holds_all(&self, towns: Option<&[TownId]>) -> bool {
        let Some(towns) = towns else { return self.is_whole_city() };
        towns.iter().all(|town| self.holds(Some(*town), None))
    }
}

/// The fees of which somebody sees figures of an account: they alone are added up and shown, on the screen, in an answer
/// and on paper. 费种范围
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    outlet: Option<OutletId>,
    own: BTreeSet<FeeItem>,
    others: BTreeSet<FeeItem>,
}

impl Shown {
    /// Those of one who works at no outlet: all that the agency has.
    pub(crate) fn everywhere(reach: &Reach) -> Self {
        let all = || FeeItem::ALL.iter().copied().collect();
        let own = reach.fees.clone().unwrap_or_else(all);
        Self { outlet: None, others: own.clone(), own }
    }

    /// Those of one who works at an outlet: of what another one serves the fees that it takes apart, and of what it
    /// serves itself all, unless it takes these `alone`.
    pub(crate) fn at(reach: &Reach, outlet: OutletId, apart: &[FeeItem], alone: bool) -> Self {
        let Self { own, .. } = Self::everywhere(reach);
        let others: BTreeSet<_> = own.iter().copied().filter(|fee| apart.contains(fee)).collect();
        Self { outlet: Some(outlet), own: if alone { others.clone() } else { own }, others }
    }

    /// Of an account that this outlet serves.
    pub fn of(&self, serves: OutletId) -> &BTreeSet<FeeItem> {
        if self.outlet == Some(serves) { &self.own } else { &self.others }
    }

    /// Of what the person's own place took, or of all where they work at none.
    pub fn own(&self) -> &BTreeSet<FeeItem> {
        &self.own
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
    fn figures_are_of_the_fees_that_are_taken_where_one_works() {
        use FeeItem::{Garbage, Sewage};
        let (here, there) = (OutletId(7), OutletId(8));
        let all: BTreeSet<_> = FeeItem::ALL.iter().copied().collect();
        let garbage = BTreeSet::from([Garbage]);
        let reach = |fees| Reach { outlet: Some(here), town: None, fees };
        for (apart, alone, fees, own, others) in [
            (&[][..], false, None, &all, &BTreeSet::new()),
            (&[Garbage], false, None, &all, &garbage),
            (&[Garbage], true, None, &garbage, &garbage),
            (&[Garbage], true, Some(BTreeSet::from([Sewage])), &BTreeSet::new(), &BTreeSet::new()),
        ] {
            let shown = Shown::at(&reach(fees), here, apart, alone);
            assert_eq!((shown.own(), shown.of(here), shown.of(there)), (own, own, others));
        }
        let agency = Shown::everywhere(&Reach { fees: Some(garbage.clone()), ..Reach::default() });
        assert_eq!((agency.own(), agency.of(there)), (&garbage, &garbage));
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
