//! People are told apart by who they are, not by what they are called.

use engine::reading::{self, Decision, Review};
use terms::{ReadingId, Role};

use crate::city::{City, DAOJIAO, Differs, m3};

#[tokio::test]
async fn two_people_of_one_name_may_review_each_other_and_neither_oneself() {
    let city = City::new().await;
    let (outlet, _) = city.outlet(DAOJIAO).await;
    let one = city.person("li.mei", "李梅", Role::MeterReader, Some(outlet), None).await;
    let other = city.person("li.mei.er", "李梅", Role::ReadingReviewer, Some(outlet), None).await;
    let account = city.open("陈大文", DAOJIAO, |new| new.meter().start_index = m3("9990")).await;
    let seen = vec![city.seen(&account, "20")];
    reading::enter(&city.pool, &city.clock, city.period(), Some(one), seen).await.unwrap();
    let judged = async |by| {
        let newest = ReadingId(city.count("select max(id) from reading").await);
        let order =
            Review { readings: vec![newest], decision: Decision::Accepted, reviewed_by: by };
        reading::review(&city.pool, &city.clock, order).await
    };
    judged(other).await.unwrap();
    // What the second one puts right stands; what she puts right of her own, another one looks at.
    for index in ["25", "26"] {
        let seen = vec![city.seen(&account, index)];
        reading::correct(&city.pool, &city.clock, city.period(), Some(other), seen).await.unwrap();
    }
    let own = judged(other).await.unwrap_err().to_string();
    assert!(own.contains("须由他人审核"), "{own}");
    let third = city.person("li.mei.san", "李梅", Role::ReadingReviewer, Some(outlet), None).await;
    judged(third).await.unwrap();
    city.bill().await;
    city.agrees().await;
}
