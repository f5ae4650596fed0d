//! Meters of one account that are read by turns: each month comes to what it comes to when all is billed at once.

use std::time::{Duration, Instant};

use engine::billing::{ParkReason, parked};
use engine::register::{GarbageClass, UseClass};
use engine::tariff::{NewQuota, RateRows};

use terms::Clock;

use crate::city::{Account, City, DAOJIAO, m3};

impl City {
    /// An account with two meters. The second used 10 m³ in October; the first was not read.
    async fn two_meters(&mut self, class: UseClass) -> (Account, Account) {
        self.at("2026-10-20 10:00");
        let open = self.open("陈大文", DAOJIAO, |new| {
            new.use_class = class;
            new.garbage_class = GarbageClass::Uncharged;
            new.opened_on = "2026-09-10".parse().unwrap();
        });
        let one = open.await;
        self.let_off(&one).await;
        let two = self.second_meter(&one).await;
        self.read(&two, "10").await;
        self.bill().await;
        self.at("2026-11-20 10:00");
        (one, two)
    }

    /// Reads a meter and bills it; gives what that comes to.
    async fn read_and_bill(&self, meter: &Account, index: &str) -> String {
        self.read(meter, index).await;
        self.bill().await.amount.to_string()
    }
}

/// 44 m³ of two months and 10 m³ of the second: with those of October 64 m³, 44 at 1.72 and 20 at 2.58, whichever of the
/// two is late.
#[tokio::test]
async fn whichever_meter_is_late_its_month_has_the_limits_of_both() {
    let mut city = City::new().await;
    let (one, two) = city.two_meters(UseClass::Resident).await;
    assert_eq!(city.read_and_bill(&one, "44").await, "84.28");
    assert_eq!(city.read_and_bill(&two, "20").await, "25.80");
    city.agrees_in(&["2026-10", "2026-11"]).await;

    let mut city = City::new().await;
    let (one, two) = city.two_meters(UseClass::Resident).await;
    // 30 m³ of November alone: 22 at 1.72, 8 at 2.58. At once, from 10 m³ on: 34 at 1.72, 36 at 2.58, 4 at 5.16.
    assert_eq!(city.read_and_bill(&two, "40").await, "58.48");
    assert_eq!(city.read_and_bill(&one, "44").await, "113.52");
    city.agrees_in(&["2026-10", "2026-11"]).await;
}

#[tokio::test]
async fn a_firm_below_its_quota_of_two_months_bears_no_surcharge_when_a_meter_is_late() {
    let mut city = City::new().await;
    let (one, two) = city.two_meters(UseClass::NonResident).await;
    city.take_charge_back(&one).await.unwrap();
    for month in ["2026-10", "2026-11"] {
        let period = month.parse().unwrap();
        let quota = NewQuota { account: one.id, period, volume: m3("100") };
        city.set_rates(RateRows::Quotas(vec![quota])).await.unwrap();
    }
    let (october, today) = ("2026-10".parse().unwrap(), city.today());
    city.bill_month(october, today, today + chrono::Days::new(25)).await.unwrap();
    // 170 m³ of 200, at 2.18 each.
    assert_eq!(city.read_and_bill(&one, "150").await, "327.00");
    assert_eq!(city.read_and_bill(&two, "20").await, "21.80");
    city.agrees_in(&["2026-10", "2026-11"]).await;
}

/// November bore 8 m³ of the second tier by itself; with one cubic metre of two months it bears none. The way out is to
/// bill both at once: 31 m³ at 1.72.
#[tokio::test]
async fn what_would_come_to_less_at_once_is_parked_until_it_is_billed_at_once() {
    let mut city = City::new().await;
    let (one, two) = city.two_meters(UseClass::Resident).await;
    assert_eq!(city.read_and_bill(&two, "40").await, "58.48");
    assert_eq!(city.read_and_bill(&one, "1").await, "0.00");
    let mut connection = city.pool.acquire().await.unwrap();
    let why = parked(&mut connection, city.period(), 10).await.unwrap();
    assert_eq!(why[0].reason, ParkReason::Apart);
    assert!(why[0].words.contains("请先冲正这些应收"), "{}", why[0].words);
    drop(connection);
    city.take_charge_back(&two).await.unwrap();
    assert_eq!(city.bill().await.amount.to_string(), "53.32");
    city.agrees_in(&["2026-10", "2026-11"]).await;
}

