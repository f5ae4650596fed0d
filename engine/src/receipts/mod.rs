//! Numbered paper: leased in ranges to a cashier, used in order, never twice. 票据
//!
//! A range belongs to one cashier, so two counters never wait for each other's numbers. Every number
//! ends as used or voided, and each step leaves an event: `leased`, `used` (by blue and red paper
//! alike), `voided` (a misprint), `reddened` (the blue number that a red paper takes back).

mod assign;
mod lease;
mod stock;
mod store;
mod void;

pub use assign::{AssignError, Number, assign};
pub use lease::{Lease, LeaseError, Leased, lease};
pub use stock::{Stock, stock};
pub use void::{Void, VoidError, void};

/// Counts as the town of an outlet that serves the whole city: the division code of Dongguan.
pub(crate) const WHOLE_CITY: i32 = 441_900_000;
