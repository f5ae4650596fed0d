//! What is billed late: under dates of its own, each reading once, and on from where the account was billed before.

use chrono::NaiveDate;
use engine::billing::{BillError, BillRun};
use engine::reading::{self, Decision, Review};
use sqlx::AssertSqlSafe;
use terms::{BillPeriod, MeterId, Money, OutletId, ReadingId};

use crate::city::{Account, City, DAOJIAO, Differs, broken, m3};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

impl City {
    /// A second meter of an account, at 0.
    pub(crate) async fn second_meter(&self, account: &Account) -> Account {
        self.second_meter_at(account, 0).await
    }

    async fn second_meter_at(&self, account: &Account, index: i64) -> Account {
        let (serial_no, installed_on) =
            (format!("{}-2", account.serial_no), self.period().previous().first_day());
        let hung = format!(
            "insert into meter (account_id, service_point_id, serial_no, caliber_mm, max_range, start_index, installed_on)
             select id, service_point_id, '{serial_no}', 20, 10000, {index}, '{installed_on}' from account where id = {}",
            account.id
        );
        self.by_hand(&hung).await;
        let meter = self.count("select max(id) from meter").await;
        Account { meter: MeterId(meter), serial_no, ..account.clone() }
    }

    /// A second person judges the newest reading.
    pub(crate) async fn judge_newest(&self, decision: Decision) {
        let newest = "select id, outlet_id from reading order by id desc limit 1";
        let (newest, outlet): (i64, i32) =
            sqlx::query_as(newest).fetch_one(&self.owner).await.unwrap();
        let reviewed_by = self.somebody_at(OutletId(outlet), "王审核").await;
        let review = Review { readings: vec![ReadingId(newest)], decision, reviewed_by };
        reading::review(&self.pool, &self.clock, review).await.unwrap();
    }
}

#[tokio::test]
async fn a_year_typed_wrong_dates_no_bill() {
    let mut city = City::new().await;
    let order = |period: &str, bill_date: &str, due_date: &str| BillRun {
        period: period.parse().unwrap(),
        bill_date: bill_date.parse().unwrap(),
        due_date: due_date.parse().unwrap(),
        workers: 1,
        by: None,
    };
    city.at("2026-11-28 10:00");
    for (order, want) in [
        (order("2026-11", "2036-01-01", "2036-01-26"), "太晚"),
        (order("2062-11", "2026-11-28", "2026-12-23"), "尚未到来"),
        (order("2016-11", "2026-11-28", "2026-12-23"), "早于开账"),
        (order("2026-11", "2026-11-28", "2062-12-23"), "请核对年份"),
    ] {
        let refused = engine::billing::run(&city.pool, &city.clock, order, |_| {}).await;
        assert!(refused.unwrap_err().to_string().contains(want), "{want}");
    }
    // A run that billed nobody leaves no date behind.
    let empty = order("2026-11", "2026-12-10", "2027-01-05");
    assert_eq!(
        engine::billing::run(&city.pool, &city.clock, empty, |_| {}).await.unwrap().charges,
        0
    );
    let account = city.household("陈大文").await;
    city.read(&account, "30").await;
    let today = order("2026-11", "2026-11-28", "2026-12-23");
    assert_eq!(
        engine::billing::run(&city.pool, &city.clock, today, |_| {}).await.unwrap().charges,
        1
    );
}

#[tokio::test]
async fn a_bill_made_late_is_not_born_overdue() {
    let mut city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    let late = city.open("李迟审", DAOJIAO, |new| new.meter().start_index = m3("9990")).await;
    city.read(&late, "20").await;
    assert_eq!(city.bill().await.parked, 1);

    city.at("2027-02-01 09:00");
    city.judge_newest(Decision::Accepted).await;
    let november: BillPeriod = "2026-11".parse().unwrap();
    let overdue = city.bill_month(november, day("2026-11-01"), day("2026-11-25")).await;
    assert!(matches!(overdue, Err(BillError::BornOverdue { .. })), "{overdue:?}");
    let back = city.bill_month(november, day("2026-10-31"), day("2027-02-26")).await;
    assert!(matches!(back, Err(BillError::BeforeLastIssue { .. })), "{back:?}");
    let made = city.bill_month(november, day("2027-02-01"), day("2027-02-26")).await.unwrap();
    assert_eq!((made.charges, made.total_charges), (1, 2));

    let till = city.counter().await;
    let quote = till.quote(&late).await;
    assert_eq!((quote.principal.to_string(), quote.late_fee), ("103.33".to_owned(), Money::ZERO));
    let dates =
        "select count(distinct (bill_date, due_date)) from bill_issue where bill_period = 202611";
    assert_eq!(city.count(dates).await, 2);
    let first =
        "select count(*) from charge where due_date = '2026-11-25' and bill_date = '2026-11-01'";
    assert_eq!(city.count(first).await, 1);
    city.check().await;
}

#[tokio::test]
async fn a_second_meter_read_late_is_billed_from_where_the_first_one_ended() {
    let mut city = City::new().await;
    city.at("2026-11-05 10:00");
    let one = city.household("陈大文").await;
    let two = city.second_meter(&one).await;
    city.read(&one, "30").await;
    city.bill().await;
    assert_eq!(city.amount("select sum(total) from charge").await.to_string(), "103.33");

    city.at("2026-11-08 10:00");
    city.read(&two, "40").await;
    assert_eq!(city.bill().await.amount.to_string(), "240.40");
    assert_eq!(city.amount("select sum(total) from charge").await.to_string(), "343.73");
    assert_eq!(city.bill().await.charges, 0);
    city.agrees().await;
}

