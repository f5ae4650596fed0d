//! What is due for each month is charged whether anybody read or not, and once.

use chrono::NaiveDate;
use engine::register::GarbageClass;

use crate::city::{Account, City, DAOJIAO};

impl City {
    /// A shop that owes 50 yuan for each month, opened on a day of the month before its first.
    pub(super) async fn shop(&self, payer: &str, opened_on: &str) -> Account {
        let opened_on: NaiveDate = opened_on.parse().unwrap();
        let shop = self.open(payer, DAOJIAO, |new| {
            new.garbage_class = GarbageClass::Shop;
            new.opened_on = opened_on;
        });
        let shop = shop.await;
        self.let_off(&shop).await;
        shop
    }

    /// Bills a month that is over, on the first day of the next.
    pub(super) async fn bill_after(&self, month: &str) -> engine::billing::RunReport {
        let month: terms::BillPeriod = month.parse().unwrap();
        let bill_date = month.next().first_day();
        self.bill_month(month, bill_date, bill_date + chrono::Days::new(24)).await.unwrap()
    }

    /// What the account was charged for garbage, all in all.
    pub(super) async fn garbage(&self, account: &Account) -> String {
        let sql = "select coalesce(sum(amount), 0)::text from charge_line where fee_item = 'garbage' and account_id = $1";
        sqlx::query_scalar(sql).bind(account.id.0).fetch_one(&self.owner).await.unwrap()
    }
}

#[tokio::test]
async fn a_shop_that_nobody_read_for_three_months_owes_150_and_no_month_twice() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let shop = city.shop("振兴小卖部", "2026-08-15").await;
    let run = city.bill_after("2026-11").await;
    assert_eq!((run.charges, run.amount.to_string()), (1, "150.00".to_owned()));
    let fixed: String = sqlx::query_scalar(
        "select kind || ' ' || months || ' ' || from_date || ' ' || to_date from charge",
    )
    .fetch_one(&city.owner)
    .await
    .unwrap();
    assert_eq!(fixed, "fixed 3 2026-09-01 2026-11-30");
    assert_eq!(city.bill_after("2026-11").await.charges, 0);
    city.agrees_in(&["2026-11"]).await;

    // The late reading covers the same months: 300 m³ at 0.64 are 192.00, of which 150.00 are charged.
    city.at("2026-12-02 09:00");
    city.read_in("2026-11", &shop, "300").await;
    city.bill_after("2026-11").await;
    assert_eq!(city.garbage(&shop).await, "192.00");
    assert_eq!(city.bill_after("2026-11").await.charges, 0);
    city.agrees_in(&["2026-11"]).await;
}

#[tokio::test]
async fn a_shop_unread_for_a_year_owes_600_and_a_late_reading_without_use_adds_nothing() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let shop = city.shop("振兴小卖部", "2025-11-03").await;
    let household = city.household("陈大文").await;
    assert_eq!(city.bill_after("2026-11").await.amount.to_string(), "600.00");
    city.read_in("2026-11", &shop, "0").await;
    city.read_in("2026-11", &household, "0").await;
    assert_eq!(city.bill_after("2026-11").await.charges, 0);
    assert_eq!(city.garbage(&shop).await, "600.00");
    city.agrees_in(&["2026-11"]).await;
}

#[tokio::test]
async fn the_present_month_waits_for_its_reading() {
    let mut city = City::new().await;
    city.at("2026-11-24 10:00");
    let shop = city.shop("振兴小卖部", "2026-08-15").await;
    // September and October are over.
    assert_eq!(city.bill().await.amount.to_string(), "100.00");
    city.read(&shop, "1").await;
    city.bill().await;
    assert_eq!(city.garbage(&shop).await, "150.00");
    city.agrees_in(&["2026-11"]).await;
}

#[tokio::test]
async fn a_shop_that_used_one_cubic_metre_pays_its_minimum() {
    let city = City::new().await;
    let shop = city.shop("振兴小卖部", "2026-10-15").await;
    city.read(&shop, "1").await;
    city.bill().await;
    assert_eq!(city.garbage(&shop).await, "50.00");
    city.agrees_in(&["2026-11"]).await;
}

