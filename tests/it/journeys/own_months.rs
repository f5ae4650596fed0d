//! Where garbage goes by the month, each month bears what its own last day says: it does not matter when it is billed, and
//! rates that are approved meanwhile are those that it is billed by.

use std::time::Duration;

use engine::register::{AccountChange, GarbageClass, Quantities};
use engine::tariff::{RateKind, RateRows, read_rows, submit_rates};

use super::history::change;
use crate::city::{Account, City, DAOJIAO};

const HEAD: &str = "收费项目,类别,生效日期,计征比例,基准人数,计费依据,无用水定额,保底,阶梯,上限,单价,每人增量,状态,文号,依据";

impl City {
    async fn monthly_rate(&self, class: &str, from: &str, figures: &str) -> RateRows {
        let (a_month, price) = figures.split_once('/').unwrap();
        let (fixed, least) = a_month.split_once('+').unwrap_or((a_month, a_month));
        let row = format!(
            "垃圾处理费,{class},{from},1,4,立方米,{fixed},{least},1,,{price},0,待核定,,测试"
        );
        let mut connection = self.pool.acquire().await.unwrap();
        let table = format!("{HEAD}\n{row}\n");
        read_rows(&mut connection, RateKind::Tariff, &table).await.unwrap()
    }

    /// A firm of ten bins, that has other numbers of them from these days on.
    async fn bins(&self, payer: &str, opened_on: &str, changes: &[(&str, i64)]) -> Account {
        let bins = |bins: i64| Quantities { bins: Some(bins.into()), ..Quantities::default() };
        let opened_on = opened_on.parse().unwrap();
        let firm = self.open(payer, DAOJIAO, |new| {
            new.garbage_class = GarbageClass::ByBin;
            new.quantities = bins(10);
            new.opened_on = opened_on;
        });
        let firm = firm.await;
        self.let_off(&firm).await;
        let (maker, checker) = (self.manager().await, self.second_manager().await);
        for (from, many) in changes {
            let order = AccountChange { quantities: bins(*many), ..change(&firm, from) };
            let version = self.submit(maker, order).await.unwrap();
            self.decide(checker, version, true).await.unwrap();
        }
        firm
    }
}

#[tokio::test]
async fn a_month_charged_unread_is_not_priced_anew_by_the_next_reading() {
    let mut city = City::new().await;
    city.at("2026-11-01 08:00");
    let shop = city.shop("振兴小卖部", "2026-09-10").await;
    let firm = city.bins("虎门电镀厂", "2026-09-10", &[("2026-11-01", 12)]).await;
    // October: 50.00, and ten bins at 21.00.
    assert_eq!(city.bill_after("2026-10").await.amount.to_string(), "260.00");
    let sixty = city.monthly_rate("商铺", "2026-11-01", "60/0.64").await;
    city.set_rates(sixty).await.unwrap();
    city.at("2026-11-24 10:00");
    city.read(&shop, "10").await;
    city.read(&firm, "0").await;
    // November: 60.00, and twelve bins.
    city.bill().await;
    assert_eq!(
        (city.garbage(&shop).await, city.garbage(&firm).await),
        ("110.00".into(), "462.00".into())
    );
    city.at("2026-12-01 08:00");
    assert_eq!(city.bill_after("2026-11").await.charges, 0);
    city.agrees_in(&["2026-10", "2026-11"]).await;
}

/// 50.00 for a month without use, 60.00 at least for one with: what the reading of November adds to October's 50.00 is
/// 70.00, though 1.167 months are 70.02 and 1.166 are 69.96.
#[tokio::test]
async fn what_is_left_of_two_months_is_exact_to_the_fen() {
    let mut city = City::new().await;
    city.at("2026-09-20 10:00");
    let shop = city.shop("振兴小卖部", "2026-09-10").await;
    let rate = city.monthly_rate("商铺", "2026-10-01", "50+60/0.64").await;
    city.set_rates(rate).await.unwrap();
    city.at("2026-11-01 08:00");
    assert_eq!(city.bill_after("2026-10").await.amount.to_string(), "50.00");
    city.at("2026-11-24 10:00");
    city.read(&shop, "10").await;
    city.bill().await;
    assert_eq!(city.garbage(&shop).await, "120.00");
    let left = "select amount from charge_line where fee_item = 'garbage' order by id desc limit 1";
    assert_eq!(city.amount(left).await.to_string(), "70.00");
    city.agrees_in(&["2026-10", "2026-11"]).await;
    // A garbage line whose quantity is not its amount by its price is refused.
    let forged = "insert into charge_line (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier,
            quantity, unit_price, amount, tariff_version_id, basis)
        select bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity, unit_price, 70.06,
            tariff_version_id, basis
        from charge_line where fee_item = 'garbage' and amount = 70";
    let refused = sqlx::query(forged).execute(&city.pool).await.unwrap_err().to_string();
    assert!(refused.contains("violates check constraint"), "{refused}");
}

