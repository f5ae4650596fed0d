//! Stand-ins as values: what is asked for, what was given, and who somebody was before. 顶岗

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;
use terms::{Role, business_day};

use super::person::Place;

/// Whose work somebody does, from the beginning of a day to the end of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// Who stands in.
    pub login: String,
    /// As what.
    pub role: Role,
    /// Where.
    pub place: Place,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
    /// Why.
    pub reason: String,
    /// It is meant that the person may do or see more meanwhile.
    pub widens: bool,
}

/// A stand-in, as the page of a person shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoodIn {
    /// Its number.
    pub id: i64,
    /// As what.
    pub role: Role,
    /// The outlet, by its name.
    pub outlet: Option<String>,
    /// The town, by its short name.
    pub town: Option<String>,
    /// Its first moment.
    pub from: DateTime<Utc>,
    /// The moment at which it ends by itself.
    pub until: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// Who gave it, by name; None where it was whoever keeps the machine.
    pub given_by: Option<String>,
    /// When it was ended before its time.
    pub ended_at: Option<DateTime<Utc>>,
}

impl StoodIn {
    /// Whether it holds, or will.
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.ended_at.is_none() && now < self.until
    }
}

/// The last day of a stand-in that ends by itself at a moment: the moment lies behind it.
pub fn last_day(until: DateTime<Utc>) -> NaiveDate {
    business_day(until - TimeDelta::seconds(1))
}

/// Who somebody was here from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Was {
    /// Name that others read.
    pub name: String,
    /// What the person did here.
    pub role: Role,
    /// The outlet, by its name.
    pub outlet: Option<String>,
    /// The town, by its short name.
    pub town: Option<String>,
    /// False where the person was let in no longer.
    pub active: bool,
    /// Who said so, by name; None where it was whoever keeps the machine.
    pub changed_by: Option<String>,
    /// From when on.
    pub changed_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_moment_at_which_it_ends_is_none_of_its_last_day() {
        // Midnight at the beginning of 2027 in Dongguan.
        let until = "2026-12-31T16:00:00Z".parse().unwrap();
        assert_eq!(last_day(until).to_string(), "2026-12-31");
    }
}
