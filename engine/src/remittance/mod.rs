//! Money passed on to the treasury.
