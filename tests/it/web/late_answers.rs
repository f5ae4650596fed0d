//! The counter in a real browser, where things come late, from elsewhere, or are not what they look like.

use std::time::{Duration, Instant};

use engine::receipts::{Lease, Receive, lease, receive};
use terms::ReceiptType;

use super::keyboard::{Driver, ENTER, F2};
use super::site::Site;
use crate::city::City;

/// Keeps the first quote that is asked for, until it is let go; says when the page has had it.
const HOLD: &str = "
    const ask = window.fetch;
    let held = false;
    window.fetch = (path, options) => {
        if (held || !String(path).includes('/quote')) return ask(path, options);
        held = true;
        return new Promise((answer) => {
            window.letGo = async () => {
                const late = await ask(path);
                const json = late.json.bind(late);
                late.json = async () => {
                    setTimeout(() => (document.body.dataset.had = 'yes'), 0);
                    return json();
                };
                answer(late);
            };
        });
    };";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bills_of_one_payer_never_come_up_under_another() {
    let city = City::new().await;
    city.counter().await;
    let first = city.household_owing_for("陈大文", "30").await;
    let second = city.household_owing_for("李四", "45").await;
    let owed = city.amount("select total from charge c join account a on a.id = c.account_id where a.payer_name = '李四'").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.script(HOLD).await;
    driver.type_keys(&format!("{}{ENTER}", first.no)).await;
    let end = Instant::now() + Duration::from_secs(15);
    while driver.script("return typeof window.letGo").await != "function" {
        assert!(Instant::now() < end, "nobody asks for the first payer");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    driver.type_keys(&format!("{}{}{ENTER}", "\u{e003}".repeat(first.no.len()), second.no)).await;
    driver.wait_for(&owed.to_string()).await;
    driver.script("window.letGo()").await;
    while driver.script("return document.body.dataset.had || ''").await != "yes" {
        assert!(Instant::now() < end, "the first answer does not come");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    driver.wait_for(&owed.to_string()).await;
    driver.type_keys(F2).await;
    driver.wait_for("票据").await;
    let paid = "select count(*) from payment p join account a on a.id = p.account_id where a.payer_name = ";
    let paid = async |payer: &str| -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("{paid}'{payer}'"));
        sqlx::query_scalar(sql).fetch_one(&city.owner).await.unwrap()
    };
    while paid("李四").await == 0 {
        assert!(Instant::now() < end, "nothing is paid");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((paid("陈大文").await, paid("李四").await), (0, 1));
    site.leave(driver, books).await;
    city.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_till_takes_money_under_a_name_that_is_no_secure_place() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let books = city.captured().await;
    let mut site = Site::open(&books).await;
    site.address = site.address.replace("127.0.0.1", "till.example");
    let driver = Driver::with(&["--host-resolver-rules=MAP till.example 127.0.0.1"]).await;
    driver.log_in(&site).await;
    let secure = driver.script("return String(window.isSecureContext)").await;
    assert_eq!(secure, "false");
    driver.type_keys(&format!("{}{ENTER}", account.no)).await;
    driver.wait_for("103.33").await;
    driver.type_keys(F2).await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    assert_eq!(city.amount("select sum(net) from payment").await.to_string(), "103.33");
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_with_marks_in_it_is_words_and_who_composes_clears_nothing() {
    let city = City::new().await;
    let till = city.counter().await;
    let (by, code) = (city.storekeeper().await, "<i>x</i>".to_owned());
    let (receipt_type, store) = (ReceiptType::NonTax, till.outlet);
    let (first, last) = ("00000001".to_owned(), "00000010".to_owned());
    let paper = Receive { receipt_type, code: code.clone(), first, last, store, by };
    receive(&city.pool, &city.clock, paper).await.unwrap();
    let (outlet, holder) = (till.outlet, till.cashier);
    let order = Lease { receipt_type, code, first_no: 1, last_no: 10, outlet, holder, by };
    lease(&city.pool, &city.clock, order).await.unwrap();
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.wait_for("<i>x</i>").await;
    assert_eq!(
        driver.script("return String(document.querySelectorAll('#facts i').length)").await,
        "0"
    );

    driver.type_keys(&format!("{}{ENTER}", account.no)).await;
    driver.wait_for("103.33").await;
    // The key that ends a word under composition is not the key that puts the payer away.
    let escape = |composing: bool| {
        format!(
            "document.dispatchEvent(new KeyboardEvent('keydown', {{ key: 'Escape', isComposing: {composing}, bubbles: true, cancelable: true }}));
             return String(document.getElementById('charges').hidden)"
        )
    };
    assert_eq!(driver.script(&escape(true)).await, "false");
    assert_eq!(driver.script(&escape(false)).await, "true");
    site.leave(driver, books).await;
}
