//! What leaves the house: written by the database in the transaction that causes it, sent when the counterpart
//! answers. 待发
//!
//! A message is claimed for a while by whoever sends it, skipping what others hold; whoever dies meanwhile
//! leaves it to the next. So the counterpart may hear a message more than once, always under the same key,
//! and never not at all. What it refuses for good, or does not take in time, is a dead letter for a person.

mod message;
mod send;
mod store;

pub use message::{Answer, Due, Message, Topic};
pub use send::{claim, dead, revive, settle};
