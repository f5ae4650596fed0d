//! A small Dongguan: real towns, organisations and tariffs, two counters, no accounts yet.
//!
//! Each city has a database of its own, copied from a template, and a clock that stands still until
//! the story moves it. Everything in it is made by the engine's own functions.

mod account;
mod books;
mod check;
mod database;
mod steps;
mod till;

use std::path::PathBuf;

use chrono::{NaiveDate, NaiveDateTime, SubsecRound};
use engine::access::{NewUser, Place, add_user};
use engine::billing::{
    self, AnswerChargeReversal, RequestChargeReversal, ReverseChargeError, ReversedCharge,
    answer_charge_reversal, charge_request_for, request_charge_reversal,
};
use engine::channels::{BatchOutcome, ChannelBatch, Settled, post_batch};
use engine::counter::{AnswerRequest, RequestReversal, answer_request, request_reversal};
use engine::receipts::{Lease, Receive, lease, receive};
use engine::tariff::{RateError, RateRows, decide_rates, submit_rates};
use sqlx::PgPool;
use terms::{
    BillPeriod, ChargeId, Clock, FixedClock, Money, OutletId, PaymentId, ReceiptType, Role,
    SystemClock, TownId, UserId, shanghai,
};

pub(crate) use account::{Account, Differs, m3};
pub(crate) use books::{Books, as_text, ask};
pub(crate) use check::broken;
pub(crate) use till::{Till, cash, new_key, slip, yuan};

use database::Database;

/// The counter at which most stories happen.
pub(crate) const DAOJIAO: &str = "水务集团供水有限公司道滘分公司";
/// A counter in another town.
pub(crate) const GAOBU: &str = "水务集团供水有限公司高埗分公司（南片）";

/// The city. Its database and folders go with it.
pub(crate) struct City {
    /// The application's connections: they may do what `weir_app` may.
    pub(crate) pool: PgPool,
    /// The owner's connections, for looking at the books from outside.
    pub(crate) owner: PgPool,
    /// The time. Move it with [`City::at`].
    pub(crate) clock: FixedClock,
    /// A folder of its own, as `--data` would name.
    pub(crate) data: PathBuf,
    pub(crate) database: Database,
}

impl City {
    /// On Tuesday, 24 November 2026, at ten in the morning.
    pub(crate) async fn new() -> Self {
        let database = Database::create().await;
        let pool = engine::connect(database.application()).await.unwrap();
        let owner = database.owner().await;
        let data = std::env::temp_dir().join(format!("weir-story-{}", database.name));
        std::fs::create_dir_all(&data).unwrap();
        Self { pool, owner, clock: wall_clock("2026-11-24 10:00"), data, database }
    }

    /// Moves the clock, given as the wall shows it in Dongguan: `2026-11-25 09:00`.
    pub(crate) fn at(&mut self, wall: &str) {
        self.clock = wall_clock(wall);
    }

    /// The house is open for real from here on: the database's clock dates what is done in it.
    pub(crate) async fn opens_for_real(&self) {
        let sql = "begin; set local session_replication_role = replica; delete from played; commit";
        sqlx::raw_sql(sql).execute(&self.owner).await.unwrap();
    }

    /// The law as it ships, in place of the one that lets stories live ahead.
    pub(crate) async fn keeps_to_the_clock(&self) {
        let shipped = "do $$ begin
                execute replace(pg_get_functiondef('latest_moment_shipped'::regproc),
                    'latest_moment_shipped', 'latest_moment');
                drop function latest_moment_shipped();
            end $$;
            select tell_laws()";
        sqlx::raw_sql(shipped).execute(&self.owner).await.unwrap();
    }

    /// A house that opens today, on whatever day and at whatever hour the machine is: each act in it is one of now.
    pub(crate) async fn of_today() -> Self {
        let mut city = Self::new().await;
        city.clock = of_the_machine();
        city.keeps_to_the_clock().await;
        city.opens_for_real().await;
        city
    }

    /// It is later in the house of today. Where midnight comes meanwhile, its clock stands: the books take what is told
    /// some minutes late, and the story is one of a day.
    pub(crate) fn goes_on(&mut self) {
        let later = of_the_machine();
        if later.today() == self.today() {
            self.clock = later;
        }
    }

    /// The business day.
    pub(crate) fn today(&self) -> NaiveDate {
        self.clock.today()
    }

    /// The month whose readings are billed.
    pub(crate) fn period(&self) -> BillPeriod {
        BillPeriod::of(self.today())
    }

    /// The outlet of a name, and its town.
    pub(crate) async fn outlet(&self, name: &str) -> (OutletId, TownId) {
        let (outlet, town) = sqlx::query_as("select id, town_id from organisation where name = $1")
            .bind(name)
            .fetch_one(&self.owner)
            .await
            .unwrap();
        (OutletId(outlet), TownId(town))
    }