#[tokio::test]
async fn a_reading_is_taken_once() {
    let city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    let again = sqlx::query("insert into charge_reading select * from charge_reading")
        .execute(&city.owner)
        .await
        .expect_err("twice")
        .to_string();
    assert!(again.contains("charge_reading_202611_pkey"), "{again}");
}

/// Of its transaction a row keeps the low half of the number, be it frozen since. Half of all numbers later, and when they have
/// all been given once, it was still written before whoever looks now.
#[tokio::test]
async fn what_was_written_long_ago_was_seen_and_what_is_written_now_was_not() {
    let city = City::new().await;
    let long_ago =
        "select count(*) from unnest(array[3, 2147483648, 4294967295]::text[]::xid[]) l (number)
        where was_seen(l.number, pg_current_snapshot())";
    assert_eq!(city.count(long_ago).await, 3);
    let now = "select count(*) where was_seen(pg_current_xact_id()::xid, pg_current_snapshot())";
    assert_eq!(city.count(now).await, 0);
}

#[tokio::test]
async fn a_reading_that_was_accepted_and_not_billed_is_found() {
    let mut city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    let forgotten = city.household("李四").await;
    city.read(&forgotten, "20").await;
    // As if the run had gone over it.
    city.at("2026-11-24 11:00");
    let looked = "update bill_run_chunk set looked_at = $1, looked_in = pg_current_snapshot(), looked_by = pg_current_xact_id()";
    sqlx::query(looked).bind(city.clock.0).execute(&city.owner).await.unwrap();
    let mut connection = city.owner.acquire().await.unwrap();
    assert_eq!(broken(engine::check::run(&mut connection).await.unwrap()), [("20b", 1)]);
    // As a dump holds it that was restored: all rows are of later transactions than any that looked.
    let anew =
        "begin; set local session_replication_role = replica; update reading set town_id = town_id;
        update bill_run_chunk set charges = charges; commit";
    sqlx::raw_sql(anew).execute(&mut *connection).await.unwrap();
    assert_eq!(broken(engine::check::run(&mut connection).await.unwrap()), [("20b", 1)]);
    drop(connection);
    city.bill().await;
    city.check().await;
}

/// Somebody else's month was at work for another hour; or the run was killed when all of its chunks were done, before it was.
#[tokio::test]
async fn what_is_read_once_its_chunk_is_done_is_billed_by_the_next_start() {
    let mut city = City::new().await;
    let (one, two) = (city.household("李四").await, city.household("王五").await);
    city.household_owing_for("陈大文", "30").await;
    for (late, wall, state) in [
        (one, "2026-11-24 11:00", "state = 'done', finished_at = '2026-11-24 12:00+08'"),
        (two, "2026-11-24 13:00", "state = 'running', finished_at = null"),
    ] {
        city.at(wall);
        city.read(&late, "30").await;
        let left = format!("update bill_run set {state}");
        sqlx::raw_sql(AssertSqlSafe(left)).execute(&city.owner).await.unwrap();
        city.check().await;
        assert_eq!(city.bill().await.charges, 1, "{state}");
        city.check().await;
    }
}

/// Its id was drawn before that of an account that was billed, and it is there only now.
#[tokio::test]
async fn an_account_that_comes_between_two_that_were_billed_is_billed() {
    let city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    let drawn = city.count("select nextval('account_id_seq')").await;
    city.household_owing_for("李四", "30").await;
    sqlx::query("select setval('account_id_seq', $1, false)")
        .bind(drawn)
        .execute(&city.owner)
        .await
        .unwrap();
    let late = city.household("王五").await;
    assert_eq!(late.id.0, drawn);
    city.read(&late, "30").await;
    assert_eq!(city.bill().await.charges, 1);
    city.check().await;
}

#[tokio::test]
async fn a_rejected_meter_neither_keeps_the_other_from_its_bill_nor_its_own_month() {
    let city = City::new().await;
    let one = city.household("陈大文").await;
    let two = city.second_meter_at(&one, 9500).await;
    city.read(&one, "30").await;
    city.read(&two, "150").await;
    city.judge_newest(Decision::Rejected).await;
    let run = city.bill().await;
    assert_eq!((run.amount.to_string(), run.parked), ("103.33".to_owned(), 1));
    // Read again, as it stood: 40 m³ more.
    city.read(&two, "9540").await;
    let run = city.bill().await;
    assert_eq!((run.amount.to_string(), run.parked), ("240.40".to_owned(), 0));
    let reading = city.seen(&two, "9541");
    let twice = reading::enter(&city.pool, &city.clock, city.period(), None, vec![reading]).await;
    assert!(twice.unwrap_err().to_string().contains("本期已抄表"));
    city.check().await;
}

/// Of an issue that is due on 25 November: until the 15th others join it, after that they have days of their own.
#[tokio::test]
async fn a_bill_has_days_to_pay_whenever_it_is_made() {
    let mut city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    let november: BillPeriod = "2026-11".parse().unwrap();
    for (today, due) in
        [("2026-11-15", "2026-11-25"), ("2026-11-16", "2026-12-11"), ("2026-11-25", "2026-12-20")]
    {
        city.at(&format!("{today} 10:00"));
        let mut connection = city.pool.acquire().await.unwrap();
        let run =
            BillRun::plan(&mut connection, &city.clock, november, (None, None), 1).await.unwrap();
        assert_eq!(run.due_date, day(due), "made on {today}");
    }
}
