//! The outlets of the city.

use terms::{OutletId, TownId};

/// The town of the demo's clerk.
pub const CLERK_TOWN: &str = "道滘";

/// An organisation that collects. 征收点
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlet {
    /// The outlet.
    pub id: OutletId,
    /// Its name.
    pub name: String,
    /// `water_branch` or `waterworks`.
    pub kind: String,
    /// Its town.
    pub town: TownId,
    /// The town's short name.
    pub town_name: String,
}
