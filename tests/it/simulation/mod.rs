//! The books against a note book: thousands of acts in an order that dice make, each done by the engine and by a small
//! model in memory ([`model`]), compared to the fen as they go; and at the end every invariant holds.
//!
//! - [`prices`]: what things cost, from the documents.
//! - [`model`]: the books without a database.
//! - [`readings`], [`bills`], [`tills`], [`channels`], [`closes`], [`register`]: one act after the other.
//! - [`crowd`]: acts at once: three tills and a bill run, two tills for one bill, connections cut at work.
//!
//! 300 acts run in the suite; `cargo dev soak-books` runs 10,000 of each of five seeds.

mod prices;
mod model;
mod readings;
mod bills;
mod tills;
mod channels;
mod closes;
mod register;
mod crowd;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate, NaiveTime};
use engine::access::Reach;
use engine::closing::PeriodKind;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use terms::{
    BillPeriod, Clock, FixedClock, MeterId, Money, OutletId, ReceiptType, Role, UserId, shanghai,
};

use crate::city::{Account, City, Differs};
use model::{Home, Model};

/// Tills of one outlet.
const TILLS: usize = 3;
/// Accounts at the start.
const HOMES: usize = 8;
/// Accounts at most.
const HOMES_MAX: usize = 40;
/// Acts between two looks at everything that a clerk can see.
const LOOK: u64 = 50;
/// Acts between two checks of every invariant.
const CHECK: u64 = 500;

/// A city and its note book.
struct Simulation {
    city: City,
    model: Model,
    accounts: Vec<Place>,
    tills: Vec<(UserId, OutletId)>,
    /// Who submits what changes.
    biller: UserId,
    /// Who approves what the other submits.
    checker: UserId,
    dice: StdRng,
    seed: u64,
    /// What was done, for whoever reads of a difference.
    log: Vec<String>,
    keys: u64,
    months_closed: u32,
}

/// An account of the city, with its meters and their serial numbers.
struct Place {
    account: Account,
    meters: Vec<(MeterId, String)>,
}

impl Drop for Simulation {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let from = self.log.len().saturating_sub(30);
            eprintln!(
                "seed {}, after {} acts:\n{}",
                self.seed,
                self.log.len(),
                self.log[from..].join("\n")
            );
        }
    }
}

impl Simulation {
    async fn new(seed: u64) -> Self {
        let mut city = City::new().await;
        // Ten thousand acts are lived in three years.
        city.by_hand(
            "create or replace function latest_moment() returns timestamptz language sql volatile
                 return clock_timestamp() + interval '5 years'; select tell_laws()",
        )
        .await;
        city.at("2026-01-05 09:00");
        let mut tills = Vec::new();
        for (n, login) in ["chen.juan", "li.mei", "wang.fang"].into_iter().enumerate() {
            let till = city.clerk(login, login, crate::city::DAOJIAO).await;
            let (cashier, outlet) = (till.cashier, till.outlet);
            for family in ReceiptType::ALL {
                let first = 1_000_000 * (n as i64 + 1);
                city.lease(*family, cashier, outlet, first, first + 99_999).await;
            }
            tills.push((cashier, outlet));
        }
        let biller = city.person("bill.er", "账务员", Role::GroupAdministrator, None, None).await;
        let checker = city.person("shen.er", "审批员", Role::GroupAdministrator, None, None).await;
        // The branch may take garbage apart.
        let branch = tills[0].1.0;
        city.by_hand(&format!("insert into fee_apart values ({branch}, 'garbage')")).await;
        let mut simulation = Self {
            city,
            model: Model::default(),
            accounts: Vec::new(),
            tills,
            biller,
            checker,
            dice: StdRng::seed_from_u64(seed),
            seed,
            log: Vec::new(),
            keys: 0,
            months_closed: 0,
        };
        for _ in 0..HOMES {
            simulation.open().await;
        }
        simulation
    }

