//! What a search looks among, and what it has found.

use serde::Serialize;
use terms::{OutletId, TownId};

use super::super::account::AccountCard;

/// Among which accounts is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchScope {
    /// Those of an outlet, as its clerks do.
    Outlet(OutletId),
    /// Those of all outlets of a town: who collects a fee apart does so in all of it.
    Town(TownId),
}

/// What a search has found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The first of them, at most [`SEARCH_LIMIT`](super::SEARCH_LIMIT).
    pub cards: Vec<AccountCard>,
    /// How many there are, as far as they are counted.
    pub total: usize,
    /// There may be more than were counted.
    pub and_more: bool,
    /// Where it is, if an outlet finds nothing under the whole number of an account or meter that another one serves.
    pub elsewhere: Option<Elsewhere>,
}

/// An account that another outlet serves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Elsewhere {
    /// 户号.
    pub no: String,
    /// The outlet.
    pub outlet_name: String,
}
