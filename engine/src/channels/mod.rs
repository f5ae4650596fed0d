//! Payments that banks and online channels have settled. 代扣、微信、支付宝
//!
//! What a channel brings is written down first: channel, batch, file, item. An item is told apart by its
//! channel, its batch or day, and its serial, so nothing is posted twice and nothing is lost; a batch may be
//! handed in again after any failure. Money that a channel settled has moved already, so an item either
//! settles exactly what is open, late fee included, or stays in suspense with its reason, until a person
//! posts it or sends it back.

mod item;
mod asked;
mod held;
mod file;
mod settle;
mod take_in;
mod post;
mod suspense;
mod moved;
mod reverse;
mod hold;
mod store;

pub use asked::{AnswerItem, ItemRequest, RequestItem, Target};
pub use file::{BadRow, FileError, parse};
pub(crate) use held::HeldBy;
pub use held::{Held, PlaceHold, ReleaseHold};
pub use hold::{HoldError, held, place_hold, release_hold};
pub use item::{
    BatchOutcome, Channel, ChannelBatch, NewItem, Refusal, Refused, Repeated, SerialScope, Settled,
    Settles, SuspenseReason, Waiting, Whose,
};
pub use moved::{answer_item, item_request, item_requests, request_item};
pub use post::{BatchError, post_batch, take_batch};
pub use reverse::{ReverseError, ReversePayment, Reversed, reverse};
pub(crate) use store::held_by;
pub use suspense::{
    PostItem, ReturnItem, SuspenseError, account_of, in_suspense, post_item, return_item, suspense,
};
pub use take_in::{AddError, add_channel, channels, load_channels};
