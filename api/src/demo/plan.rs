//! How large a city, how long, and whether it is finished.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
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
    done: bool,
}

pub(super) struct Mark {
    path: PathBuf,
    plan: Plan,
}

impl Mark {
    /// Keeps the plan, or takes up the one that was begun and not finished.
    pub(super) fn begin(data: &Path, plan: Plan) -> anyhow::Result<Self> {
        fs::create_dir_all(data).with_context(|| format!("data folder {}", data.display()))?;
        let path = data.join("demo.json");
        let begun = read(&path).filter(|kept| !kept.done);
        let mark = Self { path, plan: begun.map_or(plan, |kept| kept.plan) };
        mark.keep(false)?;
        Ok(mark)
    }

    pub(super) fn is_unfinished(data: &Path) -> bool {
        read(&data.join("demo.json")).is_some_and(|kept| !kept.done)
    }

    pub(super) fn plan(&self) -> Plan {
        self.plan
    }

    pub(super) fn done(self) -> anyhow::Result<()> {
        self.keep(true)
    }

    fn keep(&self, done: bool) -> anyhow::Result<()> {
        let staged = self.path.with_extension("json.new");
        fs::write(&staged, serde_json::to_vec(&Kept { plan: self.plan, done })?)
            .and_then(|()| fs::rename(&staged, &self.path))
            .context("write demo.json")
    }
}

fn read(path: &Path) -> Option<Kept> {
    match fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).ok(),
        Err(error) => {
            if error.kind() != ErrorKind::NotFound {
                tracing::warn!(%error, "demo.json");
            }
            None
        }
    }
}
