//! Use over several months: tiers, quota and fixed charge are as wide as the span of the reading.

use chrono::NaiveDate;
use engine::register::{GarbageClass, SewageClass, UseClass};
use engine::tariff::{NewQuota, RateRows};
use insta::assert_snapshot;
use terms::BillPeriod;

use crate::city::{Account, City, DAOJIAO, Differs, m3};

impl City {
    /// Reads at 0 and bills now, then moves on.
    async fn unused_month(&mut self, account: &Account, next: &str) {
        self.read(account, "0").await;
        self.bill().await;
        self.at(next);
    }
}

#[tokio::test]
async fn a_meter_first_read_in_its_fifth_month_has_the_limits_of_five() {
    let city = City::new().await;
    let account = city
        .open("陈大文", DAOJIAO, |new| {
            new.opened_on = NaiveDate::from_ymd_opt(2026, 6, 3).unwrap()
        })
        .await;
    city.read(&account, "100").await;
    city.bill().await;
    let water = "select sum(amount) from charge_line where fee_item = 'water'";
    assert_eq!(city.amount(water).await.to_string(), "172.00");
    let span: String = sqlx::query_scalar(
        "select c.from_date || ' ' || c.to_date || ' ' || c.months || ' ' || r.from_date || ' ' || r.to_date
         from charge c join charge_reading t on t.charge_id = c.id join reading r on r.id = t.reading_id",
    )
    .fetch_one(&city.owner)
    .await
    .unwrap();
    assert_snapshot!(span, @"2026-06-03 2026-11-24 5 2026-06-03 2026-11-24");
    city.agrees().await;
}

#[tokio::test]
async fn a_firm_below_its_quota_in_each_of_two_months_bears_no_surcharge() {
    let mut city = City::new().await;
    city.at("2026-09-20 10:00");
    let firm = city
        .open("虎门电镀厂", DAOJIAO, |new| {
            new.use_class = UseClass::NonResident;
            new.sewage_class = SewageClass::NonResident;
            new.garbage_class = GarbageClass::Uncharged;
            new.meter().max_range = m3("100000");
        })
        .await;
    city.unused_month(&firm, "2026-11-20 10:00").await;
    let quota = |month: i32| NewQuota {
        account: firm.id,
        period: BillPeriod::from_number(month).unwrap(),
        volume: m3("6000"),
    };
    let quotas = [quota(202_609), quota(202_610), quota(202_611)];
    city.set_rates(RateRows::Quotas(quotas.to_vec())).await.unwrap();
    // One was typed wrong, and is put right by another version.
    for typed in ["60000", "6000"] {
        let quota = NewQuota { volume: m3(typed), ..quota(202_610) };
        city.set_rates(RateRows::Quotas(vec![quota])).await.unwrap();
    }
    assert_eq!(city.count("select count(*) from overquota_plan").await, 5);
    city.read(&firm, "11000").await;
    city.bill().await;
    assert_eq!(
        city.count("select count(*) from charge_line where fee_item = 'overquota'").await,
        0
    );
    let quota = "select quota_m3 from charge where bill_period = 202611";
    assert_eq!(city.amount(quota).await.to_string(), "12000.00");
    // Once a month is billed, its quota comes too late.
    let billed = city.household_owing_for("陈大文", "30").await;
    let late = NewQuota { account: billed.id, period: city.period(), volume: m3("20") };
    let refused = city.set_rates(RateRows::Quotas(vec![late])).await.unwrap_err().to_string();
    assert!(refused.contains("先冲正应收"), "{refused}");
    city.agrees().await;
}

#[tokio::test]
async fn a_shop_unread_for_two_months_owes_three_fixed_charges() {
    let mut city = City::new().await;
    city.at("2026-08-20 10:00");
    let shop = city.open("振兴小卖部", DAOJIAO, |new| new.garbage_class = GarbageClass::Shop).await;
    city.unused_month(&shop, "2026-11-20 10:00").await;
    city.read(&shop, "0").await;
    city.bill().await;
    let owed = "select total from charge where bill_period = 202611";
    assert_eq!(city.amount(owed).await.to_string(), "150.00");
    city.agrees().await;
}

#[tokio::test]
async fn a_rate_without_an_open_tier_is_refused_by_the_database() {
    let city = City::new().await;
    for steps in ["(1, 22), (2, 60)", "(1, 22), (2, 20), (3, null)", "(1, null), (2, 60)"] {
        let wrong = format!(
            "with version as (
                insert into tariff_version (fee_item, class, valid_from, source, status)
                values ('garbage', 'test', '2040-01-01', 'test', 'placeholder') returning id)
             insert into tariff_tier (version_id, tier, upto, unit_price)
             select id, tier, upto, 1.5 from version, (values {steps}) s(tier, upto)"
        );
        let refused = sqlx::query(sqlx::AssertSqlSafe(wrong.clone())).execute(&city.owner).await;
        let refused = refused.expect_err(&wrong).to_string();
        assert!(refused.contains("tiers_open_above"), "{refused}");
    }
}
