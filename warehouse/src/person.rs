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
}
