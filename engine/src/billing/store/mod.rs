//! The SQL of bill runs.
//!
//! - `runs`: runs, issues and lists, `chunks`: their parts. `to_bill`: what a chunk has to bill, `spans`: in which months,
//!   `unread`: its months that nobody read, `before`: what was charged and taken back before,
//!   `history`: what the accounts were then. `charges`: what it was billed.
//! - `reversals`: charges as they stand, and their mirrors. `consent`: who asked for them, and who said yes.

mod charges;
mod runs;
mod chunks;
mod to_bill;
mod spans;
mod unread;
mod before;
mod history;
mod reversals;
mod consent;

pub(super) use charges::{Stored, insert_charges};
pub(super) use chunks::{
    Chunk, add_up, chunk_counts, claim_chunk, cut_chunks, plan_chunks, replace_failures,
};
pub(super) use consent::{
    answer, newest_request, request, requests, requests_answered, requests_waiting,
};
pub(super) use reversals::{charges_of, lock_account_of, mirror, sheets};
pub(super) use runs::{
    await_billing, finish, hold_billing, last_bill_date, last_issue, left_out, open_issue,
    open_run, parked, runs, totals,
};
pub(super) use to_bill::{Work, days_of_new_rates, load, owners};
pub(super) use unread::Meters;
