//! The invariants of the ledger, one line each.