    async fn run(mut self, acts: u64) {
        for done in 1..=acts {
            self.act().await;
            if done % LOOK == 0 {
                self.look().await;
            }
            if done % CHECK == 0 {
                self.city.check().await;
            }
        }
        for period in self.periods() {
            if !self.model.is_closed(PeriodKind::Bill, period) {
                self.bill_month(period).await;
            }
        }
        self.look().await;
        self.city.check().await;
        let mut connection = self.city.owner.acquire().await.unwrap();
        for period in self.periods() {
            let asked = engine::billing::oracle(&mut connection, period, 10_000);
            let mut differences = asked.await.unwrap();
            // It prices bills that were taken back in a closed month as due, and readings that wait.
            let homes = self.accounts.iter().zip(&self.model.homes);
            let compared: BTreeSet<_> = homes
                .filter(|(_, home)| home.is_settled(period))
                .map(|(place, _)| place.account.id)
                .collect();
            differences.retain(|difference| compared.contains(&difference.account));
            assert!(differences.is_empty(), "{period}: {differences:#?}");
        }
    }

    /// One throw, one act.
    async fn act(&mut self) {
        match self.dice.random_range(0..100) {
            0..2 => self.open().await,
            2..18 => self.read(false).await,
            18..23 => self.read(true).await,
            23..25 => self.read_wrongly().await,
            25..31 => self.judge().await,
            31..38 => self.bill().await,
            38..43 => self.take_charge_back().await,
            43..57 => self.pay().await,
            57..60 => self.pay_wrongly().await,
            60..65 => self.channel().await,
            65..67 => self.clear_suspense().await,
            67..69 => self.take_back_by_channel().await,
            69..71 => self.hold().await,
            71..72 => self.release().await,
            72..79 => self.take_back().await,
            79..81 => self.close().await,
            81..84 => self.close_month().await,
            84..88 => self.rush().await,
            88..91 => self.race().await,
            91..94 => self.cut().await,
            94..95 => self.pass_on().await,
            95..96 => self.order_rates().await,
            _ => self.tomorrow(),
        }
    }

    async fn open(&mut self) {
        if self.accounts.len() == HOMES_MAX {
            return;
        }
        let payer = format!("住户{}", self.accounts.len());
        let roomy = |new: &mut engine::register::NewAccount| {
            new.meter().max_range = crate::city::m3("10000000");
        };
        let account = self.city.open(&payer, crate::city::DAOJIAO, roomy).await;
        let mut meters = vec![(account.meter, account.serial_no.clone())];
        let since = self.city.period().previous();
        if self.dice.random_range(0..4) == 0 {
            let serial_no = format!("{}-2", account.serial_no);
            let hung = format!(
                "insert into meter (account_id, service_point_id, serial_no, caliber_mm, max_range, start_index, installed_on)
                 select id, service_point_id, '{serial_no}', 20, 10000000, 0, '{}' from account where id = {}",
                since.first_day(),
                account.id
            );
            self.city.by_hand(&hung).await;
            let meter = self.city.count("select max(id) from meter").await;
            meters.push((MeterId(meter), serial_no));
        }
        self.model.homes.push(Home::new(since, meters.len(), payer));
        self.note(format!("open {} with {} meters", self.accounts.len(), meters.len()));
        self.accounts.push(Place { account, meters });
    }

    fn tomorrow(&mut self) {
        let day = self.today() + Days::new(self.dice.random_range(1..5));
        let nine = NaiveTime::from_hms_opt(9, 0, 0).unwrap();
        let local = day.and_time(nine).and_local_timezone(shanghai()).unwrap();
        self.city.clock = FixedClock(local.to_utc());
        self.note(format!("it is {day}"));
    }

