//! What is asked every night, where the whole history would take hours.
//!
//! Many invariants speak of entries that lie in one month with all that came with them: they are asked of the late months
//! and of older months in turn, and no other month is looked into. Others speak of all that was ever booked on an
//! account: they are asked of the accounts on which money moved or whose change was approved lately, of those that were
//! billed or read last, and of one part of the city in turn, by the indexes that lead from an account to its entries.
//! Others again speak of one closed day, what was posted without a till in one go, one batch of a channel or one
//! message: those of the same months are asked; or of one range of paper, one sealed month, one town, one chain of marks; or of
//! every row that a mark should tell of.
//! The chosen rows stand under the names of their tables; the statement itself stays the same.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, TimeDelta};
use terms::BillPeriod;

use super::store::Room;

/// In so many nights everything has been asked that does not lie by month.
const TURNS: i64 = 30;
/// Days back from today in which money moved lately: a check that fell out on a few nights has missed nobody.
const TOUCHED_DAYS: i64 = 4;
/// Of so many bills and readings that were written last in each month the accounts are asked: those of a day that makes
/// no whole run, and some of those of a run.
const NEWEST: u32 = 2_000;
/// Days back from today whose months are asked.
const LATE_DAYS: i64 = 35;
/// A day's payments are posted in one of so many months, its own the first: they are dated back by a year at most.
const MONTHS_OF_A_DAY: usize = 13;

/// What an invariant speaks of, one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Tables that stay small.
    All,
    /// An entry, with what came with it in its month.
    Entry,
    /// An account, with everything that was ever booked on it.
    Account,
    /// A day that a cashier closed.
    Day,
    /// What was posted without a till, in one go.
    Posting,
    /// What was posted at a till, and its mark.
    Till,
    /// What a channel settled in one go.
    Batch,
    /// A cheque or card slip.
    Slip,
    /// A range of paper numbers.
    Paper,
    /// A month that an organisation closed.
    Month,
    /// A message, and what caused it.
    Message,
    /// A town.
    Town,
    /// A bill run.
    Run,
    /// What an act wrote.
    Written,
    /// Rows that an act wrote, whichever.
    Kept,
}

/// Every invariant, by what it speaks of.
const SCOPES: &[(Scope, &[&str])] = &[
    (
        Scope::All,
        &[
            "6b", "6d", "10d", "13a", "22a", "22c", "22d", "22e", "25g", "25h", "25i", "25n",
            "26b", "31a", "31b", "31c",
        ],
    ),
    (
        Scope::Entry,
        &[
            "1", "1b", "3", "3b", "3c", "4", "6c", "7", "8d", "8f", "8g", "11", "11b", "13b",
            "13d", "14a", "14b", "14c", "14d", "14e", "17e", "19b", "21c", "21e", "21i", "21j",
            "21k", "21m", "21n", "22b", "23", "23b", "25b", "25e", "25j", "25l", "25o", "25p",
            "27a", "27b",
        ],
    ),
    (
        Scope::Account,
        &[
            "2", "2b", "4b", "8a", "8b", "8c", "15", "19a", "19c", "19d", "19e", "20", "20b",
            "21a", "21b", "21d", "21f", "21h", "21o", "25c", "25d", "25f", "25k", "25m",
        ],
    ),
    (Scope::Day, &["17a", "17b", "17c", "17d", "17f", "17g", "17i", "17k"]),
    (Scope::Posting, &["10c", "17h"]),
    (Scope::Till, &["17j"]),
    (Scope::Batch, &["10a", "10b"]),
    (Scope::Slip, &["8e"]),
    (Scope::Paper, &["13c", "13e"]),
    (Scope::Month, &["6a", "6e", "6f"]),
    (Scope::Message, &["27c", "30"]),
    (Scope::Town, &["26"]),
    (Scope::Run, &["21g"]),
    (Scope::Written, &["27d"]),
    (Scope::Kept, &["27e"]),
];

/// Tables with an index by account.
const BY_ACCOUNT: &[&str] = &[
    "account_version",
    "meter",
    "reading",
    "charge",
    "charge_month",
    "charge_reversal",
    "charge_balance",
    "payment",
    "prepaid_entry",
    "prepaid_balance",
];

/// Tables that are reached from one of those, or from one that stands before: the way, as a join.
const BY_WAY: &[(&str, &str)] = &[
    ("charge_line", "charge w on (w.id, w.bill_period) = (t.charge_id, t.bill_period)"),
    (
        "charge_reading",
        "charge w on (w.id, w.bill_period, w.service_period) = (t.charge_id, t.bill_period, t.service_period)",
    ),
    ("allocation", "payment w on w.id = t.payment_id"),
    ("payment_tender", "payment w on w.id = t.payment_id"),
    ("receipt", "payment w on t.id between receipt_of(w.id, 1) and receipt_of(w.id, 999)"),
    ("receipt_line", "receipt w on w.id = t.receipt_id"),
];

