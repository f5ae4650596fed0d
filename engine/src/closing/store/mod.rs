//! Closing's questions to the database.

mod day;
mod month;
mod paper;

pub(super) use day::{
    close, closed, closed_days_at, count_cash, is_open, lock_cashier, open_before, open_days,
    open_days_at, payments, slips,
};
pub(super) use month::{close_month, last_closed, next_month, obstacles, organisations};
pub(super) use paper::{papers, papers_left, papers_left_at};