    /// Everything that a clerk can see is what the note book says.
    async fn look(&mut self) {
        let today = self.today();
        for home in 0..self.accounts.len() {
            self.learn_bills(home).await;
        }
        let mut connection = self.city.pool.acquire().await.unwrap();
        for (home, place) in self.accounts.iter().enumerate() {
            let account = place.account.id;
            let quote = engine::counter::quote(&mut connection, account, today);
            let quote = quote.await.unwrap().unwrap();
            let seen: Vec<_> = quote
                .charges
                .iter()
                .map(|c| (c.period, c.due_date, c.principal.fen(), c.late_fee.fen()))
                .collect();
            let own = &self.model.homes[home];
            let open = own.open();
            let costs = own.costs(&open, today);
            let known: Vec<_> = open
                .iter()
                .zip(costs)
                .map(|(at, cost)| {
                    let charge = &own.charges[*at];
                    (charge.period, charge.due, cost.principal(), cost.late_fee())
                })
                .collect();
            assert_eq!(quote.prepaid.fen(), own.prepaid, "what account {home} has with us");
            let purse = own.purse(today);
            assert_eq!(seen, known, "what account {home} owes on {today}, its purse {purse:?}");
            let held = engine::channels::held(&mut connection, account, self.city.clock.now());
            let held: Vec<_> = held.await.unwrap().into_iter().map(|held| held.charge).collect();
            let now = self.city.clock.now();
            let known = own.charges.iter().filter(|charge| charge.holder(now).is_some());
            let mut known: Vec<_> = known.map(|charge| charge.id.unwrap()).collect();
            known.sort();
            assert_eq!(held, known, "what of account {home} is held");
        }
        self.look_at_payers().await;
        let waiting =
            engine::channels::suspense(&mut connection, &Reach::default(), 10_000).await.unwrap();
        let waiting: BTreeMap<_, _> = waiting.iter().map(|w| (w.item, w.gross.fen())).collect();
        let known: BTreeMap<_, _> =
            self.model.items.iter().map(|(id, item)| (*id, item.gross)).collect();
        assert_eq!(waiting, known, "what waits in suspense");
        drop(connection);
        let own = self.model.payments.values();
        let (net, late) = own.fold((0, 0), |(n, l), p| (n + p.net, l + p.late_fee));
        let payments = self.model.payments.len() as i64;
        assert_eq!(self.city.count("select count(*) from payment").await, payments);
        assert_eq!(self.city.amount("select sum(net) from payment").await.fen(), net);
        assert_eq!(self.city.amount("select sum(late_fee) from payment").await.fen(), late);
        let charges = || self.model.homes.iter().flat_map(|home| &home.charges);
        let standing = charges().filter(|charge| charge.reversed.is_none());
        let charged: i64 = standing.map(model::Charge::total).sum();
        assert_eq!(self.city.amount("select sum(total) from charge").await.fen(), charged);
        let rows: i64 = charges().map(|c| 1 + i64::from(c.reversed.is_some())).sum();
        let all = self.city.count("select count(*) from charge").await;
        assert_eq!(all, rows, "charges, and those that take them back");
    }

    fn today(&self) -> NaiveDate {
        self.city.clock.today()
    }

    fn periods(&self) -> BTreeSet<BillPeriod> {
        self.model.entered.keys().copied().collect()
    }

    fn note(&mut self, words: String) {
        self.log.push(words);
    }

    fn key(&mut self) -> String {
        self.keys += 1;
        format!("simulation-{}", self.keys)
    }

    fn a_home(&mut self) -> usize {
        self.dice.random_range(0..self.accounts.len())
    }

    fn a_till(&mut self) -> usize {
        self.dice.random_range(0..TILLS)
    }
}

fn fen(fen: i64) -> Money {
    Money::from_fen(fen)
}

fn asked(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_books_are_what_a_note_book_says() {
    let acts = asked("WEIR_BOOKS_ACTS").unwrap_or(300);
    let seeds = asked("WEIR_BOOKS_SEEDS").unwrap_or(1);
    let first = asked("WEIR_BOOKS_SEED").unwrap_or(20_261_128);
    for seed in first..first + seeds {
        Simulation::new(seed).await.run(acts).await;
        if seeds > 1 {
            println!("seed {seed}: {acts} acts, no difference");
        }
    }
}
