//! The days of a month in the city, squeezed into what has passed of the last one.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use engine::billing::DAYS_TO_PAY;
use terms::{BillPeriod, Clock, FixedClock, SystemClock, shanghai};

/// When what happens in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MonthDays {
    /// Readers walk their rounds.
    pub(super) read: NaiveDate,
    /// Bills are made.
    pub(super) bill: NaiveDate,
    /// Bills are to be paid.
    pub(super) due: NaiveDate,
    /// What was collected a month ago is passed on.
    pub(super) remit: NaiveDate,
    /// The bank's file comes back.
    pub(super) withhold: NaiveDate,
    /// Settlements of the online channels.
    pub(super) online: [NaiveDate; 4],
    /// Days on which people come to the counters; the last one ends the month.
    pub(super) counter: [NaiveDate; 4],
}

impl MonthDays {
    /// The days of a month whose days after `today` have not come yet.
    pub(super) fn of(period: BillPeriod, today: NaiveDate) -> Self {
        let first = period.first_day();
        let span = (period.last_day().min(today) - first).num_days();
        let day = |percent: i64| first + TimeDelta::days(span * percent / 100);
        let bill = day(34);
        Self {
            read: day(20),
            bill,
            due: bill + DAYS_TO_PAY,
            remit: day(25),
            withhold: day(48),
            online: [day(40), day(58), day(76), day(100)],
            counter: [day(44), day(62), day(81), day(100)],
        }
    }

    /// The clock of readers, these minutes after nine on their day.
    pub(super) fn of_readers(&self, minutes: u64) -> FixedClock {
        at(self.read, self.read_by(minutes))
    }

    /// The clock of all others, these minutes after nine on a day.
    pub(super) fn of_others(&self, day: NaiveDate, minutes: u64) -> FixedClock {
        at(day, self.done_by(day, minutes))
    }

    fn read_by(&self, minutes: u64) -> u64 {
        if self.read == self.bill { minutes * MORNING / WORKING } else { minutes }
    }

    fn done_by(&self, day: NaiveDate, minutes: u64) -> u64 {
        if self.read == self.bill && day == self.bill {
            MORNING + minutes * (WORKING - MORNING) / WORKING
        } else {
            minutes
        }
    }
}

/// The city works from nine, this many minutes of a day; nothing is asked to happen later.
const WORKING: u64 = 11 * 60;
/// In the first days of a month its meters are read and billed on one day: readers have these minutes of it, and whoever bills
/// and whoever pays comes after them.
const MORNING: u64 = WORKING / 4;

/// A clock that stands at some minutes after nine on a day, but never in the future.
pub(super) fn at(day: NaiveDate, minutes: u64) -> FixedClock {
    FixedClock(moment_by(day, minutes, SystemClock.now()))
}

/// Whoever asks later for later minutes gets a later moment: a day that is not over yet is squeezed, from midnight to now.
fn moment_by(day: NaiveDate, minutes: u64, now: DateTime<Utc>) -> DateTime<Utc> {
    let (minutes, working) = (minutes.min(WORKING).cast_signed(), WORKING.cast_signed());
    let whole = moment(day, 9 * 60 + minutes);
    if moment(day, 9 * 60 + working) <= now {
        return whole;
    }
    let midnight = moment(day, 0);
    let passed = (now - midnight).num_seconds().max(0);
    midnight + TimeDelta::seconds(passed * minutes / working)
}

fn moment(day: NaiveDate, minutes: i64) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let local = midnight.and_local_timezone(shanghai()).single();
    local.map_or_else(Utc::now, |local| local.to_utc()) + TimeDelta::minutes(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_follow_each_other_and_never_lie_ahead() {
        for today in ["2026-11-01", "2026-11-02", "2026-11-24", "2026-11-30"] {
            let today: NaiveDate = today.parse().unwrap();
            for period in [BillPeriod::of(today), BillPeriod::of(today).previous()] {
                let days = MonthDays::of(period, today);
                assert!(
                    days.read <= days.bill && days.bill <= days.online[0] && days.bill <= days.due,
                    "{days:?}"
                );
                assert!(
                    days.online
                        .iter()
                        .chain(&days.counter)
                        .all(|day| *day <= today && *day >= days.bill)
                );
                assert!(
                    at(days.counter[3], 300).now() <= Utc::now() || today > SystemClock.today()
                );
            }
        }
        let today: NaiveDate = "2026-11-24".parse().unwrap();
        assert_eq!(MonthDays::of(BillPeriod::of(today), today).counter[3], today);
    }

    /// On the first three days of a month all of it begins on one day, that may be a minute old.
    #[test]
    fn what_is_billed_was_read_before_and_what_is_paid_was_billed() {
        let first: NaiveDate = "2026-12-01".parse().unwrap();
        for today in first.iter_days().take(31) {
            let days = MonthDays::of(BillPeriod::of(today), today);
            for now in [1, 60, 9 * 60, 24 * 60].map(|minute| moment(today, minute)) {
                let others = |day, minutes| moment_by(day, days.done_by(day, minutes), now);
                let read = moment_by(days.read, days.read_by(8 * 60), now);
                let billed = others(days.bill, 0);
                assert!(read < billed, "{now}: {read} {billed}");
                let paid = days.online.iter().chain(&days.counter).chain([&days.withhold]);
                assert!(paid.map(|day| others(*day, 0)).all(|paid| billed <= paid), "{now}");
                assert!(others(today, 600) <= now, "{now}");
            }
        }
    }

    /// On the first of a month all of it happens on one day, that may be a minute old.
    #[test]
    fn minutes_follow_each_other_while_the_day_goes_on() {
        let day: NaiveDate = "2026-12-01".parse().unwrap();
        let mut last = moment(day, 0);
        for minute in (0..=24 * 60).step_by(7) {
            let now = moment(day, minute);
            let moments: Vec<_> =
                (0..=600).step_by(30).map(|minutes| moment_by(day, minutes, now)).collect();
            assert!(moments.is_sorted() && moments.iter().all(|moment| *moment <= now), "{now}");
            let noon = moment_by(day, 240, now);
            assert!(last <= noon, "{now}: {noon} after {last}");
            last = noon;
        }
        assert_eq!(moment_by(day, 240, moment(day, 24 * 60)), moment(day, 13 * 60));
    }
}
