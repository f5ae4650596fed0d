//! A slow line at the till: whoever stands in the search box is the only one who can pay.

use std::time::{Duration, Instant};

use super::keyboard::{Driver, ENTER, F2};
use super::site::{Site, until};
use crate::city::City;

const ESCAPE: &str = "\u{e00c}";

/// From now on what asks at such an address waits until `window.release()`, and then is asked.
async fn hold(driver: &Driver, words: &str) {
    let script = format!(
        "window.plain ??= window.fetch;
         window.held = 0;
         const gate = new Promise((open) => (window.release = open));
         window.fetch = async (path, options) => {{
             if (String(path).includes('{words}')) {{
                 window.held += 1;
                 await gate;
             }}
             return window.plain(path, options);
         }}"
    );
    driver.script(&script).await;
}

/// Waits until a question is held back.
async fn held(driver: &Driver) {
    let end = Instant::now() + Duration::from_secs(15);
    while driver.script("return String(window.held)").await == "0" {
        assert!(Instant::now() < end, "nothing is asked");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn shown(driver: &Driver, id: &str) -> String {
    driver.script(&format!("return document.getElementById('{id}').innerText")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_pays_for_a_payer_who_is_still_looked_for() {
    let city = City::new().await;
    city.counter().await;
    let first = city.household_owing_for("陈大文", "30").await;
    let second = city.household_owing_for("李四", "45").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    for door in ["/search", "/quote"] {
        driver.type_keys(ESCAPE).await;
        driver.find(&first.no).await;
        // A scanner reads the next number into the field of money, and the clerk is quick.
        hold(&driver, door).await;
        driver.type_keys(&format!("{}{ENTER}{ENTER}{F2}{F2}", second.no)).await;
        held(&driver).await;
        driver.type_keys(&format!("{F2}{F2}")).await;
        assert_eq!(shown(&driver, "due").await, "0.00", "{door}");
        assert!(!shown(&driver, "till").await.contains("陈大文\n用户号"), "{door}");
        driver.script("window.release()").await;
        if door == "/quote" {
            driver.wait_for("李四\n用户号").await;
            assert_ne!(shown(&driver, "due").await, "103.33");
        }
    }
    assert_eq!(city.count("select count(*) from payment").await, 0);
    driver.type_keys(F2).await;
    until(&city, "select count(*) from payment", 1).await;
    let payer = "select count(*) from payment p join account a on a.id = p.account_id where a.payer_name = '李四'";
    assert_eq!(city.count(payer).await, 1);
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quote_that_fails_leaves_nobody_in_the_till() {
    let city = City::new().await;
    city.counter().await;
    let first = city.household_owing_for("陈大文", "30").await;
    let second = city.household("陈小文").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.find(&first.no).await;
    driver
        .script(
            "window.plain ??= window.fetch;
             window.fetch = (path, options) =>
                 String(path).includes('/quote') ? Promise.reject(new TypeError()) : window.plain(path, options)",
        )
        .await;
    // The first line feed takes the number out of the field of money, the second opens it.
    driver.type_keys(&format!("{}{ENTER}{ENTER}", second.no)).await;
    driver.wait_for("连不上服务器").await;
    driver.type_keys(&format!("{F2}{F2}")).await;
    assert_eq!(shown(&driver, "due").await, "0.00");
    assert_eq!(shown(&driver, "due-note").await, "");
    // What is typed next is for the search box; the list of one text is never the answer to another.
    driver.script("window.fetch = window.plain; document.getElementById('ask').select()").await;
    driver.type_keys("陈").await;
    driver.wait_for("陈小文").await;
    hold(&driver, "/search").await;
    driver.type_keys(&format!("大文{ENTER}{ENTER}")).await;
    held(&driver).await;
    assert_eq!(shown(&driver, "due").await, "0.00");
    driver.script("window.release()").await;
    driver.wait_for("103.33").await;
    assert_eq!(city.count("select count(*) from payment").await, 0);
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_under_way_is_seen_and_nothing_else_begins() {
    let city = City::new().await;
    city.counter().await;
    let first = city.household_owing_for("陈大文", "30").await;
    let second = city.household_owing_for("李四", "45").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.find(&first.no).await;
    hold(&driver, "/collect").await;
    driver.type_keys(&format!("110{ENTER}")).await;
    held(&driver).await;
    driver.wait_for("正在入账 …").await;
    // Esc, another number and another F2 change nothing under it.
    driver.type_keys(&format!("{ESCAPE}{}{ENTER}{F2}", second.no)).await;
    assert_eq!(shown(&driver, "due").await, "103.33");
    assert_eq!(driver.script("return document.getElementById('received').value").await, "110");
    driver.script("window.release()").await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    driver.type_keys(&format!("{ESCAPE}{}{ENTER}", second.no)).await;
    driver.wait_for("李四\n用户号").await;
    site.leave(driver, books).await;
    assert_eq!(city.count("select count(*) from payment").await, 1);
}