/// What lies in one table for ever, by the ids of what lies by month: the column, and how many ids it has for each of a
/// payment.
const BESIDE_ROOMS: &[(&str, &str, i32)] = &[
    ("payment_key", "payment_id", 1),
    ("payment_reversal", "reversal_id", 1),
    ("number_given", "receipt_id", 1000),
];

/// What a night's check asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Whose turn it is: the accounts whose id leaves this, divided by the number of turns, and so on.
    pub turn: i64,
    /// The day.
    pub today: NaiveDate,
}

/// What there is to be chosen from: the rooms of the database, and the months that have one.
pub(super) struct Rooms {
    pub(super) rooms: Vec<Room>,
    pub(super) months: Vec<BillPeriod>,
}

impl Part {
    /// The part of a day.
    pub fn of(today: NaiveDate) -> Self {
        Self { turn: i64::from(today.num_days_from_ce()) % TURNS, today }
    }

    /// The months whose entries are asked: the late ones, and of the older ones those whose turn it is. There are as many
    /// turns as the greatest power of two among the older months: so each has its night within as many as there are months,
    /// and another month, or twice as many turns, makes none wait longer.
    pub(super) fn months(self, all: &[BillPeriod]) -> Vec<BillPeriod> {
        let late = BillPeriod::of(self.today - TimeDelta::days(LATE_DAYS));
        let older = all.iter().filter(|month| **month < late).count();
        let turns = 1_i32 << older.max(1).ilog2();
        let day = self.today.num_days_from_ce();
        let has_turn = |month: &BillPeriod| (ordinal(*month) - day).rem_euclid(turns) == 0;
        all.iter().copied().filter(|month| *month >= late || has_turn(month)).collect()
    }