/// Rates and quantities rise and fall between the months; whether each month is billed, read or neither, the sum is that
/// of the months.
#[tokio::test]
async fn months_that_differ_come_to_the_same_at_once_or_apart() {
    for when in ["each month", "unread months apart", "all at once"] {
        let mut city = City::new().await;
        city.at("2026-09-20 10:00");
        let shop = city.shop("振兴小卖部", "2026-08-15").await;
        let bins = [("2026-10-01", 12), ("2026-11-01", 7)];
        let firm = city.bins("虎门电镀厂", "2026-08-15", &bins).await;
        for (from, figures) in [("2026-10-01", "60/0.64"), ("2026-11-01", "55/0.64")] {
            let rate = city.monthly_rate("商铺", from, figures).await;
            city.set_rates(rate).await.unwrap();
        }
        for (month, index) in [("2026-09", "4"), ("2026-10", "8"), ("2026-11", "12")] {
            city.at(&format!("{month}-20 10:00"));
            if when == "each month" || month == "2026-11" {
                city.read(&shop, index).await;
                city.read(&firm, index).await;
            }
            let next = month.parse::<terms::BillPeriod>().unwrap().next();
            city.at(&format!("{next}-01 08:00"));
            if when != "all at once" || month == "2026-11" {
                city.bill_after(month).await;
            }
        }
        assert_eq!(city.garbage(&shop).await, "165.00", "50 + 60 + 55, {when}");
        assert_eq!(city.garbage(&firm).await, "609.00", "21 × (10 + 12 + 7), {when}");
        city.agrees_in(&["2026-11"]).await;
    }
}

/// A firm of ten bins is a home from November on: 210.00 for October, and of its 30 m³ half, at 0.64.
#[tokio::test]
async fn a_class_that_ends_between_two_readings_bears_its_own_months_alone() {
    for apart in [true, false] {
        let mut city = City::new().await;
        city.at("2026-11-01 08:00");
        let firm = city.bins("虎门电镀厂", "2026-09-10", &[]).await;
        let (maker, checker) = (city.manager().await, city.second_manager().await);
        let garbage_class = Some(GarbageClass::Resident);
        let order = AccountChange { garbage_class, ..change(&firm, "2026-11-01") };
        let version = city.submit(maker, order).await.unwrap();
        city.decide(checker, version, true).await.unwrap();
        if apart {
            city.bill_after("2026-10").await;
        }
        city.at("2026-11-24 10:00");
        city.read(&firm, "30").await;
        city.bill().await;
        assert_eq!(city.garbage(&firm).await, "219.60", "apart: {apart}");
        city.agrees_in(&["2026-11"]).await;
    }
}

/// Of 30 m³ each month bears 15: a shop's 50.00 pay for no water of a home, a home's water for no shop.
#[tokio::test]
async fn unlike_months_read_at_once_or_each_or_late_come_to_the_same() {
    use GarbageClass::{ByBin, PropertyEstate, Resident, Shop};
    for (first, then, want) in [
        (Shop, Resident, "59.60"),
        (PropertyEstate, Shop, "57.68"),
        (PropertyEstate, ByBin, "217.68"),
    ] {
        for when in ["each month", "at once", "October unread", "November first"] {
            let mut city = City::new().await;
            city.at("2026-10-20 10:00");
            let account = city
                .open("陈大文", DAOJIAO, |new| {
                    new.garbage_class = first;
                    new.opened_on = "2026-09-10".parse().unwrap();
                })
                .await;
            city.let_off(&account).await;
            let bins = (then == ByBin).then(|| 10.into());
            let becomes = AccountChange {
                garbage_class: Some(then),
                quantities: Quantities { bins, ..Quantities::default() },
                ..change(&account, "2026-11-01")
            };
            city.changed(becomes).await;
            if matches!(when, "each month" | "November first") {
                city.read(&account, "15").await;
            }
            if when == "each month" {
                city.bill().await;
            }
            city.at("2026-11-01 08:00");
            if when == "October unread" {
                city.bill_after("2026-10").await;
            }
            city.at("2026-11-20 10:00");
            city.read(&account, "30").await;
            city.bill().await;
            if when == "November first" {
                let (october, today) = ("2026-10".parse().unwrap(), city.today());
                city.bill_month(october, today, today + chrono::Days::new(25)).await.unwrap();
            }
            assert_eq!(city.garbage(&account).await, want, "{first:?}, then {then:?}, {when}");
            city.agrees_in(&["2026-10", "2026-11"]).await;
        }
    }
}

