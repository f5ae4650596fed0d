//! What is on a page when its login ends, its answer is lost, or it is loaded anew.

use serde_json::json;

use super::exports::at_the_exports;
use super::keyboard::{Driver, ENTER, F2};
use super::site::{PASSWORD, Site, until};
use crate::city::City;

/// Nothing on the page asks by itself any more: what comes, comes of a key.
const NO_POLLS: &str = "for (let id = 1; id < 9999; id += 1) clearInterval(id)";

async fn end_sessions(city: &City) {
    sqlx::query("delete from session").execute(&city.owner).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_login_that_ends_is_asked_for_over_what_was_typed() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.find(&account.no).await;
    driver.type_keys("110").await;
    driver.script(NO_POLLS).await;
    end_sessions(&city).await;
    driver.type_keys(ENTER).await;
    driver.wait_for("登录已过期").await;
    driver.wait_for("本次未入账").await;
    assert_eq!(city.count("select count(*) from payment").await, 0);
    // A wrong pass word is told in the same place.
    driver.type_keys(&format!("nonsense{ENTER}")).await;
    driver.wait_for("登录名或口令不正确").await;
    driver.type_keys(&format!("{PASSWORD}{ENTER}")).await;
    driver.wait_for("已重新登录").await;
    // What was typed is there, the field has the focus, and nothing was sent meanwhile.
    assert_eq!(city.count("select count(*) from payment").await, 0);
    assert_eq!(driver.script("return document.activeElement.value").await, "110");
    driver.type_keys(ENTER).await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    assert_eq!(city.amount("select sum(change_given) from payment").await.to_string(), "6.67");
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wall_screen_whose_session_has_ended_asks_for_the_login_and_goes_on() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let driver = Driver::start().await;
    driver.come_in(&site, "he.lin").await;
    driver.wait_for("上缴进度").await;
    end_sessions(&city).await;
    driver.wait_for("登录已过期").await;
    driver.type_keys(&format!("{PASSWORD}{ENTER}")).await;
    until(&city, "select count(*) from session", 1).await;
    // The figures move again.
    let asof = "return document.getElementById('asof').dataset.state + document.querySelectorAll('dialog').length";
    driver.until("fresh", asof, |said| said.ends_with('0') && !said.starts_with("stale")).await;
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_whose_page_is_loaded_anew_is_told_of_and_not_taken_twice() {
    let city = City::new().await;
    city.counter().await;
    let first = city.household_owing_for("陈大文", "30").await;
    let second = city.household_owing_for("李四", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    // The order arrives, its answer does not.
    driver
        .script(
            "const plain = window.fetch;
             window.fetch = (path, options) => {
                 const sent = plain(path, options);
                 return String(path).endsWith('/collect') ? sent.then(() => new Promise(() => {})) : sent;
             }",
        )
        .await;
    driver.find(&first.no).await;
    driver.type_keys(F2).await;
    until(&city, "select count(*) from payment", 1).await;
    driver.order("/refresh", json!({})).await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    assert_eq!(city.count("select count(*) from payment").await, 1);
    // An order that never arrived is told to be none.
    driver.type_keys("\u{e00c}").await;
    driver
        .script(
            "const plain = window.fetch;
             window.fetch = (path, options) =>
                 String(path).endsWith('/collect') ? new Promise(() => {}) : plain(path, options)",
        )
        .await;
    driver.find(&second.no).await;
    driver.type_keys(F2).await;
    driver.order("/refresh", json!({})).await;
    driver.wait_for("这笔缴费没有入账").await;
    assert_eq!(city.count("select count(*) from payment").await, 1);
    driver.find(&second.no).await;
    driver.type_keys(F2).await;
    until(&city, "select count(*) from payment", 2).await;
    site.leave(driver, books).await;
    city.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_part_of_a_page_is_refused_with_is_told() {
    let city = City::new().await;
    city.counter().await;
    let (books, site, driver) = at_the_exports(&city).await;
    driver.script(NO_POLLS).await;
    let export = "document.getElementById('purpose').value = ' '; document.querySelector('#export button').click()";
    driver.script(export).await;
    driver.wait_for("请写好语句并填写用途").await;
    end_sessions(&city).await;
    driver.script(export).await;
    driver.wait_for("登录已过期").await;
    site.leave(driver, books).await;
}
