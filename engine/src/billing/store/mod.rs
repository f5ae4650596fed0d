//! The SQL of bill runs.
//!
//! - `runs`: runs, issues, chunks and lists. `to_bill`: what a chunk has to bill. `charges`: what it was billed.

mod charges;
mod runs;
mod to_bill;

pub(super) use charges::insert_charges;
pub(super) use runs::{
    Chunk, Issue, add_chunks, chunk_counts, claim_chunk, ensure_period, finish, last_bill_date,
    mark_done, open_issue, open_run, parked, plan_chunks, replace_failures, runs, totals,
};
pub(super) use to_bill::{load, owners};
