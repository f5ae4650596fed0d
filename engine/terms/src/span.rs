//! The time that a use covers.

use chrono::NaiveDate;

use crate::BillPeriod;

/// The time that a use covers: from the last effective reading, or the installation of the meter, to the reading
/// that ends it. Everything that is due or free by the month is counted over its months. 用水期间
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The day of the reading or installation before.
    pub from: NaiveDate,
    /// The day of the reading that ends it.
    pub to: NaiveDate,
    since: BillPeriod,
    upto: BillPeriod,
}

impl Span {
    /// The span between two days; `since` is the month of the reading or installation before, `upto` the month of
    /// the reading that ends it.
    pub fn new(from: NaiveDate, to: NaiveDate, since: BillPeriod, upto: BillPeriod) -> Self {
        Self { from, to, since, upto }
    }

    /// Its months, at least 1: those after the month of the reading before.
    pub fn months(self) -> u16 {
        u16::try_from(self.upto.months_after(self.since).max(1))
            .expect("the calendar has few months")
    }

    /// The first of its months.
    pub fn first(self) -> BillPeriod {
        self.upto.back(u32::from(self.months()) - 1)
    }

    /// The last of its months.
    pub fn last(self) -> BillPeriod {
        self.upto
    }

    /// All its months, in order.
    pub fn each_month(self) -> impl Iterator<Item = BillPeriod> {
        std::iter::successors(Some(self.first()), |month| Some(month.next()))
            .take(usize::from(self.months()))
    }

    /// Whether a month is one of its own.
    pub fn holds(self, month: BillPeriod) -> bool {
        (self.first()..=self.last()).contains(&month)
    }

    /// Whether both have a month in common.
    pub fn meets(self, other: Span) -> bool {
        self.first() <= other.last() && other.first() <= self.last()
    }

    /// The span of two meters of one account.
    #[must_use]
    pub fn join(self, other: Span) -> Span {
        Span {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
            since: self.since.min(other.since),
            upto: self.upto.max(other.upto),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(since: &str, upto: &str) -> Span {
        let (since, upto): (BillPeriod, BillPeriod) =
            (since.parse().unwrap(), upto.parse().unwrap());
        Span::new(since.first_day(), upto.last_day(), since, upto)
    }

    #[test]
    fn months_run_from_the_reading_before() {
        for (why, since, upto, months, first) in [
            ("read every month", "2026-10", "2026-11", 1, "2026-11"),
            ("October was missed", "2026-09", "2026-11", 2, "2026-10"),
            ("metered in June, first read in November", "2026-06", "2026-11", 5, "2026-07"),
            ("metered and read in one month", "2026-11", "2026-11", 1, "2026-11"),
            ("over new year", "2025-12", "2026-11", 11, "2026-01"),
        ] {
            let span = span(since, upto);
            assert_eq!(
                (span.months(), span.first().to_string()),
                (months, first.to_owned()),
                "{why}"
            );
        }
    }

    #[test]
    fn spans_meet_in_a_month() {
        let autumn = span("2026-09", "2026-11");
        for (since, upto, want) in [
            ("2026-11", "2026-12", false),
            ("2026-10", "2026-12", true),
            ("2026-09", "2026-10", true),
            ("2026-08", "2026-09", false),
            ("2026-06", "2026-12", true),
        ] {
            assert_eq!(autumn.meets(span(since, upto)), want, "{since} to {upto}");
            assert_eq!(span(since, upto).meets(autumn), want, "{since} to {upto}");
        }
        let held = ["2026-09", "2026-10", "2026-11", "2026-12"];
        assert_eq!(
            held.map(|month| autumn.holds(month.parse().unwrap())),
            [false, true, true, false]
        );
    }

    #[test]
    fn two_meters_share_the_wider_span() {
        let joined = span("2026-10", "2026-11").join(span("2026-09", "2026-11"));
        assert_eq!(joined, span("2026-09", "2026-11"));
    }
}
