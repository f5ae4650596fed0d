//! What accounts were.

use std::collections::HashMap;

use chrono::NaiveDate;
use terms::BillPeriod;

use super::assess::Holder;
use crate::register::AccountState;

/// The states of accounts that were ever changed, each with its first day, the oldest first.
#[derive(Debug, Default)]
pub(super) struct History(HashMap<i64, Vec<(NaiveDate, AccountState)>>);

impl History {
    pub(super) fn add(&mut self, account: i64, valid_from: NaiveDate, state: AccountState) {
        self.0.entry(account).or_default().push((valid_from, state));
    }

    /// What an account is charged as for a month: as it was on its last day. One that never changed is what it is.
    pub(super) fn of(&self, holder: &Holder, month: BillPeriod) -> AccountState {
        let present = holder.present;
        let Some(states) = self.0.get(&holder.account.0) else { return present };
        let day = month.last_day();
        let held = states.iter().rev().find(|(valid_from, _)| *valid_from <= day);
        held.or(states.first()).map_or(present, |(_, state)| *state)
    }
}
