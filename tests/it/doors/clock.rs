//! What day it is, the database says: a machine whose clock is wrong dates nothing by it.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use engine::DatabaseClock;
use engine::counter::{Collect, CollectError, collect};
use sqlx::postgres::PgPoolOptions;
use terms::{Clock, FixedClock, SystemClock, business_day};

use crate::city::{City, DAOJIAO, Till, of_the_machine};

#[tokio::test]
async fn a_machine_whose_clock_is_two_hours_slow_dates_payments_like_all_others() {
    let mut city = City::new().await;
    city.clock = of_the_machine();
    let chen = city.household("陈大文").await;
    let till = city.counter().await;
    let order = till.deposit_order(&chen, "50").await;
    // As if the database were right and this machine two hours behind it.
    let other_clock = "create schema odd; grant usage on schema odd to weir_app;
        create function odd.clock_timestamp() returns timestamptz language sql
            as 'select pg_catalog.clock_timestamp() + interval ''2 hours'''";
    sqlx::raw_sql(other_clock).execute(&city.owner).await.unwrap();
    let settings = [("search_path", "odd,pg_catalog,public"), ("timezone", "UTC")];
    let options = city.database.application().options(settings);
    let pool = PgPoolOptions::new().connect_with(options).await.unwrap();
    let clock = DatabaseClock::start(&pool).await.unwrap();
    let ahead = clock.now() - SystemClock.now();
    assert!((110..=130).contains(&ahead.num_minutes()), "{ahead}");

    let told = async || -> DateTime<Utc> {
        sqlx::query_scalar("select clock_timestamp()").fetch_one(&pool).await.unwrap()
    };
    let before = told().await - TimeDelta::seconds(1);
    collect(&pool, &clock, order).await.unwrap();
    let after = told().await + TimeDelta::seconds(1);
    let booked: Vec<(DateTime<Utc>, NaiveDate)> = sqlx::query_as(
        "select posted_at, account_date from payment
         union all select issued_at, account_date from receipt
         union all select at, (at at time zone 'Asia/Shanghai')::date from operation_log
             where action = 'counter.payment.collect'",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    assert_eq!(booked.len(), 3, "{booked:?}");
    for (moment, day) in booked {
        assert!((before..=after).contains(&moment), "{moment}: {before} to {after}");
        assert!((business_day(before)..=business_day(after)).contains(&day), "{day}: {moment}");
    }
    pool.close().await;
    sqlx::raw_sql("drop schema odd cascade").execute(&city.owner).await.unwrap();
    city.check().await;
}

#[tokio::test]
async fn a_clock_that_runs_behind_is_what_a_refusal_tells_of() {
    let mut city = City::new().await;
    city.clock = FixedClock(SystemClock.now());
    let chen = city.open("陈大文", DAOJIAO, |_| {}).await;
    city.counter().await.deposit(&chen, "50").await;
    Till::of(&city, "chen.juan").await.close().await;
    city.opens_for_real().await;
    // By this clock the till is closed, or was not open yet: neither is true.
    city.clock = FixedClock(SystemClock.now() - TimeDelta::hours(1));
    let till = Till::of(&city, "chen.juan").await;
    let order = Collect { again: true, ..till.deposit_order(&chen, "5").await };
    let refused = till.submit(order.clone()).await.unwrap_err().to_string();
    assert_eq!(refused, "本机时钟慢于账务库，本次缴费未入账，请校准时钟后再办");
    city.clock = FixedClock(SystemClock.now());
    let refused = Till::of(&city, "chen.juan").await.submit(order).await;
    assert!(matches!(refused, Err(CollectError::DayClosed) | Ok(_)), "{refused:?}");
    city.check().await;
}
