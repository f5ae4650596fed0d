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
}

/// A clock that stands at some minutes after nine on a day, but never in the future.
pub(super) fn at(day: NaiveDate, minutes: u64) -> FixedClock {
    let minutes = i64::try_from(minutes).unwrap_or_default();
    let nine = moment(day, 9 * 60 + minutes);
    let now = SystemClock.now();
    if nine <= now {
        return FixedClock(nine);
    }
    // Early in the morning the day has few minutes yet.
    let midnight = moment(day, 0);
    let passed = (now - midnight).num_minutes().max(1);
    FixedClock(midnight + TimeDelta::minutes(minutes % passed))
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
}
