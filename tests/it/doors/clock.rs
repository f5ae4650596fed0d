//! What day it is, the database says: a machine whose clock is wrong dates nothing by it.

use chrono::TimeDelta;
use engine::DatabaseClock;
use engine::counter::{Collect, CollectError};
use terms::{Clock, FixedClock, SystemClock};

use crate::city::{City, DAOJIAO, Till};

#[tokio::test]
async fn a_machine_whose_clock_is_two_hours_slow_dates_payments_like_all_others() {
    let city = City::new().await;
    // As if the database were right and this machine two hours behind it.
    let other_clock = "create schema odd; grant usage on schema odd to weir_app;
        create function odd.clock_timestamp() returns timestamptz language sql
            as 'select pg_catalog.clock_timestamp() + interval ''2 hours'''";
    sqlx::raw_sql(other_clock).execute(&city.owner).await.unwrap();
    let options = city.database.application().options([("search_path", "odd,pg_catalog,public")]);
    let pool = engine::connect(options).await.unwrap();
    let clock = DatabaseClock::start(&pool).await.unwrap();
    let ahead = clock.now() - SystemClock.now();
    assert!((110..=130).contains(&ahead.num_minutes()), "{ahead}");
    pool.close().await;
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
