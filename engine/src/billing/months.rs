//! The months of a run: which of them are over.

use chrono::NaiveDate;
use terms::BillPeriod;

/// The month that is billed, and the last one in which nobody will read any more: itself once it is over, else the
/// month before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Months {
    pub(super) asked: BillPeriod,
    pub(super) over: BillPeriod,
}

impl Months {
    /// The months of bills that are dated `bill_date` and made today: a month is over once both lie after it, so that a
    /// date ahead ends no month.
    pub(super) fn of(asked: BillPeriod, bill_date: NaiveDate, today: NaiveDate) -> Self {
        let is_over = bill_date.min(today) > asked.last_day();
        Self { asked, over: if is_over { asked } else { asked.previous() } }
    }
}