    /// The chosen rows, by the names of their tables, as the head of a statement; none where all are asked.
    pub(super) fn tables(self, invariant: &str, rooms: &Rooms) -> String {
        let turn = self.turn;
        let months = self.months(&rooms.months);
        match scope(invariant) {
            Scope::All => String::new(),
            Scope::Entry => self.of_months(rooms),
            Scope::Account => self.of_accounts(&months),
            Scope::Day => format!(
                "with cashier_close as (select * from public.cashier_close where {days}),
                 receipt_event as (select * from public.receipt_event where {days}),
                 close_item as (select * from public.close_item
                     where close_id in (select id from cashier_close) and {items}),
                 allocation as not materialized (select * from public.allocation where {items}),
                 payment as (select p.* from cashier_close c join public.payment p on {payments}
                     and (p.cashier_id, p.outlet_id, p.account_date) = (c.cashier_id, c.outlet_id, c.business_day)),
                 operation_log as (select * from public.operation_log where {marks}) ",
                days = of_days("business_day", &months),
                items = within("payment_id", Some(1), &posted(&months)),
                payments = within("p.id", Some(1), &posted(&months)),
                marks = within("id", Some(1), &months)
            ),
            // A payment was posted at the moment of its mark.
            Scope::Posting => format!(
                "with payment as (select * from public.payment where {posted} and {days}),
                 operation_log as (select * from public.operation_log where {marks} and details ? 'posted') ",
                posted = within("id", Some(1), &posted(&months)),
                days = of_days("posted_at", &months),
                marks = of_days("at", &months)
            ),
            // So was one at a till.
            Scope::Till => format!(
                "with payment as (select * from public.payment where {posted} and {days}),
                 operation_log as not materialized (select * from public.operation_log where {marks}) ",
                posted = within("id", Some(1), &posted(&months)),
                days = of_days("posted_at", &months),
                marks = of_days("at", &months)
            ),
            Scope::Batch => format!(
                "with channel_batch as (select * from public.channel_batch where {days}),
                 channel_item as (
                     select i.* from channel_batch b join public.channel_item i on i.batch_id = b.id and {items}
                     union
                     select i.* from public.channel_item_open o cross join lateral (select * from public.channel_item i
                         where i.id = o.item_id and i.settled_period = month_of_id(o.item_id) offset 0) i),
                 channel_item_event as (select * from public.channel_item_event
                     where item_id in (select id from channel_item)),
                 -- Nothing is posted for an item before the month that it was settled in.
                 payment as (select p.* from channel_item i cross join lateral (select * from public.payment p
                     where p.channel_item_id = i.id and p.id >= first_id(i.settled_period::integer) offset 0) p) ",
                days = of_days("settled_on", &months),
                items = within("i.settled_period", None, &months)
            ),
            Scope::Slip => {
                let late = within("payment_id", Some(1), &months);
                format!(
                    "with chosen as materialized (
                        select reference from public.slip_standing where abs(hashtext(reference)::bigint) % {TURNS} = {turn}
                        union
                        select reference from public.payment_tender where reference is not null and {late}),
                     slip_standing as (select * from public.slip_standing
                         where reference in (select reference from chosen)),
                     payment_tender as (select * from public.payment_tender
                         where reference in (select reference from chosen)) "
                )
            }
            Scope::Paper => format!(
                "with stock_segment as (select * from public.stock_segment
                     where (next_no > first_no and next_no <= last_no) or id % {TURNS} = {turn}) "
            ),
            // Sealed months in turn, as those of entries, and whatever was sealed lately.
            Scope::Month => format!(
                "with turns as (select 1 << floor(log(2, greatest(count(distinct period), 1) + 0.5))::integer as number
                     from public.month_close),
                 month_close as (select * from public.month_close where closed_at >= '{since}'
                     or (period / 100 * 12 + period % 100 - {day}) % (select number from turns) = 0),
                 operation_log as (select * from public.operation_log where {marks}) ",
                since = self.today - TimeDelta::days(LATE_DAYS),
                day = self.today.num_days_from_ce(),
                marks = within("id", Some(1), &months)
            ),
            Scope::Message => format!(
                "with outbox as (select * from public.outbox where {written}),
                 cashier_close as (select * from public.cashier_close where {days}),
                 month_close as (select * from public.month_close where {closed}),
                 channel_item_event as (select * from public.channel_item_event where {told}) ",
                written = of_days("written_at", &months),
                days = of_days("business_day", &months),
                closed = of_days("closed_at", &months),
                told = of_days("at", &months)
            ),
            Scope::Town => format!(
                "with remittance as (select * from public.remittance where town_id % {TURNS} = {turn}) "
            ),
            Scope::Written => format!(
                "with operation_log as (select * from public.operation_log where {marks}) ",
                marks = within("id", Some(1), &months)
            ),
            // Any mark may tell of any row: all are read, and of what lies by month these months.
            Scope::Kept => format!(
                "with kept_month as (select * from public.kept_month where {months}) ",
                months = within("month", None, &months)
            ),
            Scope::Run => format!(
                "with bill_run as (select * from public.bill_run where bill_period = any(array[{months}]::integer[])
                     or id % {TURNS} = {turn}) ",
                months = months.iter().map(|m| m.number().to_string()).collect::<Vec<_>>().join(", ")
            ),
        }
    }

    /// Everything that lies by month, in the months that are asked.
    fn of_months(self, Rooms { rooms, months }: &Rooms) -> String {
        let months = self.months(months);
        let rooms = rooms.iter().map(|room| (room.root.as_str(), room.key.as_str(), room.ids));
        let beside = BESIDE_ROOMS.iter().map(|(table, key, ids)| (*table, *key, Some(*ids)));
        let tables = rooms.chain(beside).map(|(table, key, ids)| {
            let within = within(key, ids, &months);
            format!("{table} as not materialized (select * from public.{table} where {within})")
        });
        format!("with {} ", tables.collect::<Vec<_>>().join(", "))
    }

    fn of_accounts(self, months: &[BillPeriod]) -> String {
        let turn = self.turn;
        let since = self.today - TimeDelta::days(TOUCHED_DAYS);
        let month = BillPeriod::of(since).number();
        let newest: String = months.iter().copied().map(newest).collect();
        let mut tables = format!(
            "with chosen as materialized (
                select id from public.account where id % {TURNS} = {turn}
                union
                select account_id from public.payment
                where id >= first_id({month}) and posted_at >= '{since} 00:00+08'
                union
                select v.account_id from public.account_approval p join public.account_version v on v.id = p.version_id
                where p.approved_at >= '{since} 00:00+08'
                {newest}),
             account as not materialized (select * from public.account where id in (select id from chosen))"
        );
        for table in BY_ACCOUNT {
            tables.push_str(&format!(
                ", {table} as not materialized (select * from public.{table} where account_id in (select id from chosen))"
            ));
        }
        for (table, way) in BY_WAY {
            tables.push_str(&format!(
                ", {table} as not materialized (select t.* from public.{table} t join {way})"
            ));
        }
        tables.push(' ');
        tables
    }
}

