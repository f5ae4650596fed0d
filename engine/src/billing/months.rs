//! The months of a run: which of them are over.

use chrono::NaiveDate;
use terms::BillPeriod;

/// The month that is billed, and the last one up to it in which nobody will read any more: it is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Months {
    pub(super) asked: BillPeriod,
    pub(super) over: BillPeriod,
}

impl Months {
    /// The months of bills that are dated `bill_date` and made today: a month is over once both lie after it, so that
    /// neither a date nor a run ahead ends a month.
    pub(super) fn of(asked: BillPeriod, bill_date: NaiveDate, today: NaiveDate) -> Self {
        let over = BillPeriod::of(bill_date.min(today)).previous();
        Self { asked, over: asked.min(over) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_over_once_its_last_day_is() {
        for (asked, bill_date, today, want) in [
            ("2026-11", "2026-11-24", "2026-11-24", "2026-10"),
            ("2026-11", "2026-12-01", "2026-11-30", "2026-10"),
            ("2026-11", "2026-12-01", "2026-12-01", "2026-11"),
            ("2026-11", "2027-02-01", "2027-02-01", "2026-11"),
            ("2026-12", "2026-11-30", "2026-11-30", "2026-10"),
            ("2026-12", "2026-12-01", "2026-12-01", "2026-11"),
        ] {
            let day = |day: &str| day.parse().unwrap();
            let months = Months::of(asked.parse().unwrap(), day(bill_date), day(today));
            assert_eq!(months.over.to_string(), want, "{asked}, made on {today} for {bill_date}");
        }
    }
}
