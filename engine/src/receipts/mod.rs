//! Receipts are documents; a number is what they get. Paper gets its own out of a stock at once, what is not on paper
//! when its platform answers. 票据
//!
//! Numbered paper comes into a store, is handed out in ranges to a cashier, is used in order and never twice. A range
//! belongs to one cashier, so two counters never wait for each other's numbers. What happens to paper is told by events
//! ([`terms::PaperEvent`]) and by the numbers of receipts; where it is, the database writes by itself (`stock_segment`).

mod paper;
mod assign;
mod receive;
mod lease;
mod take_back;
mod stock;
mod store;
mod void;

pub use assign::{AssignError, assign};
pub use lease::{LeaseError, lease};
pub use paper::{Lease, Leased, Number, Receive, Stock, TakeBack, Void};
pub use receive::{ReceiveError, receive};
pub use stock::stock;
pub use take_back::{TakeBackError, take_back};
pub use void::{VoidError, void};
