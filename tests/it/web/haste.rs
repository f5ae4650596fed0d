//! Hands that are quicker than eyes: scanners, keys that are held, Enter once more; and what a search does not show.

use serde_json::json;

use super::keyboard::{Driver, ENTER, F2};
use super::site::{Site, until};
use crate::city::{City, DAOJIAO, Differs, GAOBU};

const BACK: &str = "\u{e003}";
const ESCAPE: &str = "\u{e00c}";
const F4: &str = "\u{e034}";
const F7: &str = "\u{e037}";

/// Keys were typed, and no order is under way or on the books.
async fn nothing_is_taken(driver: &Driver, city: &City) {
    let till =
        "const till = document.getElementById('till'); return String(till.inert || till.hidden)";
    assert_eq!(driver.script(till).await, "false");
    assert_eq!(city.count("select count(*) from payment").await, 0);
}

/// The key as a keyboard sends it while a finger rests on it.
async fn hold(driver: &Driver, key: &str, code: u32, text: &str) {
    for _ in 0..5 {
        let pressed = json!({
            "type": if text.is_empty() { "rawKeyDown" } else { "keyDown" }, "key": key, "code": key, "text": text,
            "windowsVirtualKeyCode": code, "autoRepeat": true,
        });
        let order = json!({ "cmd": "Input.dispatchKeyEvent", "params": pressed });
        driver.order("/goog/cdp/execute", order).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_f2_answers_what_the_till_asks() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    // A bill is scanned into the field of money, with CR and LF behind it; then once more.
    driver.find(&account.no).await;
    driver.type_keys(&format!("20261127{ENTER}{ENTER}")).await;
    driver.wait_for("比应收多 20,261,023.67 元").await;
    driver.wait_for("请再按一次 F2").await;
    nothing_is_taken(&driver, &city).await;
    driver.script("document.getElementById('received').select()").await;
    driver.type_keys(&format!("20261127{ENTER}{ENTER}20261127{ENTER}{ENTER}")).await;
    nothing_is_taken(&driver, &city).await;
    // Nor does the button.
    driver.script("document.getElementById('received').select()").await;
    driver.type_keys("20261127").await;
    driver.script("document.getElementById('collect').click()").await;
    driver.script("document.getElementById('collect').click()").await;
    nothing_is_taken(&driver, &city).await;
    // Cash beside a card comes back as change as well.
    driver.type_keys(&format!("{ESCAPE}{}{ENTER}", account.no)).await;
    driver.wait_for("103.33").await;
    driver.type_keys(F4).await;
    driver.script("document.getElementById('serial').focus()").await;
    driver.type_keys("POS-1").await;
    driver.script("document.getElementById('also-cash').focus()").await;
    driver.type_keys(&format!("20261127{F2}")).await;
    driver.wait_for("比应收多 20,261,127.00 元").await;
    driver.type_keys(&format!("{ENTER}{ENTER}")).await;
    nothing_is_taken(&driver, &city).await;
    // Nor does a card fill a purse with it.
    driver.type_keys(ESCAPE).await;
    driver.find(&account.no).await;
    driver.type_keys(&format!("{F4}{F7}")).await;
    driver.script("document.getElementById('serial').focus()").await;
    driver.type_keys("POS-2").await;
    driver.script("document.getElementById('received').select()").await;
    driver.type_keys(&format!("20261127{ENTER}{ENTER}")).await;
    driver.wait_for("比应收多 20,261,023.67 元").await;
    nothing_is_taken(&driver, &city).await;
    // Another sum is another question, and a key struck twice is no answer.
    driver.type_keys(&format!("{}2000{F2}{F2}", BACK.repeat(8))).await;
    driver.wait_for("比应收多 1,896.67 元").await;
    nothing_is_taken(&driver, &city).await;
    // F2 answers.
    driver.type_keys(&format!("{ESCAPE}{}{ENTER}", account.no)).await;
    driver.wait_for("103.33").await;
    driver.type_keys(&format!("1500{ENTER}")).await;
    driver.wait_for("比应收多 1,396.67 元").await;
    driver.agree().await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    assert_eq!(city.amount("select sum(change_given) from payment").await.to_string(), "1396.67");
    site.leave(driver, books).await;
    city.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_held_key_acts_once() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.script("window.printed = 0; window.print = () => (window.printed += 1)").await;
    driver.find(&account.no).await;
    // The finger that found the payer still rests on Enter, and then on F2.
    hold(&driver, "Enter", 13, "\r").await;
    nothing_is_taken(&driver, &city).await;
    driver.type_keys("110").await;
    hold(&driver, "Enter", 13, "\r").await;
    hold(&driver, "F2", 113, "").await;
    nothing_is_taken(&driver, &city).await;
    driver.type_keys(ENTER).await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    // The receipt is there, and the button that prints it has the focus.
    hold(&driver, "Enter", 13, "\r").await;
    hold(&driver, "F9", 120, "").await;
    assert_eq!(driver.script("return document.activeElement.id + window.printed").await, "print0");
    driver.type_keys(ENTER).await;
    assert_eq!(driver.script("return document.activeElement.id + window.printed").await, "print1");
    until(&city, "select count(*) from payment", 1).await;
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_number_is_scanned_over_a_receipt_and_prints_nothing() {
    let city = City::new().await;
    city.counter().await;
    let first = city.household_owing_for("陈大文", "30").await;
    let second = city.household("李四").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.script("window.printed = 0; window.print = () => (window.printed += 1)").await;
    driver.find(&first.no).await;
    driver.type_keys(F2).await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    driver.type_keys(&format!("{}{ENTER}{ENTER}", second.no)).await;
    driver.wait_for("李四\n用户号").await;
    assert_eq!(driver.script("return String(window.printed)").await, "0");
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_scanned_into_the_money_is_looked_for() {
    let city = City::new().await;
    city.counter().await;
    let first = city.household_owing_for("陈大文", "30").await;
    let plain = city.household("李四").await;
    let serial = "DG-0300000017".to_owned();
    let lettered = city.open("王小明", DAOJIAO, |new| new.meter().serial_no = serial).await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    let found = [(&plain.no, "李四"), (&plain.serial_no, "李四"), (&lettered.serial_no, "王小明")];
    for (number, name) in found {
        driver.find(&first.no).await;
        // The line feed opens whom the number is of.
        driver.type_keys(&format!("{number}{ENTER}{ENTER}")).await;
        driver.wait_for(&format!("{name}\n用户号")).await;
        driver.type_keys(ESCAPE).await;
    }
    // What is neither is told.
    for (text, words) in [(".5", "还差"), ("100。5", "还差"), ("1e5", "实收不是金额")] {
        driver.find(&first.no).await;
        driver.type_keys(&format!("{text}{ENTER}")).await;
        driver.wait_for(words).await;
        driver.type_keys(ESCAPE).await;
    }
    nothing_is_taken(&driver, &city).await;
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_search_says_what_its_list_does_not_show() {
    let city = City::new().await;
    city.counter().await;
    for _ in 0..23 {
        city.household("王小明").await;
    }
    city.open("李四", GAOBU, |new| new.no = "0010000001".to_owned()).await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.type_keys("王小明").await;
    driver.wait_for("前 20 条，共 23 条，请再输几个字").await;
    let rows = "return String(document.querySelectorAll('#found [role=option]').length)";
    assert_eq!(driver.script(rows).await, "20");
    driver.type_keys(&format!("{ESCAPE}0010000001")).await;
    let there = format!("用户 0010000001 属于{}，请到该网点办理", GAOBU);
    driver.wait_for(&there).await;
    assert_eq!(driver.script(rows).await, "0");
    site.leave(driver, books).await;
}
