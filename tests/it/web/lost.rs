//! The line is lost while an order is under way: nobody pays twice, and everybody is told what was booked.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use serde_json::json;

use super::keyboard::{Driver, ENTER, F2};
use super::orders::leaving;
use super::site::{Site, until};
use crate::city::City;

const ESCAPE: &str = "\u{e00c}";
const F7: &str = "\u{e037}";

/// The next order is lost on its way there (`before`), or its answer on the way back; `/posted` waits for `window.found()`.
async fn lose(driver: &Driver, before: bool) {
    let script = format!(
        "window.plain ??= window.fetch;
         const gate = new Promise((open) => (window.found = open));
         window.fetch = async (path, options) => {{
             if (String(path).includes('/posted')) await gate;
             if (!String(path).endsWith('/collect')) return window.plain(path, options);
             window.orders = (window.orders ?? 0) + 1;
             if (!{before}) await window.plain(path, options);
             throw new TypeError('the line is lost');
         }}"
    );
    driver.script(&script).await;
}

/// From here on the line is whole.
async fn whole(driver: &Driver) {
    driver.script("window.fetch = window.plain; window.found()").await;
}

async fn shown(driver: &Driver, id: &str) -> String {
    driver.script(&format!("return document.getElementById('{id}').innerText")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_whose_answer_is_lost_is_found_by_the_page_itself() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let other = city.household_owing_for("李四", "45").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.find(&account.no).await;
    lose(&driver, false).await;
    driver.type_keys(&format!("110{ENTER}")).await;
    driver.wait_for("状态未知").await;
    // Meanwhile nobody else is served, and nothing is forgotten.
    driver.type_keys(ESCAPE).await;
    driver.wait_for("上一笔缴费的状态还未查明").await;
    assert_eq!(shown(&driver, "due").await, "103.33");
    whole(&driver).await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    driver.type_keys(ESCAPE).await;
    driver.wait_for("今日本人：1 笔").await;
    driver.wait_for("上一笔").await;
    assert_eq!(city.count("select count(*) from payment").await, 1);
    // Lost on the way there: nothing is booked, which is said, and F2 books it once.
    driver.type_keys(&format!("{}{ENTER}", other.no)).await;
    driver.wait_for("李四\n用户号").await;
    lose(&driver, true).await;
    driver.type_keys(F2).await;
    driver.wait_for("状态未知").await;
    whole(&driver).await;
    driver.wait_for("这笔缴费没有入账，请按 F2 重新提交").await;
    assert_eq!(city.count("select count(*) from payment").await, 1);
    driver.type_keys(F2).await;
    until(&city, "select count(*) from payment", 2).await;
    site.leave(driver, books).await;
    city.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deposit_whose_answer_is_lost_is_asked_about_in_another_tab() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household("陈大文").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    let deposit = format!("{F7}50{ENTER}");
    let open = async || {
        driver.type_keys(&format!("{}{ENTER}", account.no)).await;
        driver.wait_for("陈大文\n用户号").await;
    };
    open().await;
    lose(&driver, false).await;
    driver.type_keys(&deposit).await;
    until(&city, "select count(*) from payment", 1).await;
    // Another tab knows nothing of the order.
    let tab = driver.order("/window/new", json!({ "type": "tab" })).await;
    driver.order("/window", json!({ "handle": tab["handle"] })).await;
    driver.open(&format!("{}/counter", site.address)).await;
    driver.wait_for("今日本人：1 笔").await;
    open().await;
    driver.type_keys(&deposit).await;
    driver.wait_for("刚刚已收该户50.00元").await;
    driver.wait_for("确认再收请再按一次 F2").await;
    assert_eq!(city.count("select count(*) from payment").await, 1);
    // Enter says nothing twice.
    driver.script("document.getElementById('trouble').textContent = ''").await;
    driver.type_keys(ENTER).await;
    driver.wait_for("确认再收请再按一次 F2").await;
    assert_eq!(city.count("select count(*) from payment").await, 1);
    // Other money is not asked about; the same, said twice, is taken.
    driver.agree().await;
    until(&city, "select count(*) from payment", 2).await;
    driver.wait_for("伍拾元整").await;
    let end = Instant::now() + Duration::from_secs(15);
    while city.amount("select sum(balance) from prepaid_balance").await.to_string() != "100.00" {
        assert!(Instant::now() < end, "the purse holds something else");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    site.leave(driver, books).await;
    city.check().await;
}

#[tokio::test]
async fn who_means_the_same_money_once_more_says_so_at_the_door_too() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household("陈大文").await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let mut order = leaving("deposit-1", &account, "50.00");
    let paid = clerk.post("/counter/api/collect", &order).await;
    assert_eq!(paid.status, StatusCode::OK, "{}", paid.text());
    order["key"] = json!("deposit-2");
    let asked = clerk.post("/counter/api/collect", &order).await;
    assert_eq!((asked.status, &asked.json()["again"]), (StatusCode::CONFLICT, &json!(true)));
    order["again"] = json!(true);
    let paid = clerk.post("/counter/api/collect", &order).await;
    assert_eq!(paid.status, StatusCode::OK, "{}", paid.text());
    // What stands under a key is said where something else is sent under it.
    order["received"] = json!("60.00");
    let other = clerk.post("/counter/api/collect", &order).await.json();
    let words = other["message"].as_str().unwrap();
    assert!(words.contains("本编号已入账50.00元（10:00）") && other["again"].is_null(), "{other}");
    site.close().await;
    books.stop().await;
}
