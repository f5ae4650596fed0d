//! What a person may see is asked of PostgreSQL, not of the copy that lags behind it.

use axum::http::StatusCode;
use engine::access::{Place, set_role};
use serde_json::json;
use terms::Role;

use super::downloads::ordered;
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

/// What was made under a wider right is not handed out under a narrower one, whole, in part or by its number.
#[tokio::test]
async fn a_file_made_before_its_owner_was_narrowed_is_not_given_out_after() {
    let city = City::new().await;
    city.counter().await;
    city.household_owing_for("陈大文", "30").await;
    city.open("王小明", GAOBU, |_| {}).await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let analyst = site.enter("zhou.ting").await;
    let sql = "select payer_name, town_id from account";
    let file = ordered(&city, &analyst, sql, "csv").await;
    let whole = analyst.get(&file).await;
    assert_eq!(whole.status, StatusCode::OK, "{}", whole.text());
    assert_eq!(whole.text().lines().count(), 3, "{}", whole.text());
    let print = format!("csrf={}&day={}&outlet=0", analyst.csrf, city.today());
    let numbered = analyst.post_form("/report/daily-detail/print", &print).await;
    let numbered = numbered.header("location").to_owned();
    assert_eq!(analyst.get(&numbered).await.status, StatusCode::OK, "{numbered}");
    let (_, town) = city.outlet(GAOBU).await;
    let place = Place { outlet: None, town: Some(town) };
    set_role(&city.pool, &city.clock, None, "zhou.ting", (Role::Analyst, place), true)
        .await
        .unwrap();

    let analyst = site.enter("zhou.ting").await;
    for asked in [&analyst, &analyst.saying("range", "bytes=10-")] {
        let refused = asked.get(&file).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
        assert!(refused.text().contains("权限已变更，请重新提取"), "{}", refused.text());
    }
    assert_eq!(analyst.get(&numbered).await.status, StatusCode::FORBIDDEN);
    let number = numbered.trim_start_matches("/report/").trim_end_matches(".pdf");
    let verified = analyst.get(&format!("/report/verify?number={number}")).await;
    assert_eq!(verified.status, StatusCode::FORBIDDEN, "{}", verified.text());
    let list = analyst.get("/extract/jobs").await.text().to_owned();
    assert!(!list.contains("下载") && list.contains("权限已变更，请重新提取"), "{list}");
    // Ordered again, by the button that stands there, it holds what is theirs now; a wider right gives both.
    let again = file.replace("/file", "/retry");
    assert!(analyst.post_form(&again, "").await.status.is_success());
    let theirs = ordered(&city, &analyst, sql, "csv").await;
    let mine = analyst.get(&theirs).await;
    assert_eq!(mine.text().lines().count(), 2, "{}", mine.text());
    let everywhere = (Role::Analyst, Place::default());
    set_role(&city.pool, &city.clock, None, "zhou.ting", everywhere, true).await.unwrap();
    let analyst = site.enter("zhou.ting").await;
    for file in [&file, &theirs] {
        assert_eq!(analyst.get(file).await.status, StatusCode::OK, "{file}");
    }
    site.close().await;
    books.stop().await;
}
