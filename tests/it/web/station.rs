//! A sanitation station's clerk sees figures of garbage alone: in no answer, on no page and on no paper any of water.

use axum::http::StatusCode;
use engine::access::change_password;
use serde_json::{Value, json};

use super::keyboard::{Driver, ENTER};
use super::site::{PASSWORD, Site};
use crate::city::City;

#[tokio::test]
async fn a_station_is_shown_no_water_whoever_serves_the_account() {
    let city = City::new().await;
    let branch = city.counter().await;
    let station = city.station().await;
    change_password(&city.pool, &city.clock, None, "wei.sheng", PASSWORD).await.unwrap();
    let theirs = city.household("陈大文").await;
    let own = city.served_by(&station, &branch, "王小明").await;
    for account in [&theirs, &own] {
        city.read(account, "30").await;
    }
    city.bill().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let (clerk, at_branch) = (site.enter("wei.sheng").await, site.clerk().await);
    let search = |no: &str| format!("/counter/api/search?q={no}");
    let quote = |id: i64| format!("/counter/api/quote?account={id}");
    // 103.33 = 58.48 water + 25.65 sewage + 19.20 garbage.
    for account in [&theirs, &own] {
        let found = clerk.get(&search(&account.no)).await.json();
        assert_eq!(found["accounts"][0]["owes"], "欠 1 期 19.20 元", "{found}");
        let told = clerk.get(&quote(account.id.0)).await;
        let (text, told) = (told.text(), told.json());
        assert!(!text.contains("103.33") && !text.contains("water"), "{text}");
        assert_eq!(told["total"], "19.20");
        assert_eq!(told["fees"], json!(["garbage"]));
        assert_eq!(told["prepaid"], Value::Null);
        assert_eq!(told["charges"][0]["volume"], Value::Null);
        assert_eq!(told["charges"][0]["total"], "19.20");
    }
    let page = clerk.get(&format!("/accounts/{}", own.id)).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let page = page.text();
    assert!(page.contains("19.20 元") && !page.contains("103.33"), "{page}");
    assert!(!page.contains(&own.serial_no), "{page}");
    // The branch sees all of it.
    let found = at_branch.get(&search(&theirs.no)).await.json();
    assert_eq!(found["accounts"][0]["owes"], "欠 1 期 103.33 元", "{found}");
    let told = at_branch.get(&quote(theirs.id.0)).await.json();
    assert_eq!(
        (&told["total"], &told["prepaid"], &told["charges"][0]["volume"]),
        (&json!("103.33"), &json!("0.00"), &json!("30"))
    );
    // Nor does a refusal say what a branch has taken.
    let charge = told["charges"][0]["id"].clone();
    branch.collect(&theirs, "103.33").await;
    let order = json!({
        "key": "station-story-1", "account": theirs.id.0, "charges": [charge], "expected_total": "19.20",
        "fees": ["garbage"], "received": "20.00", "surplus": "change", "method": "cash",
    });
    let refused = clerk.post("/counter/api/collect", &order).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    let refused = refused.text();
    assert!(refused.contains("19.20") && !refused.contains("103.33"), "{refused}");
    site.close().await;
    books.stop().await;
}

/// What would be refused is not offered: a purse is for all fees.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_is_offered_to_keep_no_money() {
    let city = City::new().await;
    city.counter().await;
    city.station().await;
    change_password(&city.pool, &city.clock, None, "wei.sheng", PASSWORD).await.unwrap();
    let account = city.household("陈大文").await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let driver = Driver::start().await;
    driver.come_in(&site, "wei.sheng").await;
    driver.wait_for("今日本人").await;
    driver.type_keys(&format!("{}{ENTER}", account.no)).await;
    driver.wait_for("没有欠费。本网点只收取应收金额，不办理该户预存").await;
    let offered = "return [document.getElementById('prepay-box').hidden, document.getElementById('prepay').checked].join()";
    driver.type_keys("20\u{e037}").await;
    driver.wait_for("没有选择账单：本网点只收取应收金额").await;
    assert_eq!(driver.script(offered).await, "true,false");
    site.leave(driver, books).await;
}
