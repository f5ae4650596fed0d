//! Water that counts: what was rejected, put right or not yet looked at is in no sum.

use engine::reading::Decision;
use warehouse::Person;

use super::ask_postgres;
use crate::city::{City, DAOJIAO, Differs, GAOBU, ask, m3};

#[tokio::test]
async fn a_rejected_reading_is_no_water_for_anybody() {
    let city = City::new().await;
    city.counter().await;
    let over = |new: &mut engine::register::NewAccount| new.meter().start_index = m3("9900");
    let rejected = city.open("陈大文", DAOJIAO, over).await;
    city.read(&rejected, "50").await;
    city.judge_newest(Decision::Rejected).await;
    let corrected = city.household("李四").await;
    city.read(&corrected, "40").await;
    city.put_right("王更正", &corrected, "30").await.unwrap();
    let elsewhere = city.open("王五", GAOBU, |_| {}).await;
    city.read(&elsewhere, "7").await;
    // Nobody has looked at this one yet.
    let waiting = city.open("赵六", DAOJIAO, over).await;
    city.read(&waiting, "1").await;

    let books = city.captured().await;
    let pinned = books.up_to_now().await;
    let clerk = books.person("chen.juan").await;
    let all = "select cast(sum(consumption_m3) as varchar) as c1 from reading";
    assert_eq!(ask_postgres(&city, all).await, ["328.000"]);
    let counted = "select cast(sum(consumption_m3) as varchar) as c1 from";
    let theirs = ask_postgres(&city, &format!("{counted} reading_accepted")).await;
    assert_eq!(theirs, ["37.000"]);
    let ours = format!("{counted} water_read");
    assert_eq!(ask(&pinned, &Person::system(), &ours).await, theirs);
    assert_eq!(ask(&pinned, &clerk, &ours).await, ["30.000"]);
    let judged = "select r.consumption_m3, v.decision from reading_review v join reading r on r.id = v.reading_id";
    assert_eq!(ask(&pinned, &clerk, judged).await, ["150.000|rejected"]);
    books.verify().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn a_price_that_was_put_right_is_the_price() {
    let city = City::new().await;
    let books = city.captured().await;
    let pinned = books.up_to_now().await;
    let held = "select cast(count(*) as varchar) as c1 from tariff_version v join rate_step t on t.version_id = v.id \
                where v.approved_at is not null and v.replaced_at is null";
    let theirs = ask_postgres(&city, held).await;
    let view = "select cast(count(*) as varchar) as c1 from tariff";
    assert_eq!(ask(&pinned, &Person::system(), view).await, theirs);
    books.stop().await;
}
