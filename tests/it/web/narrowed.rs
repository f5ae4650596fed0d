//! What a person may see is asked of PostgreSQL, not of the copy that lags behind it.

use engine::access::{Place, set_role};
use serde_json::json;
use terms::Role;

use super::site::Site;
use crate::city::{City, GAOBU};

#[tokio::test]
async fn who_was_narrowed_while_nothing_is_captured_sees_less_at_once() {
    let city = City::new().await;
    let (chen, li) = (city.counter().await, city.clerk("li.mei", "李梅", GAOBU).await);
    let here = city.household_owing_for("陈大文", "30").await;
    let there = city.open("王小明", GAOBU, |_| {}).await;
    city.read(&there, "45").await;
    city.bill().await;
    chen.collect(&here, "110").await;
    li.collect(&there, "300").await;
    let theirs = city.amount("select net from payment p join account a on a.id = p.account_id where a.payer_name = '王小明'").await;
    let both = city.amount("select sum(net) from payment").await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let taken = json!({ "sql": "select cast(sum(net) as varchar) as s from payment" });
    let asked = async || {
        let analyst = site.enter("zhou.ting").await;
        let figures = analyst.get("/home/figures").await.json();
        let answer = analyst.post("/extract/run", &taken).await.json();
        let tiles = figures["tiles"].as_array().unwrap();
        let today = tiles.iter().find(|tile| tile["key"] == "today").unwrap();
        let tile = today["exact"].as_str().unwrap().trim_end_matches(" 元");
        (serde_json::Value::from(tile), answer["rows"][0][0].clone())
    };
    let both = serde_json::Value::from(both.to_string());
    assert_eq!(asked().await, (both.clone(), both));
    books.stop().await;
    let (_, town) = city.outlet(GAOBU).await;
    let place = Place { outlet: None, town: Some(town) };
    set_role(&city.pool, &city.clock, None, "zhou.ting", (Role::Analyst, place), true)
        .await
        .unwrap();
    let theirs = serde_json::Value::from(theirs.to_string());
    assert_eq!(asked().await, (theirs.clone(), theirs));
    site.close().await;
}
