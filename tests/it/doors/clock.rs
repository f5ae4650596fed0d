//! What day it is, the database says: a machine whose clock is wrong dates nothing by it.

use engine::DatabaseClock;
use terms::{Clock, SystemClock};

use crate::city::City;

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
