//! Closing's questions to the database.

mod day;
mod month;

pub(super) use day::{close, closed, count_cash, lock_cashier, open_days, papers, payments, slips};
pub(super) use month::{close_month, last_closed, next_month, obstacles, organisations};
