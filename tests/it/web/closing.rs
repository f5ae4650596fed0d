//! 日结 in a real browser: a day is closed for good, and by no key but the one that says so.

use super::keyboard::{ENTER, F2};
use super::site::{Site, until};
use crate::city::City;

const TAB: &str = "\u{e004}";
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
    driver.wait_for("短款 3.33 元").await;
    // And what is short is not closed by a second key: it wants words, and stands where they go.
    driver.agree().await;
    assert_eq!(driver.script(open).await, "true");
    assert_eq!(city.count("select count(*) from cashier_close").await, 0);
    driver.type_keys("找零差错").await;
    driver.agree().await;
    until(&city, "select count(*) from cashier_close", 1).await;
    driver.wait_for("交款人").await;
    driver.wait_for("-3.33").await;
    driver.wait_for("找零差错").await;
    assert_eq!(city.amount("select counted from cash_count").await.to_string(), "100.00");
    site.leave(driver, books).await;
    city.check().await;
}

/// A jam: the sheet goes out of the paper by the number that is printed on it, and by no other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spoilt_sheet_is_taken_out_by_its_own_number() {
    let city = City::new().await;
    city.counter().await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.open(&format!("{}/counter/today", site.address)).await;
    let next = "return document.querySelector('[data-void]').dataset.label.split(' ').pop()";
    let first = driver.script(next).await;
    let voided = "select count(*) from receipt_event where event = 'voided'";
    let printed = |no: i64| format!("{no:08}");
    let no: i64 = first.parse().unwrap();
    // Whoever misreads it is told, and nothing goes out.
    let spoil = async |no: String| {
        driver.script("document.querySelector('[data-void]').click(); return ''").await;
        driver.type_keys(&format!("{no}{TAB}卡纸")).await;
        driver.agree().await;
    };
    spoil(printed(no + 1)).await;
    driver.wait_for("只能作废号段中的下一号").await;
    assert_eq!(city.count(voided).await, 0);
    spoil(first).await;
    until(&city, voided, 1).await;
    driver.until("the next number", next, |seen| seen == printed(no + 1)).await;
    driver.wait_for("作废").await;
    site.leave(driver, books).await;
    city.check().await;
}