/// October bore its least charge, 60.00, by one meter; November's reading of the other one covers it, and adds 70.00.
#[tokio::test]
async fn a_month_that_bore_its_least_charge_keeps_it_when_another_meter_covers_it() {
    let mut city = City::new().await;
    city.at("2026-09-20 10:00");
    let shop = city.shop("振兴小卖部", "2026-09-10").await;
    for (from, figures) in [("2026-10-01", "30+60/0.64"), ("2026-11-01", "30+70/0.64")] {
        let rate = city.monthly_rate("商铺", from, figures).await;
        city.set_rates(rate).await.unwrap();
    }
    city.at("2026-10-20 10:00");
    let other = city.second_meter(&shop).await;
    city.read(&shop, "10").await;
    city.bill().await;
    assert_eq!(city.garbage(&shop).await, "60.00");
    city.at("2026-11-20 10:00");
    city.read(&shop, "20").await;
    city.read(&other, "10").await;
    city.bill().await;
    assert_eq!(city.garbage(&shop).await, "130.00");
    city.agrees_in(&["2026-10", "2026-11"]).await;
}

/// October is free of charge: its reading of November is billed, 17.70 of water, 8.55 of sewage, and 210.00 for ten bins.
#[tokio::test]
async fn a_month_at_a_rate_of_nothing_keeps_no_reading_from_its_bill() {
    let city = City::new().await;
    let free = format!(
        "with v as (
            insert into tariff_version (fee_item, class, town_id, valid_from, valid_to, basis, source, status)
            select 'garbage', 'by_bin', town_id, '2026-10-01', '2026-11-01', 'bin', '减免', 'placeholder'
            from organisation where name = '{DAOJIAO}' returning id)
         insert into tariff_tier (version_id, tier, unit_price) select id, 1, 0 from v"
    );
    city.by_hand(&free).await;
    let open = city.open("虎门电镀厂", DAOJIAO, |new| {
        new.use_class = engine::register::UseClass::ResidentFlat;
        new.garbage_class = GarbageClass::ByBin;
        new.quantities = Quantities { bins: Some(10.into()), ..Quantities::default() };
        new.opened_on = "2026-09-10".parse().unwrap();
    });
    let firm = open.await;
    city.read(&firm, "10").await;
    let run = city.bill().await;
    assert_eq!((run.amount.to_string(), run.parked), ("236.25".to_owned(), 0));
    city.agrees_in(&["2026-11"]).await;
}

#[tokio::test]
async fn bills_that_wait_for_a_rate_are_priced_by_it() {
    let city = City::new().await;
    let home = city.household("陈大文").await;
    city.read(&home, "30").await;
    let rows = city.monthly_rate("居民", "2026-11-01", "0/0.70").await;
    let order = submit_rates(&city.pool, &city.clock, city.manager().await, rows, "调价").await;
    let checker = city.second_manager().await;
    let mut deciding = city.owner.begin().await.unwrap();
    let order = order.unwrap();
    let decision = format!(
        "insert into rate_decision values ({order}, 'approved', {checker}, now());
         select leave_mark({checker}, 'tariff.order.decide', 'x', jsonb_build_object('rows', order_digest({order})), now())"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(decision)).execute(&mut *deciding).await.unwrap();
    let decide = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        deciding.commit().await.unwrap();
    };
    let (run, ()) = tokio::join!(city.bill(), decide);
    // 58.48 of water, 25.65 of sewage, 30 m³ of garbage at 0.70.
    assert_eq!(run.amount.to_string(), "105.13");
    city.agrees().await;
}
