//! A reading without use is billed where its month bears a fixed charge: by the class and the rate that hold on the last
//! day of that month, whatever the account has become since. Until then the month does not close.

use engine::closing::PeriodKind;
use engine::register::{AccountChange, GarbageClass};

use super::history::change;
use crate::city::{Account, City, DAOJIAO};

impl City {
    async fn of_class(&self, garbage_class: GarbageClass) -> Account {
        self.open("振兴小卖部", DAOJIAO, |new| new.garbage_class = garbage_class).await
    }

    /// Two persons make it another class from December on.
    async fn becomes(&self, account: &Account, garbage_class: GarbageClass) {
        let becomes =
            AccountChange { garbage_class: Some(garbage_class), ..change(account, "2026-12-01") };
        self.changed(becomes).await;
    }

    /// Bills November today; gives how many bills that makes, and their sum.
    async fn bill_november(&self) -> (u64, String) {
        let (november, today) = ("2026-11".parse().unwrap(), self.today());
        let run = self.bill_month(november, today, today + chrono::Days::new(25)).await.unwrap();
        (run.charges, run.amount.to_string())
    }

    /// Why the bills of November cannot be closed; nothing where they were.
    async fn close_november_bills(&self) -> String {
        let closed = self.close_month(PeriodKind::Bill, 202_611).await;
        closed.err().map(|refused| refused.to_string()).unwrap_or_default()
    }

    /// The bills of November cannot be closed before a fixed charge is billed.
    async fn closes_november_once_it_is_billed(&self) {
        self.close_month(PeriodKind::Read, 202_611).await.unwrap();
        let refused = self.close_november_bills().await;
        assert!(refused.contains("尚未计费"), "{refused:?}");
        assert_eq!(self.bill_november().await, (1, "50.00".to_owned()));
        assert_eq!(self.close_november_bills().await, "");
        self.agrees_in(&["2026-11"]).await;
    }

    /// A garbage rate of 道滘 alone.
    async fn town_rate(&self, class: &str, (from, to): (&str, Option<&str>), a_month: i32) {
        let to = to.map_or("null".to_owned(), |to| format!("'{to}'"));
        let rate = format!(
            "with v as (
                insert into tariff_version (fee_item, class, town_id, valid_from, valid_to, fixed_charge, minimum_charge, source, status)
                select 'garbage', '{class}', min(town_id), '{from}'::date, {to}::date, {a_month}, {a_month}, 'test', 'placeholder' from account returning id)
             insert into tariff_tier (version_id, tier, unit_price) select id, 1, 0.64 from v"
        );
        self.by_hand(&rate).await;
    }
}

#[tokio::test]
async fn a_shop_that_became_a_home_since_is_billed_before_its_month_closes() {
    let mut city = City::new().await;
    let shop = city.of_class(GarbageClass::Shop).await;
    city.read(&shop, "0").await;
    city.at("2026-12-03 09:00");
    city.becomes(&shop, GarbageClass::Resident).await;
    city.closes_november_once_it_is_billed().await;
}

#[tokio::test]
async fn a_home_that_became_a_shop_since_owes_nothing_for_the_month_before() {
    let mut city = City::new().await;
    let home = city.of_class(GarbageClass::Resident).await;
    city.read(&home, "0").await;
    city.at("2026-12-01 09:00");
    assert_eq!(city.bill_november().await.0, 0);
    city.at("2026-12-03 09:00");
    city.becomes(&home, GarbageClass::Shop).await;
    city.check().await;
    city.close_month(PeriodKind::Read, 202_611).await.unwrap();
    assert_eq!(city.close_november_bills().await, "");
    assert_eq!(city.bill_november().await.0, 0);
}

#[tokio::test]
async fn the_rate_of_the_town_on_the_last_day_says_whether_a_month_bears_a_fixed_charge() {
    let mut city = City::new().await;
    let (shop, home) =
        (city.of_class(GarbageClass::Shop).await, city.of_class(GarbageClass::Resident).await);
    // Shops of this town owe nothing for a month without use since October; its homes did until October.
    city.town_rate("shop", ("2026-10-01", None), 0).await;
    city.town_rate("resident", ("2020-01-01", Some("2026-10-31")), 10).await;
    city.read(&shop, "0").await;
    city.read(&home, "0").await;
    city.at("2026-12-01 09:00");
    assert_eq!(city.bill_november().await.0, 0);
    city.at("2026-12-03 09:00");
    city.check().await;
    city.close_month(PeriodKind::Read, 202_611).await.unwrap();
    assert_eq!(city.close_november_bills().await, "");
}

#[tokio::test]
async fn a_fixed_charge_that_was_taken_back_is_billed_again_before_its_month_closes() {
    let mut city = City::new().await;
    let shop = city.of_class(GarbageClass::Shop).await;
    city.read(&shop, "0").await;
    assert_eq!(city.bill().await.amount.to_string(), "50.00");
    city.at("2026-12-03 09:00");
    city.take_charge_back(&shop).await.unwrap();
    city.closes_november_once_it_is_billed().await;
}

/// Nothing is billed anew because of what was approved after the run; another run does it, and says so.
#[tokio::test]
async fn a_change_that_reaches_back_is_no_fault_of_the_run_before_it() {
    let mut city = City::new().await;
    let home = city.of_class(GarbageClass::Resident).await;
    city.read(&home, "0").await;
    city.at("2026-12-01 09:00");
    assert_eq!(city.bill_november().await.0, 0);
    city.at("2026-12-03 09:00");
    let shop =
        AccountChange { garbage_class: Some(GarbageClass::Shop), ..change(&home, "2026-11-01") };
    city.changed(shop).await;
    city.check().await;
    assert_eq!(city.bill_november().await, (1, "50.00".to_owned()));
    city.agrees_in(&["2026-11"]).await;
}
