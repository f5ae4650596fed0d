//! The demo city is stopped while it is made.

use std::time::Duration;

use lab::demo::{Plan, SEED, build};

use crate::city::City;

#[tokio::test]
async fn a_demo_city_that_is_stopped_at_the_counters_goes_on_and_closes_their_days() {
    let city = City::new().await;
    let plan = Plan { today: city.today(), ..Plan::new(60, 2, SEED) };
    let open_days = "select count(*) from open_day where business_day < $1";
    let open = async || -> i64 {
        let asked = sqlx::query_scalar(open_days).bind(plan.today);
        asked.fetch_one(&city.owner).await.unwrap()
    };
    let somebody_has_paid = async {
        while open().await == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        made = build(&city.pool, &city.data, plan) => panic!("it was not stopped: {made:?}"),
        () = somebody_has_paid => {}
    }
    build(&city.pool, &city.data, plan).await.unwrap();
    assert_eq!(open().await, 0);
}
