//! A new month opens while the city goes on.

use std::time::{Duration, Instant};

use crate::city::{City, Till};

#[tokio::test]
async fn a_month_opens_under_a_long_reader_and_no_till_waits() {
    let mut city = City::new().await;
    city.counter().await;
    let (one, two) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "45").await,
    );
    let partitions = "select count(*) from pg_inherits where inhparent = 'charge'::regclass";
    assert_eq!(city.count(partitions).await, 3, "two months ahead");

    // Somebody asks the whole history, and takes a long time over it.
    let mut reader = city.owner.begin().await.unwrap();
    sqlx::query("select count(*) from charge, charge_line").execute(&mut *reader).await.unwrap();
    city.at("2027-03-02 09:00");
    let till = Till::of(&city, "chen.juan").await;
    let started = Instant::now();
    let (opened, paid) = tokio::join!(
        engine::billing::open_months(&city.pool, city.period()),
        till.order(&one, "400"),
    );
    opened.unwrap();
    till.submit(paid).await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    assert_eq!(city.count(partitions).await, 6);

    // And the month takes bills, under the same reader.
    let started = Instant::now();
    city.read(&two, "80").await;
    city.bill().await;
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
    reader.rollback().await.unwrap();
    assert_eq!(city.count("select count(*) from charge where bill_period = 202703").await, 1);
    city.check().await;
}
