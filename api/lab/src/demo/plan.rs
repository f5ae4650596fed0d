//! How large a city, how long, and whether it is finished.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use terms::{BillPeriod, Clock, SystemClock};

/// The seed of the usual city.
pub const SEED: u64 = 20_261_124;

/// A city to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Accounts.
    pub accounts: u32,
    /// Months of history, the last one included.
    pub months: u32,
    /// Another seed is another city.
    pub seed: u64,
    /// The business day on which its history ends.
    pub today: NaiveDate,
    /// The part of the accounts, in percent, whose last bill is left unpaid on purpose.
    pub unpaid_percent: u32,
}

impl Plan {
    /// A city whose history ends today.
    pub fn new(accounts: u32, months: u32, seed: u64) -> Self {
        Self { accounts, months, seed, today: SystemClock.today(), unpaid_percent: 0 }
    }

    /// True for the same city, whenever it was made.
    fn is_like(self, other: Self) -> bool {
        (self.accounts, self.months, self.seed) == (other.accounts, other.months, other.seed)
    }

    /// Its last month.
    pub fn last_period(self) -> BillPeriod {
        BillPeriod::of(self.today)
    }

    /// Its first month.
    pub fn first_period(self) -> BillPeriod {
        self.last_period().back(self.months - 1)
    }
}

/// `demo.json`: a city that was begun, so that an interrupted one is finished as it was begun.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    plan: Plan,
    /// Months that are whole. None is lived again: what a purse could pay then is not what it can pay since.
    lived: u32,
    /// Months in which purses have paid what was billed, each once for the same reason.
    purses_paid: u32,
    /// The database in which it was begun; settings may name another one by now.
    database: String,
}

impl Kept {
    fn is_done(&self) -> bool {
        self.lived == self.plan.months
    }
}

pub(super) struct Mark {
    path: PathBuf,
    kept: Kept,
}

impl Mark {
    /// Keeps the plan for an empty database. Otherwise the city that was begun is taken up as it was
    /// begun; one that is finished is taken as it is, and no other is built on top of it, nor on anything else.
    pub(super) fn begin(
        data: &Path,
        plan: Plan,
        database: &str,
        is_empty: bool,
    ) -> anyhow::Result<Self> {
        fs::create_dir_all(data).with_context(|| format!("data folder {}", data.display()))?;
        let path = data.join("demo.json");
        let kept = match read(&path, database) {
            _ if is_empty => Kept { plan, lived: 0, purses_paid: 0, database: database.to_owned() },
            Some(kept) if !kept.is_done() || kept.plan.is_like(plan) => kept,
            Some(Kept { plan: Plan { accounts, months, .. }, .. }) => {
                bail!(
                    "a city of {accounts} accounts and {months} months is here already; another one needs another --data"
                )
            }
            None => bail!(
                "the database holds people or accounts that are no demo city's; the demo needs an empty one"
            ),
        };
        let mark = Self { path, kept };
        mark.keep()?;
        Ok(mark)
    }

    pub(super) fn is_unfinished(data: &Path, database: &str) -> bool {
        read(&data.join("demo.json"), database).is_some_and(|kept| !kept.is_done())
    }

    pub(super) fn plan(&self) -> Plan {
        self.kept.plan
    }

    pub(super) fn months_left(&self) -> u32 {
        self.plan().months - self.kept.lived
    }

    /// The first month that is not whole yet.
    pub(super) fn next_period(&self) -> BillPeriod {
        let plan = self.plan();
        plan.last_period().next().back(self.months_left())
    }

    /// True where the purses have paid already what was billed in the next month.
    pub(super) fn purses_have_paid(&self) -> bool {
        self.kept.purses_paid > self.kept.lived
    }

    pub(super) fn purses_paid(&mut self) -> anyhow::Result<()> {
        self.kept.purses_paid = self.kept.lived + 1;
        self.keep()
    }

    /// The next month is whole.
    pub(super) fn lived(&mut self) -> anyhow::Result<()> {
        self.kept.lived += 1;
        self.keep()
    }

    fn keep(&self) -> anyhow::Result<()> {
        let staged = self.path.with_extension("json.new");
        fs::write(&staged, serde_json::to_vec(&self.kept)?)
            .and_then(|()| fs::rename(&staged, &self.path))
            .context("write demo.json")
    }
}

/// The city that was begun in this database, if any was.
fn read(path: &Path, database: &str) -> Option<Kept> {
    match fs::read(path) {
        Ok(text) => {
            serde_json::from_slice(&text).ok().filter(|kept: &Kept| kept.database == database)
        }
        Err(error) => {
            if error.kind() != ErrorKind::NotFound {
                tracing::warn!(%error, "demo.json");
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_finished_as_it_was_begun_and_built_once() {
        let data = std::env::temp_dir().join(format!("weir-plan-{}", std::process::id()));
        let small = Plan::new(300, 2, SEED);
        let large = Plan::new(900, 4, SEED);
        let begin = |plan, is_empty| Mark::begin(&data, plan, "1/5", is_empty);
        assert!(begin(small, false).is_err());
        let begun = begin(small, true).unwrap();
        assert_eq!(begun.next_period(), small.first_period());
        assert!(Mark::is_unfinished(&data, "1/5"));
        let taken_up = begin(large, false).unwrap();
        assert_eq!(taken_up.plan(), small);
        // What was begun here says nothing of another database.
        assert!(!Mark::is_unfinished(&data, "1/6"));
        assert!(Mark::begin(&data, small, "1/6", false).is_err());
        let mut lives_on = taken_up;
        lives_on.purses_paid().unwrap();
        assert!(begin(large, false).unwrap().purses_have_paid());
        lives_on.lived().unwrap();
        let taken_up = begin(large, false).unwrap();
        assert_eq!(taken_up.next_period(), small.last_period());
        assert!(!taken_up.purses_have_paid());
        lives_on.lived().unwrap();
        assert!(begin(large, false).is_err());
        assert!(begin(small, false).unwrap().next_period() > small.last_period());
        assert_eq!(begin(large, true).unwrap().plan(), large);
        fs::remove_dir_all(data).unwrap();
    }
}
