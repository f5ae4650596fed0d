//! The rows that a person may see, table by table. What cannot be fenced is not shown. 数据范围
//!
//! The catalog says which column of a table decides the town, the outlet and the fee item. A table is fenced when it
//! has a column for everything that narrows the person's scope; a few tables are fenced through the table above them.

use std::collections::BTreeSet;

use datafusion::logical_expr::{Expr, col, lit};
use tables::{Exactly, Scope as Deciding, TableDef};
use terms::Role;

use crate::Person;

/// How a table is fenced for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fencing {
    /// Every row is visible.
    Open,
    /// The rows that meet all the bounds are visible.
    Bounds(Vec<Bound>),
    /// The rows that this statement gives are visible; `whole.x` in it is the table `x` without a fence.
    Through(&'static str),
    /// The table does not exist for this person.
    Hidden,
}

/// One column and the values of it that are visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) column: &'static str,
    admitted: Admitted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Admitted {
    Ids(BTreeSet<i32>),
    Words(BTreeSet<&'static str>),
}

/// Published for everybody: names of places and offices, rates, how they came, and the dates of bills.
const OPEN: &[&str] = &[
    "town",
    "village",
    "organisation",
    "tariff_version",
    "tariff_tier",
    "surcharge_step",
    "late_fee_rule",
    "fee_owner",
    "bill_issue",
    "rate_order",
    "rate_decision",
];
/// Tell of the platform's users; only administrators may ask them.
const OF_ADMINISTRATORS: &[&str] = &["app_user", "person_version", "stand_in", "stand_in_end"];
/// Tables without the column that decides, the table above them, and the rows that are visible through it.
const THROUGH: &[(&str, &str, &str)] = &[
    ("meter", "account", "select * from whole.meter where account_id in (select id from account)"),
    (
        "meter_version",
        "account",
        "select * from whole.meter_version where account_id in (select id from account)",
    ),
    (
        "receipt_line",
        "receipt",
        "select * from whole.receipt_line where receipt_id in (select id from receipt)",
    ),
    (
        "overquota_plan",
        "account",
        "select * from whole.overquota_plan where account_id in (select id from account)",
    ),
    (
        "reading_review",
        "reading",
        "select * from whole.reading_review where reading_id in (select id from reading)",
    ),
    (
        "charge_reading",
        "charge",
        "select * from whole.charge_reading where charge_id in (select id from charge)",
    ),
    (
        "channel_item_event",
        "channel_item",
        "select * from whole.channel_item_event where item_id in (select id from channel_item)",
    ),
    ("hold", "account", "select * from whole.hold where account_id in (select id from account)"),
    (
        "hold_release",
        "account",
        "select * from whole.hold_release where hold_id in \
             (select h.id from whole.hold h where h.account_id in (select id from account))",
    ),
];

/// How `def` is fenced for `who`.
pub(crate) fn fencing(def: &TableDef, who: &Person) -> Fencing {
    if OF_ADMINISTRATORS.contains(&def.name) && who.role != Role::Administrator {
        return Fencing::Hidden;
    }
    if !who.scope.is_narrowed() || OPEN.contains(&def.name) {
        return Fencing::Open;
    }
    if let Some(bounds) = bounds(def, who) {
        return Fencing::Bounds(bounds);
    }
    let through = THROUGH.iter().find(|(name, ..)| *name == def.name);
    let fenced = through.filter(|(_, above, _)| {
        tables::catalog::find(above).is_some_and(|above| bounds(above, who).is_some())
    });
    fenced.map_or(Fencing::Hidden, |(_, _, rows)| Fencing::Through(rows))
}

/// True where the table exists for the person.
pub(crate) fn visible(def: &TableDef, who: &Person) -> bool {
    fencing(def, who) != Fencing::Hidden
}

/// One bound for everything that narrows the scope; none where the table lacks a column for it.
fn bounds(def: &TableDef, who: &Person) -> Option<Vec<Bound>> {
    let scope = &who.scope;
    let towns =
        scope.towns.as_ref().map(|towns| Admitted::Ids(towns.iter().map(|t| t.0).collect()));
    let outlets =
        scope.outlets.as_ref().map(|all| Admitted::Ids(all.iter().map(|o| o.0).collect()));
    let fees =
        scope.fees.as_ref().map(|all| Admitted::Words(all.iter().map(|f| f.code()).collect()));
    let narrowed =
        [(Deciding::Town, towns), (Deciding::Outlet, outlets), (Deciding::FeeItem, fees)];
    narrowed
        .into_iter()
        .filter_map(|(deciding, admitted)| Some((deciding, admitted?)))
        .map(|(deciding, admitted)| Some(Bound { column: def.scoped_by(deciding)?.name, admitted }))
        .collect()
}

impl Bound {
    /// Whether rows with these figures may meet the bound. Plain set arithmetic: DataFusion's pruning gives up on
    /// lists of more than twenty values, and what is hidden must be out before any statistic is looked at.
    pub(crate) fn may_hold(&self, exact: &Exactly) -> bool {
        let Admitted::Ids(ids) = &self.admitted else { return !self.admits_nothing() };
        let Some(figures) = exact.columns.get(self.column) else { return true };
        match (figures.low, figures.high) {
            (Some(low), Some(high)) => ids.iter().any(|id| (low..=high).contains(&i128::from(*id))),
            _ => figures.nulls < exact.rows,
        }
    }

    /// The bound as a predicate; a row without a value does not meet it.
    pub(crate) fn predicate(&self) -> Expr {
        if self.admits_nothing() {
            return lit(false);
        }
        let values = match &self.admitted {
            Admitted::Ids(ids) => ids.iter().map(|id| lit(*id)).collect(),
            Admitted::Words(words) => words.iter().map(|word| lit(*word)).collect(),
        };
        col(self.column).in_list(values, false)
    }

    fn admits_nothing(&self) -> bool {
        match &self.admitted {
            Admitted::Ids(ids) => ids.is_empty(),
            Admitted::Words(words) => words.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tables::catalog;
    use terms::{FeeItem, OutletId, TownId};

    use super::*;
    use crate::Scope;

    fn seen_by(role: Role, scope: Scope) -> Vec<&'static str> {
        let who = Person { role, scope, ..Person::system() };
        catalog::all().iter().filter(|def| visible(def, &who)).map(|def| def.name).collect()
    }

    #[test]
    fn what_cannot_be_fenced_is_not_shown() {
        let all: Vec<_> = catalog::all().iter().map(|def| def.name).collect();
        assert_eq!(seen_by(Role::Administrator, Scope::city()), all);
        let users = |names: Vec<&'static str>| names.contains(&"app_user");
        assert!(!users(seen_by(Role::Leader, Scope::city())));
        assert!(users(seen_by(Role::Administrator, Scope::town(TownId(1)))));

        let clerk = seen_by(Role::Clerk, Scope::outlet(OutletId(7)));
        for name in [
            "payment",
            "allocation",
            "account",
            "meter",
            "receipt_line",
            "town",
            "reading_review",
            "charge_reading",
            "overquota_plan",
            "hold_release",
            "tariff_tier",
        ] {
            assert!(clerk.contains(&name), "{name}");
        }
        for name in ["app_user", "remittance", "channel_item_event"] {
            assert!(!clerk.contains(&name), "{name}");
        }
        let sanitation =
            Scope { fees: Some(BTreeSet::from([FeeItem::Garbage])), ..Scope::town(TownId(1)) };
        let seen = seen_by(Role::Analyst, sanitation);
        assert!(
            seen.contains(&"charge_line")
                && !seen.contains(&"charge")
                && !seen.contains(&"payment")
                && !seen.contains(&"reading_review")
                && !seen.contains(&"hold")
        );
    }

    #[test]
    fn receipt_lines_are_fenced_by_town_or_through_their_receipt() {
        let def = catalog::find("receipt_line").expect("captured");
        let fenced = |scope| fencing(def, &Person { scope, ..Person::system() });
        assert!(matches!(fenced(Scope::town(TownId(1))), Fencing::Bounds(_)));
        assert!(matches!(fenced(Scope::outlet(OutletId(1))), Fencing::Through(_)));
    }
}