/// A used 20 m³ in October, which waited; 20 and 24 m³ of A and B end in November, B's of two months. November is billed
/// first: 44 × 1.72. Then October: all in all 44 × 1.72 + 20 × 2.58, as in order.
#[tokio::test]
async fn a_month_that_is_billed_after_a_later_one_goes_on_from_it() {
    let mut city = City::new().await;
    city.at("2026-10-20 10:00");
    let one = city
        .open("陈大文", DAOJIAO, |new| {
            new.garbage_class = GarbageClass::Uncharged;
            new.opened_on = "2026-09-10".parse().unwrap();
        })
        .await;
    city.let_off(&one).await;
    let two = city.second_meter(&one).await;
    city.read(&one, "20").await;
    city.at("2026-11-20 10:00");
    city.read(&one, "40").await;
    city.read(&two, "24").await;
    assert_eq!(city.bill().await.amount.to_string(), "75.68");
    let (october, today) = ("2026-10".parse().unwrap(), city.today());
    let late = city.bill_month(october, today, today + chrono::Days::new(25)).await.unwrap();
    assert_eq!(late.amount.to_string(), "51.60");
    city.agrees_in(&["2026-10", "2026-11"]).await;
    // The later of the two bills is taken back first, whatever its month.
    let november = "select id from charge where kind = 'bill' and service_period = 202611";
    let november = terms::ChargeId(city.count(november).await);
    let refused = city.reverse_charge(november, "抄表录错").await.unwrap_err();
    assert!(matches!(refused, engine::billing::ReverseChargeError::NewerFirst(_)), "{refused:?}");
}

/// What stands of November decides about December: a run of December waits for the chunk of November that is at work.
#[tokio::test]
async fn two_months_that_are_billed_at_once_take_turns() {
    let mut city = City::new().await;
    let home = city.household("陈大文").await;
    sqlx::query(
        "insert into bill_run (bill_period, state, started_at) values (202611, 'running', $1)",
    )
    .bind(city.clock.now())
    .execute(&city.owner)
    .await
    .unwrap();
    city.at("2026-12-20 10:00");
    city.read(&home, "30").await;
    let mut november = city.owner.begin().await.unwrap();
    sqlx::query("select hold_billing_of(202611)").execute(&mut *november).await.unwrap();
    let december = async {
        city.bill().await;
        Instant::now()
    };
    let end = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = Instant::now();
        november.commit().await.unwrap();
        now
    };
    let (billed, ended) = tokio::join!(december, end);
    assert!(billed > ended, "December was billed while November was");
}

/// Of a run that failed half way no chunk is at work: those of a later one work side by side, and wait only once it goes on.
#[tokio::test]
async fn a_run_that_failed_half_way_slows_none_that_was_started_after_it() {
    let city = City::new().await;
    sqlx::raw_sql(
        "insert into bill_run (bill_period, state, started_at) values
            (202611, 'running', '2026-11-24 09:00+08'), (202612, 'running', '2026-11-24 10:00+08')",
    )
    .execute(&city.owner)
    .await
    .unwrap();
    let chunk = async |month: i32| {
        let mut tx = city.owner.begin().await.unwrap();
        sqlx::query("set local lock_timeout = '300ms'").execute(&mut *tx).await.unwrap();
        let held = sqlx::query("select hold_billing_of($1)").bind(month).execute(&mut *tx).await;
        held.map(|_| tx)
    };
    let (one, another) = (chunk(202_612).await.unwrap(), chunk(202_612).await.unwrap());
    assert!(chunk(202_611).await.is_err(), "November is billed beside December");
    one.rollback().await.unwrap();
    assert!(chunk(202_611).await.is_err(), "November is billed beside December");
    another.rollback().await.unwrap();
    let november = chunk(202_611).await.unwrap();
    assert!(chunk(202_612).await.is_err(), "December is billed beside November");
    november.rollback().await.unwrap();
}

/// Which of two months waits for the other does not change while one of them is started anew.
#[tokio::test]
async fn a_second_start_of_a_month_does_not_let_it_in_beside_another() {
    let city = City::new().await;
    sqlx::raw_sql(
        "insert into bill_run (bill_period, state, started_at) values
            (202612, 'running', '2026-11-24 09:00+08'), (202611, 'running', '2026-11-24 10:00+08')",
    )
    .execute(&city.owner)
    .await
    .unwrap();
    let mut november = city.owner.begin().await.unwrap();
    sqlx::query("select hold_billing_of(202611)").execute(&mut *november).await.unwrap();
    let again = "update bill_run set started_at = '2026-11-24 11:00+08' where bill_period = 202612";
    sqlx::query(again).execute(&city.owner).await.unwrap();
    let mut december = city.owner.begin().await.unwrap();
    sqlx::query("set local lock_timeout = '300ms'").execute(&mut *december).await.unwrap();
    let held = sqlx::query("select hold_billing_of(202612)").execute(&mut *december).await;
    assert!(held.is_err(), "December is billed beside November");
}
