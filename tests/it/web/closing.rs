//! 日结 in a real browser: a day is closed for good, and by no key but the one that says so.

use super::keyboard::{ENTER, F2};
use super::site::{Site, until};
use crate::city::City;

const ESCAPE: &str = "\u{e00c}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_f2_closes_a_day() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    city.counter().await.collect(&account, "110").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.open(&format!("{}/counter/today", site.address)).await;
    driver.wait_for("103.33").await;
    // Struck twice it asks, and answers nothing.
    driver.type_keys(&format!("{F2}{F2}")).await;
    driver.wait_for("确认日结").await;
    // Cash is due: nobody closes the day without saying what is there.
    driver.agree().await;
    let open = "return String(document.getElementById('closing').open)";
    assert_eq!(driver.script(open).await, "true");
    // A bill is scanned, with CR and LF behind it, while the notes are counted.
    driver.type_keys(&format!("20261127{ENTER}{ENTER}")).await;
    driver.wait_for("长款 20,261,023.67 元").await;
    assert_eq!(driver.script(open).await, "true");
    assert_eq!(city.count("select count(*) from cashier_close").await, 0);
    // Counted anew, it takes the place of what stood there.
    driver.type_keys(&format!("{ESCAPE}{F2}100")).await;
    driver.agree().await;
    until(&city, "select count(*) from cashier_close", 1).await;
    driver.wait_for("交款人").await;
    driver.wait_for("-3.33").await;
    assert_eq!(city.amount("select counted from cash_count").await.to_string(), "100.00");
    site.leave(driver, books).await;
    city.check().await;
}