/// The accounts of the bills and readings that were written last in a month: their ids rise. Where those of readings ran out
/// within the month and began anew, the last are not the highest, but those below the number that was given last.
fn newest(month: BillPeriod) -> String {
    let month = month.number();
    format!(
        "union (select account_id from public.charge where bill_period = {month}
            and id > (select max(id) from public.charge where bill_period = {month}) - {NEWEST}
            order by id desc limit {NEWEST})
         union (select r.account_id
            from (select coalesce(
                (select max(id) from public.reading where bill_period = {month}
                 and id <= first_id({month}) + (select last_value from public.reading_id)),
                (select max(id) from public.reading where bill_period = {month})) as id) last
            cross join lateral (select account_id from public.reading where bill_period = {month}
                and id > last.id - {NEWEST} and id <= last.id order by id desc limit {NEWEST}) r) "
    )
}

/// A month's place among all months.
fn ordinal(month: BillPeriod) -> i32 {
    month.number() / 100 * 12 + month.number() % 100
}

/// What an invariant speaks of.
fn scope(invariant: &str) -> Scope {
    let of = SCOPES.iter().find(|(_, ids)| ids.contains(&invariant));
    of.map_or(Scope::All, |(scope, _)| *scope)
}

/// True where only the months that are asked are looked into.
pub(super) fn lies_by_month(invariant: &str) -> bool {
    scope(invariant) == Scope::Entry
}

/// The months in which the payments of these months' days were posted.
fn posted(months: &[BillPeriod]) -> Vec<BillPeriod> {
    let after = |month: &BillPeriod| {
        std::iter::successors(Some(*month), |m| Some(m.next())).take(MONTHS_OF_A_DAY)
    };
    let posted: BTreeSet<_> = months.iter().flat_map(after).collect();
    posted.into_iter().collect()
}

/// The condition that a day or a moment is in one of these months.
fn of_days(key: &str, months: &[BillPeriod]) -> String {
    let of = |month: &BillPeriod| {
        format!(
            "{key} >= '{} 00:00+08' and {key} < '{} 00:00+08'",
            month.first_day(),
            month.next().first_day()
        )
    };
    any(months.iter().map(of))
}

/// The condition that a key is of one of these months: its month itself, or ids that bear it.
fn within(key: &str, ids: Option<i32>, months: &[BillPeriod]) -> String {
    let of = |month: &BillPeriod| match ids {
        None => format!("{key} = {}", month.number()),
        Some(ids) => format!(
            "{key} >= first_id({}) * {ids} and {key} < first_id({}) * {ids}",
            month.number(),
            month.next().number()
        ),
    };
    any(months.iter().map(of))
}

fn any(conditions: impl Iterator<Item = String>) -> String {
    let each: Vec<_> = conditions.collect();
    if each.is_empty() { "false".to_owned() } else { format!("({})", each.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::check::statements;

    #[test]
    fn every_account_has_its_turn_and_every_invariant_its_scope() {
        let first: NaiveDate = "2026-11-28".parse().unwrap();
        let turns: BTreeSet<_> =
            (0..TURNS).map(|days| Part::of(first + TimeDelta::days(days)).turn).collect();
        assert_eq!(turns.len(), usize::try_from(TURNS).unwrap());
        let known = SCOPES.iter().flat_map(|(_, ids)| *ids).collect::<Vec<_>>();
        for (id, _, _) in statements::all() {
            assert_eq!(known.iter().filter(|known| **known == id).count(), 1, "{id}");
        }
        assert_eq!(known.len(), statements::all().count());
    }

    #[test]
    fn every_month_has_its_night_however_many_come() {
        let first: NaiveDate = "2026-11-28".parse().unwrap();
        let mut all = vec![BillPeriod::from_number(202401).unwrap()];
        let mut asked_last = BTreeMap::new();
        for day in (0..3000).map(|days| first + TimeDelta::days(days)) {
            while all.last().is_none_or(|last| *last <= BillPeriod::of(day)) {
                all.extend(all.last().map(|last| last.next()));
            }
            let asked = Part::of(day).months(&all);
            let late = BillPeriod::of(day - TimeDelta::days(LATE_DAYS));
            assert!(
                asked.is_sorted() && asked.len() <= all.iter().filter(|m| **m >= late).count() + 2
            );
            assert!(all.iter().filter(|month| **month >= late).all(|month| asked.contains(month)));
            asked_last.extend(asked.iter().map(|month| (*month, day)));
            for month in &all {
                let waited = day - *asked_last.entry(*month).or_insert(first);
                assert!(waited.num_days() <= i64::try_from(all.len()).unwrap(), "{month} on {day}");
            }
        }
        assert_eq!(Part::of(first).months(&[]), []);
    }
}
