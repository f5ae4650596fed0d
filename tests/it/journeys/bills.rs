//! A cubic metre billed: the vectors of the trade, through reading, bill run and books.

use engine::register::{GarbageClass, PointKind, Quantities, SewageClass, UseClass};
use engine::tariff::{NewQuota, RateRows};
use insta::assert_snapshot;

use crate::city::{City, DAOJIAO, Differs, m3};

/// The lines of everything billed, as a clerk would write them down.
async fn lines(city: &City) -> String {
    let rows: Vec<(String, i16, String, String, String)> = sqlx::query_as(
        "select fee_item, tier, quantity::text, unit_price::text, amount::text from charge_line order by account_id, id",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    let line = |(fee, tier, quantity, price, amount): &(String, i16, String, String, String)| {
        format!("{fee:9} {tier} {quantity:>9} × {price:>7} = {amount:>8}")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn thirty_cubic_metres_cost_a_household_103_33() {
    let city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    assert_snapshot!(lines(&city).await, @"
    water     1    22.000 ×  1.7200 =    37.84
    water     2     8.000 ×  2.5800 =    20.64
    sewage    1    27.000 ×  0.9500 =    25.65
    garbage   1    30.000 ×  0.6400 =    19.20
    ");
    assert_eq!(city.amount("select sum(total) from charge").await.to_string(), "103.33");
    city.check().await;
}

#[tokio::test]
async fn forty_five_cubic_metres_reach_the_third_tier() {
    let city = City::new().await;
    city.household_owing_for("陈大文", "45").await;
    let water = "select sum(amount) from charge_line where fee_item = 'water'";
    assert_eq!(city.amount(water).await.to_string(), "110.08");
}

#[tokio::test]
async fn estates_pay_less_for_garbage() {
    let city = City::new().await;
    for (class, want) in
        [(GarbageClass::PropertyEstate, "15.36"), (GarbageClass::SortedEstate, "13.82")]
    {
        let account = city.open("物业", DAOJIAO, |new| new.garbage_class = class).await;
        city.read(&account, "30").await;
        city.bill().await;
        let garbage =
            "select amount from charge_line where fee_item = 'garbage' order by id desc limit 1";
        assert_eq!(city.amount(garbage).await.to_string(), want);
    }
}

#[tokio::test]
async fn a_firm_over_its_quota_pays_the_surcharge() {
    let city = City::new().await;
    let firm = city
        .open("虎门电镀厂", DAOJIAO, |new| {
            new.use_class = UseClass::NonResident;
            new.sewage_class = SewageClass::NonResident;
            new.garbage_class = GarbageClass::Uncharged;
        })
        .await;
    let quota = NewQuota { account: firm.id, period: city.period(), volume: m3("6000") };
    city.set_rates(RateRows::Quotas(vec![quota])).await.unwrap();
    city.read(&firm, "8000").await;
    city.bill().await;
    let surcharge = "select sum(amount) from charge_line where fee_item = 'overquota'";
    assert_eq!(city.amount(surcharge).await.to_string(), "6104.00");
    city.check().await;
}

#[tokio::test]
async fn a_meter_that_turned_over_is_billed_for_36() {
    let city = City::new().await;
    let account = city.open("陈大文", DAOJIAO, |new| new.meter().start_index = m3("9987")).await;
    city.read(&account, "23").await;
    let used: (String, String) = sqlx::query_as("select consumption_m3::text, flag from reading")
        .fetch_one(&city.owner)
        .await
        .unwrap();
    assert_eq!(used, ("36.000".to_owned(), "rollover".to_owned()));
    // A turned-over meter waits for a second person before it is billed.
    assert_eq!(city.bill().await.charges, 0);
}

#[tokio::test]
async fn a_second_run_of_a_month_bills_nobody_twice() {
    let city = City::new().await;
    city.household_owing_for("陈大文", "30").await;
    let late = city.household("李迟读").await;
    city.read(&late, "10").await;
    let again = city.bill().await;
    assert_eq!((again.charges, again.total_charges), (1, 2));
    assert_eq!(city.bill().await.charges, 0);
    city.check().await;
}

#[tokio::test]
async fn the_rater_in_rust_and_the_rater_in_sql_agree() {
    let city = City::new().await;
    let uses = ["0", "1", "22", "22.001", "39.999", "40", "75.5", "300", "17", "63"];
    for (n, use_m3) in uses.iter().enumerate() {
        let account = city
            .open("陈大文", DAOJIAO, |new| {
                new.persons = 3 + i32::try_from(n).unwrap();
                new.garbage_class = GarbageClass::ALL[n % GarbageClass::ALL.len()];
                new.use_class = UseClass::ALL[n % UseClass::ALL.len()];
                if !new.use_class.buys_water() {
                    new.point().kind = PointKind::SelfSupplied;
                }
                new.quantities = Quantities {
                    area_m2: Some("33.5".parse().unwrap()),
                    bins: Some(2.into()),
                    households: Some(1.into()),
                };
            })
            .await;
        city.read(&account, use_m3).await;
    }
    city.bill().await;
    city.agrees().await;
}

/// Whose the money of each fee is, by the name of the organisation.
const OWNERS: &str = "select string_agg(distinct l.fee_item || ' ' || o.name, E'\\n')
    from charge_line l join organisation o on o.id = l.owner_id";

#[tokio::test]
async fn water_is_the_suppliers_and_other_fees_are_of_the_agency_of_the_town() {
    let city = City::new().await;
    let (supplier, _) = city.outlet("清溪自来水公司").await;
    let account = city
        .open("陈大文", DAOJIAO, |new| new.supplier = Some(terms::OrganisationId(supplier.0)))
        .await;
    city.read(&account, "30").await;
    city.bill().await;
    let owners: String = sqlx::query_scalar(OWNERS).fetch_one(&city.owner).await.unwrap();
    assert_snapshot!(owners, @r"
    garbage 道滘镇公用事业中心
    sewage 东莞市生态环境局道滘分局
    water 清溪自来水公司
    ");
    city.check().await;
}

#[tokio::test]
async fn a_town_without_an_agency_for_its_fees_is_not_billed() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    city.read(&account, "30").await;
    sqlx::raw_sql("delete from fee_owner where fee_item = 'garbage'")
        .execute(&city.owner)
        .await
        .unwrap();
    assert_eq!((city.bill().await.charges, city.bill().await.parked), (0, 1));
    let why: String =
        sqlx::query_scalar("select words from bill_failure").fetch_one(&city.owner).await.unwrap();
    assert_eq!(why, "该镇街未设垃圾处理费的代征机构");
    // Who took the agencies away is missed by what the load of them says.
    assert_eq!(city.broken().await, ["27d"]);
}
