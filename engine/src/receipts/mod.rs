//! Receipts are documents; a number is what they get. Paper gets its own out of a stock at once, what is not on paper
//! when its platform answers. 票据
//!
//! Numbered paper comes into a store, is handed out in ranges to a cashier, is used in order and never twice. A range
//! belongs to one cashier, so two counters never wait for each other's numbers. What happens to paper is told by events
//! ([`terms::PaperEvent`]) and by the numbers of receipts; where it is, the database writes by itself (`stock_segment`).

mod assign;
mod receive;
mod lease;
mod stock;
mod store;
mod void;

pub use assign::{AssignError, Number, assign};
pub use lease::{Lease, LeaseError, Leased, lease};
pub use receive::{Receive, ReceiveError, receive};
pub use stock::{Stock, stock};
pub use void::{Void, VoidError, void};

/// Counts as the town of an outlet that serves the whole city: the division code of Dongguan.
pub(crate) const WHOLE_CITY: i32 = 441_900_000;
