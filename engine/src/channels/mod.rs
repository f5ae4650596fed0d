//! Payments that banks and online channels have settled, posted in bulk. 代扣、微信、支付宝
//!
//! Money that a channel settled has moved already, so an item either settles exactly what is open, late
//! fee included, or is refused with its reason and left to a person. Nothing is posted twice: the
//! channel's serial is the key, and a batch may be handed in again after any failure.

mod post;
mod settle;
mod store;

pub use post::{BatchError, BatchOutcome, ChannelBatch, Refused, post_batch};
pub use settle::{Refusal, Settled, Settles};
