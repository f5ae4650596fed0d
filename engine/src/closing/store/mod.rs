//! Closing's questions to the database.

mod day;
mod month;

pub(super) use day::{close, closed, lock_cashier, open_days, papers, payments};
pub(super) use month::{close_month, last_closed, next_month, obstacles, organisations};
