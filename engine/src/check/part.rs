//! What is asked every night, where the whole history would take hours: the accounts that money moved on lately, one
//! part of all accounts in turn with everything that was ever booked on them, sealed months too, and the days that
//! were closed lately.
//!
//! Most invariants speak of one account at a time, so a statement over the rows of some accounts says of them what
//! the statement over all rows would. The names of the tables are covered by the chosen rows; the statement itself
//! stays the same.

use chrono::{Datelike, NaiveDate};

/// In so many nights every account has been asked.
const TURNS: i64 = 30;
/// Payments back from the newest whose accounts are asked; at 1.5 million accounts, those of some four days.
const LATE_PAYMENTS: i64 = 200_000;
/// Days back from today whose closes are asked.
const LATE_DAYS: i64 = 35;

/// Invariants of one account at a time.
const BY_ACCOUNT: &[&str] = &[
    "1", "2", "2b", "3", "3b", "3c", "4", "7", "8a", "8b", "8c", "14a", "14b", "14c", "14d", "15",
    "19a", "19b", "19c", "19d", "20", "20b", "21a", "21b", "21c", "22b", "23", "25b",
];
/// Invariants of one closed day at a time.
const BY_DAY: &[&str] = &["17a", "17b"];
/// Invariants that are true of small tables, or of nothing less than all rows.
const SHORT: &[&str] = &["13a", "22a", "25a"];

/// Tables with the account in each row.
const OF_AN_ACCOUNT: &[&str] = &[
    "meter",
    "reading",
    "charge",
    "charge_line",
    "charge_balance",
    "payment",
    "allocation",
    "prepaid_entry",
    "prepaid_balance",
    "receipt",
];

/// What a night's check asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Whose turn it is: the accounts whose id leaves this, divided by the number of turns.
    pub turn: i64,
    /// The day.
    pub today: NaiveDate,
}

impl Part {
    /// The part of a day.
    pub fn of(today: NaiveDate) -> Self {
        Self { turn: i64::from(today.num_days_from_ce()) % TURNS, today }
    }

    /// The chosen rows, by the names of their tables, as the head of a statement; none for an invariant that is
    /// asked of everything or not at all.
    pub(super) fn tables(self, invariant: &str) -> Option<String> {
        if SHORT.contains(&invariant) {
            return Some(String::new());
        }
        if BY_DAY.contains(&invariant) {
            let since = self.today - chrono::TimeDelta::days(LATE_DAYS);
            return Some(format!(
                "with cashier_close as (select * from public.cashier_close where business_day >= '{since}') "
            ));
        }
        BY_ACCOUNT.contains(&invariant).then(|| self.of_accounts())
    }

    fn of_accounts(self) -> String {
        let turn = self.turn;
        let mut tables = format!(
            "with chosen as materialized (
                select id from public.account where id % {TURNS} = {turn}
                union
                select account_id from public.payment
                where id > (select max(id) from public.payment) - {LATE_PAYMENTS}),
             account as (select * from public.account where id in (select id from chosen)),
             charge_reading as (select t.* from public.charge_reading t join public.charge c
                 on c.id = t.charge_id and c.bill_period = t.bill_period where c.account_id in (select id from chosen)),
             receipt_line as (select l.* from public.receipt_line l join public.receipt r
                 on r.id = l.receipt_id where r.account_id in (select id from chosen))"
        );
        for table in OF_AN_ACCOUNT {
            tables.push_str(&format!(
                ", {table} as (select * from public.{table} where account_id in (select id from chosen))"
            ));
        }
        tables.push(' ');
        tables
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::statements;

    #[test]
    fn every_account_has_its_turn_and_every_name_is_one() {
        let first: NaiveDate = "2026-11-28".parse().unwrap();
        let turns: std::collections::BTreeSet<_> =
            (0..TURNS).map(|days| Part::of(first + chrono::TimeDelta::days(days)).turn).collect();
        assert_eq!(turns.len(), usize::try_from(TURNS).unwrap());
        for name in BY_ACCOUNT.iter().chain(BY_DAY).chain(SHORT) {
            assert!(statements::ALL.iter().any(|(id, _, _)| id == name), "{name}");
        }
    }
}