#[tokio::test]
async fn months_read_one_by_one_or_at_once_or_late_come_to_the_same() {
    let mut city = City::new().await;
    city.at("2026-09-20 10:00");
    let mut shops = Vec::new();
    for used in [0, 1, 70, 100] {
        for when in ["each month", "at once", "late"] {
            let shop = city.shop(&format!("{used} {when}"), "2026-08-15").await;
            shops.push((used, when, shop));
        }
    }
    for (so_far, month) in [(1, "2026-09"), (2, "2026-10"), (3, "2026-11")] {
        city.at(&format!("{month}-20 10:00"));
        for (used, when, shop) in &shops {
            if *when == "each month" || (*when == "at once" && so_far == 3) {
                city.read(shop, &(used * so_far).to_string()).await;
            }
        }
        city.bill().await;
        let next = month.parse::<terms::BillPeriod>().unwrap().next();
        city.at(&format!("{next}-01 08:00"));
        city.bill_after(month).await;
    }
    for (used, _, shop) in shops.iter().filter(|(_, when, _)| *when == "late") {
        city.read_in("2026-11", shop, &(used * 3).to_string()).await;
    }
    city.bill_after("2026-11").await;
    for (used, when, shop) in &shops {
        let want = match used {
            0 | 1 | 70 => "150.00",
            _ => "192.00",
        };
        assert_eq!(city.garbage(shop).await, want, "{used} m³ a month, read {when}");
    }
    city.agrees_in(&["2026-11"]).await;
}

#[tokio::test]
async fn a_bill_dated_ahead_ends_no_month() {
    let mut city = City::new().await;
    city.at("2026-11-24 10:00");
    city.shop("振兴小卖部", "2026-08-15").await;
    let november: terms::BillPeriod = "2026-11".parse().unwrap();
    let dates = ("2026-12-01".parse().unwrap(), "2026-12-25".parse().unwrap());
    let run = city.bill_month(november, dates.0, dates.1).await.unwrap();
    // September and October: November may still be read.
    assert_eq!(run.amount.to_string(), "100.00");
    city.agrees_in(&["2026-11"]).await;
}

/// December's run may be made in November: November may still be read.
#[tokio::test]
async fn a_run_of_the_next_month_ends_no_month() {
    let mut city = City::new().await;
    city.at("2026-11-30 10:00");
    city.shop("振兴小卖部", "2026-10-15").await;
    let (december, today): (terms::BillPeriod, _) = ("2026-12".parse().unwrap(), city.today());
    let ahead = city.bill_month(december, today, today + chrono::Days::new(25)).await.unwrap();
    assert_eq!((ahead.charges, ahead.parked), (0, 0));
    city.at("2026-12-01 08:00");
    assert_eq!(city.bill_after("2026-11").await.amount.to_string(), "50.00");
    city.agrees_in(&["2026-11"]).await;
}

/// A reader is at the shop's meter when the run charges its unread months: the run waits for him, and the months that
/// he read are not charged unread.
#[tokio::test]
async fn whoever_reads_a_meter_while_its_months_are_charged_is_waited_for() {
    let mut city = City::new().await;
    city.at("2026-12-01 08:00");
    let shop = city.shop("振兴小卖部", "2026-08-15").await;
    sqlx::query("select ensure_month(202610, 'readings')").execute(&city.owner).await.unwrap();
    let mut reader = city.pool.begin().await.unwrap();
    sqlx::query(
        "insert into reading (id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period, read_at,
            start_index, end_index, consumption_m3, source, flag, entered_at)
         select first_id(202610) + next_ids('reading_id', 1), 202610, $1, a.id, a.town_id, a.outlet_id, '2026-08-15', '2026-12-01', 202608, $3, 0, 4, 4, 'manual', 'none', $3
         from account a where a.id = $2",
    )
    .bind(shop.meter.0)
    .bind(shop.id.0)
    .bind(city.clock.0)
    .execute(&mut *reader)
    .await
    .unwrap();
    let run = async { city.bill_after("2026-11").await };
    let read = async {
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        let mark = "select leave_mark(null, 'reading.reading.enter', 'x', '{}', now())";
        sqlx::query(mark).execute(&mut *reader).await.unwrap();
        reader.commit().await.unwrap();
    };
    let (run, ()) = tokio::join!(run, read);
    assert_eq!(run.amount.to_string(), "50.00", "November alone");
    let (october, today) = ("2026-10".parse().unwrap(), city.today());
    city.bill_month(october, today, today + chrono::Days::new(25)).await.unwrap();
    assert_eq!(city.garbage(&shop).await, "150.00");
    city.agrees_in(&["2026-11"]).await;
}
