//! The counter's questions to the database, and what it records.

mod account;
mod again;
mod approve;
mod bulk;
mod entry;
mod issued;
mod look;
mod original;
mod owed;
mod slip;

pub(super) use account::{apart, lock, payer, wait_for};
pub(super) use again::{deposited_since, settled_since};
pub(super) use approve::{
    answer, request, requests, requests_answered, requests_by, requests_waiting,
};
pub(crate) use bulk::{payment_ids, posted, record_all};
pub(super) use entry::{Before, next_payment, post, posted_under};
pub(super) use issued::{line, receipts_of};
pub(super) use look::{Looked, look};
pub(crate) use original::locked_original;
pub(super) use original::{account_of, original};
pub(crate) use owed::{owed, purses};
pub(super) use slip::booked_slip;
