//! What is asked every night, where the whole history would take hours: the accounts that money moved on lately, and
//! one part of everything else in turn, sealed months too.
//!
//! Most invariants speak of one account at a time, so a statement over the rows of some accounts says of them what
//! the statement over all rows would; others speak of one closed day, one batch of a channel, one range of paper, one
//! sealed month, one town, one chain of marks. The names of the tables are covered by the chosen rows; the statement
//! itself stays the same.

use chrono::{Datelike, NaiveDate};

/// In so many nights everything has been asked.
const TURNS: i64 = 30;
/// Payments back from the newest whose accounts are asked; at 1.5 million accounts, those of some four days.
const LATE_PAYMENTS: i64 = 200_000;
/// Days back from today whose closes and batches are asked.
const LATE_DAYS: i64 = 35;

/// What an invariant speaks of, one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Tables that stay small.
    All,
    /// An account, with everything that was ever booked on it.
    Account,
    /// A day that a cashier closed.
    Day,
    /// What a channel settled in one go.
    Batch,
    /// A cheque or card slip.
    Slip,
    /// The key of a payment, or the number of a receipt.
    Key,
    /// A range of paper numbers.
    Paper,
    /// A month that an organisation closed.
    Month,
    /// A town.
    Town,
    /// The marks of a person.
    Chain,
    /// A bill run.
    Run,
}

/// Every invariant, by what it speaks of.
const SCOPES: &[(Scope, &[&str])] = &[
    (Scope::All, &["6b", "6d", "13a", "17f", "22a", "22c", "25g", "25h", "25i", "26b", "30"]),
    (
        Scope::Account,
        &[
            "1", "2", "2b", "3", "3b", "3c", "4", "4b", "6c", "7", "8a", "8b", "8c", "8d", "8f",
            "11", "13b", "14a", "14b", "14c", "14d", "15", "17e", "19a", "19b", "19c", "19d",
            "19e", "20", "20b", "21a", "21b", "21c", "21d", "21e", "21f", "21h", "22b", "23",
            "25b", "25c", "25d", "25e", "25f", "25j",
        ],
    ),
    (Scope::Day, &["17a", "17b", "17c", "17d", "17g"]),
    (Scope::Batch, &["10a", "10b"]),
    (Scope::Slip, &["8e"]),
    (Scope::Key, &["8g", "13d"]),
    (Scope::Paper, &["13c"]),
    (Scope::Month, &["6a", "6e", "6f"]),
    (Scope::Town, &["26"]),
    (Scope::Chain, &["27a", "27b"]),
    (Scope::Run, &["21g"]),
];

/// Tables with the account in each row.
const OF_AN_ACCOUNT: &[&str] = &[
    "account_version",
    "meter",
    "reading",
    "charge",
    "charge_month",
    "charge_reversal",
    "charge_line",
    "charge_balance",
    "payment",
    "payment_tender",
    "allocation",
    "prepaid_entry",
    "prepaid_balance",
    "receipt",
];

/// What a night's check asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Whose turn it is: the accounts whose id leaves this, divided by the number of turns, and so on.
    pub turn: i64,
    /// The day.
    pub today: NaiveDate,
}

impl Part {
    /// The part of a day.
    pub fn of(today: NaiveDate) -> Self {
        Self { turn: i64::from(today.num_days_from_ce()) % TURNS, today }
    }

    /// The chosen rows, by the names of their tables, as the head of a statement; none where all are asked.
    pub(super) fn tables(self, invariant: &str) -> String {
        let turn = self.turn;
        let since = self.today - chrono::TimeDelta::days(LATE_DAYS);
        let scope = SCOPES.iter().find(|(_, ids)| ids.contains(&invariant)).map(|(scope, _)| scope);
        match scope.unwrap_or(&Scope::All) {
            Scope::All => String::new(),
            Scope::Account => self.of_accounts(),
            Scope::Day => format!(
                "with cashier_close as (select * from public.cashier_close
                     where business_day >= '{since}' or id % {TURNS} = {turn}) "
            ),
            Scope::Batch => format!(
                "with channel_batch as (select * from public.channel_batch
                     where settled_on >= '{since}' or id % {TURNS} = {turn}),
                 channel_item as (select i.* from public.channel_item i
                     where batch_id in (select id from channel_batch)
                        or id in (select item_id from public.channel_item_open)),
                 channel_item_event as (select * from public.channel_item_event
                     where item_id in (select id from channel_item)),
                 payment as (select * from public.payment
                     where channel_item_id in (select id from channel_item)) "
            ),
            Scope::Slip => format!(
                "with slip_standing as (select * from public.slip_standing
                     where abs(hashtext(reference)::bigint) % {TURNS} = {turn}),
                 payment_tender as (select * from public.payment_tender
                     where abs(hashtext(reference)::bigint) % {TURNS} = {turn}) "
            ),
            Scope::Key => format!(
                "with payment_key as (select * from public.payment_key
                     where abs(hashtext(key)::bigint) % {TURNS} = {turn}),
                 receipt_number as (select * from public.receipt_number
                     where abs(hashtext(no)::bigint) % {TURNS} = {turn}),
                 number_given as (select * from public.number_given
                     where abs(hashtext(no)::bigint) % {TURNS} = {turn}) "
            ),
            Scope::Paper => format!(
                "with stock_segment as (select * from public.stock_segment
                     where (next_no > first_no and next_no <= last_no) or id % {TURNS} = {turn}) "
            ),
            // One sealed month in turn, and whatever was sealed lately.
            Scope::Month => format!(
                "with sealed as (select period, row_number() over (order by period desc) as place,
                     count(*) over () as number from (select distinct period from public.month_close) m),
                 month_close as (select * from public.month_close where closed_at >= '{since}'
                     or period in (select period from sealed where place % number = {day} % number)) ",
                day = self.today.num_days_from_ce()
            ),
            Scope::Town => format!(
                "with remittance as (select * from public.remittance where town_id % {TURNS} = {turn}) "
            ),
            Scope::Chain => format!(
                "with operation_chain as (select * from public.operation_chain where chain % {TURNS} = {turn}),
                 operation_log as (select * from public.operation_log where chain % {TURNS} = {turn}) "
            ),
            Scope::Run => format!(
                "with bill_run as (select * from public.bill_run
                     where started_at >= '{since}' or id % {TURNS} = {turn}) "
            ),
        }
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
                 on c.id = t.charge_id and c.bill_period = t.bill_period and c.service_period = t.service_period where c.account_id in (select id from chosen)),
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
    fn every_account_has_its_turn_and_every_invariant_its_scope() {
        let first: NaiveDate = "2026-11-28".parse().unwrap();
        let turns: std::collections::BTreeSet<_> =
            (0..TURNS).map(|days| Part::of(first + chrono::TimeDelta::days(days)).turn).collect();
        assert_eq!(turns.len(), usize::try_from(TURNS).unwrap());
        let known = SCOPES.iter().flat_map(|(_, ids)| *ids).collect::<Vec<_>>();
        for (id, _, _) in statements::ALL {
            assert_eq!(known.iter().filter(|known| **known == id).count(), 1, "{id}");
        }
        assert_eq!(known.len(), statements::ALL.len());
    }
}