    /// A clerk with paper at a counter.
    pub(crate) async fn clerk(&self, login: &str, name: &str, outlet: &str) -> Till<'_> {
        self.cashier((login, name), Role::Clerk, outlet).await
    }

    /// Somebody who takes money in a role, with paper.
    pub(crate) async fn cashier(
        &self,
        (login, name): (&str, &str),
        role: Role,
        outlet: &str,
    ) -> Till<'_> {
        let (outlet, _) = self.outlet(outlet).await;
        let cashier = self.person(login, name, role, Some(outlet), None).await;
        for family in ReceiptType::ALL {
            // A story under load leaves thousands of deposits.
            let numbers = if *family == ReceiptType::Prepaid { 10_000 } else { 1_000 };
            let first_no = i64::from(cashier.0) * numbers + 1;
            self.lease(*family, cashier, outlet, first_no, first_no + numbers / 2 - 1).await;
        }
        Till { city: self, cashier, outlet }
    }

    /// The clerk of 道滘, whom most stories need.
    pub(crate) async fn counter(&self) -> Till<'_> {
        self.clerk("chen.juan", "陈娟", DAOJIAO).await
    }

    /// A person who may read; without a pass word, so nobody logs in as them.
    pub(crate) async fn person(
        &self,
        login: &str,
        name: &str,
        role: Role,
        outlet: Option<OutletId>,
        town: Option<TownId>,
    ) -> UserId {
        let (login, name) = (login.to_owned(), name.to_owned());
        let new = NewUser { login, name, role, place: Place { outlet, town }, password: None };
        add_user(&self.pool, &self.clock, None, new).await.unwrap()
    }

    /// A person of this name who reads, enters or reviews; made when first asked for.
    pub(crate) async fn somebody(&self, name: &str) -> UserId {
        let (outlet, _) = self.outlet(DAOJIAO).await;
        self.somebody_at(outlet, name).await
    }

    /// The same, of another outlet than 道滘.
    pub(crate) async fn somebody_at(&self, outlet: OutletId, name: &str) -> UserId {
        let known = "select id from app_user where name = $1 and outlet_id = $2";
        let known = sqlx::query_scalar(known).bind(name).bind(outlet.0);
        if let Some(id) = known.fetch_optional(&self.owner).await.unwrap() {
            return UserId(id);
        }
        let number = self.count("select count(*) from app_user").await;
        let role = match name {
            "王审核" | "班长" => Role::ReadingReviewer,
            _ => Role::MeterReader,
        };
        self.person(&format!("person.{number}"), name, role, Some(outlet), None).await
    }

    /// The administrator of the water group, who decides about channels and closes months; made when first asked for.
    pub(crate) async fn manager(&self) -> UserId {
        let known = sqlx::query_scalar("select id from app_user where login = 'manager'");
        match known.fetch_optional(&self.owner).await.unwrap() {
            Some(id) => UserId(id),
            None => self.person("manager", "管理员", Role::GroupAdministrator, None, None).await,
        }
    }

    /// Another one of them, who says yes to what the first submits; made when first asked for.
    pub(crate) async fn second_manager(&self) -> UserId {
        let known = sqlx::query_scalar("select id from app_user where login = 'second'");
        match known.fetch_optional(&self.owner).await.unwrap() {
            Some(id) => UserId(id),
            None => self.person("second", "复核员", Role::GroupAdministrator, None, None).await,
        }
    }

    /// Rates, submitted by one person of the water group and approved by another.
    pub(crate) async fn set_rates(&self, rows: RateRows) -> Result<i64, RateError> {
        let (maker, checker) = (self.manager().await, self.second_manager().await);
        let order = submit_rates(&self.pool, &self.clock, maker, rows, "测试").await?;
        decide_rates(&self.pool, &self.clock, checker, order, true).await?;
        Ok(order)
    }

    /// Takes a range of numbers into the store, and hands it to a clerk.
    pub(crate) async fn lease(
        &self,
        receipt_type: ReceiptType,
        holder: UserId,
        outlet: OutletId,
        first_no: i64,
        last_no: i64,
    ) {
        let code = "4419261".to_owned();
        let by = self.storekeeper().await;
        let (first, last) = (format!("{first_no:08}"), format!("{last_no:08}"));
        let paper = Receive { receipt_type, code: code.clone(), first, last, store: outlet, by };
        receive(&self.pool, &self.clock, paper).await.unwrap();
        let order = Lease { receipt_type, code, first_no, last_no, outlet, holder, by };
        lease(&self.pool, &self.clock, order).await.unwrap();
    }

    /// A cashier asks to take a payment back, and a supervisor says yes; where it may not be asked, nothing comes of it.
    pub(crate) async fn consent(&self, payment: PaymentId, cashier: UserId) {
        let sql = "select outlet_id from app_user where id = $1";
        let outlet = sqlx::query_scalar(sql).bind(cashier.0).fetch_one(&self.owner).await.unwrap();
        let (outlet, reason) = (OutletId(outlet), "收错用户".to_owned());
        let order = RequestReversal { payment, cashier, outlet, reason };
        let Ok(request) = request_reversal(&self.pool, &self.clock, order).await else { return };
        let (by, reason) = (self.storekeeper().await, String::new());
        let answer = AnswerRequest { request, by, approved: true, reason };
        answer_request(&self.pool, &self.clock, answer).await.unwrap();
    }

    /// Who hands paper out; under an id of its own, so that clerks count from one.
    pub(crate) async fn storekeeper(&self) -> UserId {
        let sql = "insert into app_user (id, login, name, role)
            values (900000, 'storekeeper', '仓管', 'group_administrator') on conflict (login) do nothing";
        if self.count("select count(*) from app_user where id = 900000").await == 0 {
            self.by_hand(sql).await;
        }
        UserId(900_000)
    }

    /// What the owner of the database enters by hand, and leaves a mark of.
    pub(crate) async fn by_hand(&self, sql: &str) {
        let marked =
            format!("{sql}; select leave_mark(null, 'access.user.add', '手工', '{{}}', now())");
        sqlx::raw_sql(sqlx::AssertSqlSafe(marked)).execute(&self.owner).await.unwrap();
    }

    /// Bills what was read this month; due on its 25th.
    pub(crate) async fn bill(&self) -> billing::RunReport {
        let period = self.period();
        let bill_date = period.first_day();
        self.bill_month(period, bill_date, bill_date + chrono::Days::new(24)).await.unwrap()
    }

    /// Bills a month under these dates.
    pub(crate) async fn bill_month(
        &self,
        period: BillPeriod,
        bill_date: NaiveDate,
        due_date: NaiveDate,
    ) -> Result<billing::RunReport, billing::BillError> {
        let order = billing::BillRun { period, bill_date, due_date, workers: 1, by: None };
        billing::run(&self.pool, &self.clock, order, |_| {}).await
    }

    /// What a channel settled today, in one batch.
    pub(crate) async fn settle(
        &self,
        channel: &str,
        batch_no: &str,
        items: Vec<Settled>,
    ) -> BatchOutcome {
        let (channel, batch_no) = (channel.to_owned(), batch_no.to_owned());
        let batch = ChannelBatch { channel, batch_no, settled_on: self.today(), items };
        post_batch(&self.pool, &self.clock, batch).await.unwrap()
    }

    /// A charge is taken back by two persons: one asks, and where nobody has answered yet, another says yes.
    pub(crate) async fn reverse_charge(
        &self,
        charge: ChargeId,
        reason: &str,
    ) -> Result<ReversedCharge, ReverseChargeError> {
        let (pool, clock) = (&self.pool, &self.clock);
        let by = self.second_manager().await;
        let order = RequestChargeReversal { charge, reason: reason.to_owned(), by };
        let request = match request_charge_reversal(pool, clock, order).await {
            Err(ReverseChargeError::AlreadyAsked) => {
                let waiting = charge_request_for(&mut *self.owner.acquire().await?, charge).await?;
                waiting.unwrap().id
            }
            other => other?,
        };
        let (by, reason) = (self.manager().await, String::new());
        let order = AnswerChargeReversal { request, by, approved: true, reason };
        Ok(answer_charge_reversal(pool, clock, order).await?.unwrap())
    }

    /// One amount out of the books, asked as the owner.
    pub(crate) async fn amount(&self, sql: &'static str) -> Money {
        let yuan: Option<rust_decimal::Decimal> =
            sqlx::query_scalar(sql).fetch_one(&self.owner).await.unwrap();
        Money::exact(yuan.unwrap_or_default()).unwrap()
    }

    /// Whose the sewage fees of a town are.
    pub(crate) async fn sewage_owner(&self, town: TownId) -> terms::OrganisationId {
        let owner =
            "select distinct owner_id from charge_line where town_id = $1 and fee_item = 'sewage'";
        let owner = sqlx::query_scalar(owner).bind(town.0).fetch_one(&self.owner).await;
        terms::OrganisationId(owner.unwrap())
    }

    /// One count out of the books, asked as the owner.
    pub(crate) async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.owner).await.unwrap()
    }

    /// Both raters price the present month alike, and every invariant of the ledger holds.
    pub(crate) async fn agrees(&self) {
        self.agrees_in(&[&self.period().to_string()]).await;
    }

    /// The same, for these months.
    pub(crate) async fn agrees_in(&self, months: &[&str]) {
        let mut connection = self.owner.acquire().await.unwrap();
        for month in months {
            let period = month.parse().unwrap();
            let differences = billing::oracle(&mut connection, period, 20).await.unwrap();
            assert!(differences.is_empty(), "{month}: {differences:#?}");
        }
        drop(connection);
        self.check().await;
    }
}

impl Drop for City {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

/// The time now, to the microsecond, as the database tells it.
pub(crate) fn of_the_machine() -> FixedClock {
    FixedClock(SystemClock.now().trunc_subsecs(6))
}

fn wall_clock(wall: &str) -> FixedClock {
    let local = NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M").unwrap();
    FixedClock(local.and_local_timezone(shanghai()).unwrap().to_utc())
}
