//! The books against a note book: thousands of acts in an order that dice make, each done by the engine and by a small
//! model in memory ([`model`]), compared to the fen as they go; and at the end every invariant holds.
//!
//! - [`prices`]: what things cost, from the documents.
//! - [`model`]: the books without a database.
//! - [`acts`]: one act after the other: open, read, judge, bill, pay, put in prepaid, take back, close the day
//!   and the month.
//! - [`crowd`]: acts at once: three tills and a bill run, two tills for one bill, connections cut at work.
//!
//! 300 acts run in the suite; `cargo dev soak-books` runs 10,000 of each of five seeds.

mod acts;
mod crowd;
mod model;
mod prices;

use chrono::{Days, NaiveDate, NaiveTime};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use terms::{BillPeriod, Clock, FixedClock, Money, OutletId, ReceiptType, UserId, shanghai};

use crate::city::{Account, City};
use model::{Home, Model};

/// Tills of one outlet.
const TILLS: usize = 3;
/// Accounts at the start.
const HOMES: usize = 8;
/// Accounts at most.
const HOMES_MAX: usize = 40;
/// Acts between two looks at everything.
const LOOK: u64 = 50;

/// A city and its note book.
struct Simulation {
    city: City,
    model: Model,
    accounts: Vec<Account>,
    tills: Vec<(UserId, OutletId)>,
    dice: StdRng,
    seed: u64,
    /// What was done, for whoever reads of a difference.
    log: Vec<String>,
    keys: u64,
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
        let mut simulation = Self {
            city,
            model: Model::default(),
            accounts: Vec::new(),
            tills,
            dice: StdRng::seed_from_u64(seed),
            seed,
            log: Vec::new(),
            keys: 0,
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
        }
        for period in self.periods() {
            if !self.model.bills_are_closed(period) {
                self.bill_month(period).await;
            }
        }
        self.look().await;
        self.city.check().await;
        let mut connection = self.city.owner.acquire().await.unwrap();
        for period in self.periods() {
            let differences = engine::billing::oracle(&mut connection, period, 20).await.unwrap();
            assert!(differences.is_empty(), "{period}: {differences:#?}");
        }
    }

    /// One throw, one act.
    async fn act(&mut self) {
        match self.dice.random_range(0..100) {
            0..2 => self.open().await,
            2..22 => self.read().await,
            22..26 => self.read_wrongly().await,
            26..32 => self.judge().await,
            32..40 => self.bill().await,
            40..58 => self.pay().await,
            58..62 => self.pay_wrongly().await,
            62..67 => self.channel().await,
            67..77 => self.take_back().await,
            77..81 => self.close().await,
            81..82 => self.close_month().await,
            82..88 => self.rush().await,
            88..91 => self.race().await,
            91..94 => self.cut().await,
            _ => self.tomorrow(),
        }
    }

    async fn open(&mut self) {
        if self.accounts.len() == HOMES_MAX {
            return;
        }
        let payer = format!("住户{}", self.accounts.len());
        let roomy = |new: &mut engine::register::NewAccount| {
            new.meter.max_range = crate::city::m3("10000000");
        };
        let account = self.city.open(&payer, crate::city::DAOJIAO, roomy).await;
        self.accounts.push(account);
        self.model.homes.push(Home::new(self.city.period().previous()));
        self.note(format!("open {}", self.accounts.len() - 1));
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
        let mut connection = self.city.pool.acquire().await.unwrap();
        for (home, account) in self.accounts.iter().enumerate() {
            let quote = engine::counter::quote(&mut connection, account.id, today);
            let quote = quote.await.unwrap().unwrap();
            let seen: Vec<_> = quote
                .charges
                .iter()
                .map(|c| (c.period, c.due_date, c.principal.fen(), c.late_fee.fen()))
                .collect();
            let own = &mut self.model.homes[home];
            let known: Vec<_> = own
                .open()
                .zip(own.late_fees(today))
                .map(|(c, late_fee)| (c.period, c.due, c.principal(), late_fee))
                .collect();
            assert_eq!(quote.prepaid.fen(), own.prepaid, "what account {home} has with us");
            if seen != known {
                let purse: Vec<(NaiveDate, rust_decimal::Decimal, i64)> = sqlx::query_as(
                    "select account_date, balance_after, payment_id from prepaid_entry
                     where account_id = $1 order by id",
                )
                .bind(account.id.0)
                .fetch_all(&self.city.owner)
                .await
                .unwrap();
                panic!(
                    "account {home} owes {seen:?} on {today}, not {known:?}, with {purse:?} in its purse, not {:?}",
                    own.purse()
                );
            }
            let open = own.charges.iter_mut().filter(|charge| charge.paid_by.is_none());
            for (own, charge) in open.zip(&quote.charges) {
                assert!(own.id.is_none_or(|id| id == charge.id), "a bill of {home} has changed");
                own.id = Some(charge.id);
            }
        }
        drop(connection);
        let own = self.model.payments.values();
        let (net, late) = own.fold((0, 0), |(n, l), p| (n + p.net, l + p.late_fee));
        let payments = self.model.payments.len() as i64;
        assert_eq!(self.city.count("select count(*) from payment").await, payments);
        assert_eq!(self.city.amount("select sum(net) from payment").await.fen(), net);
        assert_eq!(self.city.amount("select sum(late_fee) from payment").await.fen(), late);
        let charged = self.model.homes.iter().flat_map(|home| &home.charges);
        let charged: i64 = charged.map(model::Charge::principal).sum();
        assert_eq!(self.city.amount("select sum(total) from charge").await.fen(), charged);
    }

    fn today(&self) -> NaiveDate {
        self.city.clock.today()
    }

    fn periods(&self) -> std::collections::BTreeSet<BillPeriod> {
        self.model.homes.iter().flat_map(|home| home.readings.keys()).copied().collect()
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
