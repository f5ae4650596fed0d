//! Small ways at the till, by keyboard and by mouse.

use axum::http::StatusCode;
use engine::counter::Collect;
use serde_json::json;
use terms::PayMethod;

use super::keyboard::{Driver, ENTER, F2};
use super::site::{Site, until};
use crate::city::{City, Till, slip};

const ESCAPE: &str = "\u{e00c}";
const F4: &str = "\u{e034}";
const F6: &str = "\u{e036}";
const F7: &str = "\u{e037}";
const LEFT: &str = "\u{e012}";
const RIGHT: &str = "\u{e014}";

async fn shown(driver: &Driver, id: &str) -> String {
    driver.script(&format!("return document.getElementById('{id}').innerText")).await
}

/// The way of paying that is chosen.
async fn method(driver: &Driver) -> String {
    driver.script("return document.querySelector('#method [aria-checked=true]').innerText").await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_payer_begins_with_cash() {
    let city = City::new().await;
    city.counter().await;
    let first = city.household("李四").await;
    let second = city.household_owing_for("陈大文", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.type_keys(&format!("{}{ENTER}", first.no)).await;
    driver.wait_for("李四\n用户号").await;
    // Money without a bill goes to nobody either, until somebody says that it is to be kept.
    driver.type_keys(&format!("100{ENTER}")).await;
    driver.wait_for("没有选择账单：要存入预存，请勾选“余款转预存”（F7）").await;
    driver.type_keys(&format!("{F4}{F4}")).await;
    assert_eq!(method(&driver).await, "支票");
    driver.wait_for("支票号").await;
    driver.type_keys(ESCAPE).await;
    driver.find(&second.no).await;
    assert_eq!(method(&driver).await, "现金");
    assert_eq!(
        driver.script("return String(document.getElementById('serial-box').hidden)").await,
        "true"
    );
    // By card a rest goes to nobody until somebody says where.
    driver.type_keys(&format!("{F4}200{ENTER}")).await;
    driver.wait_for("刷卡不找零：多出 96.67 元，要存入预存").await;
    driver.type_keys(F7).await;
    driver.wait_for("请填写刷卡凭证号").await;
    assert_eq!(city.count("select count(*) from payment").await, 0);
    // In cash it comes back.
    driver.type_keys(ESCAPE).await;
    driver.find(&second.no).await;
    driver.type_keys(&format!("200{ENTER}")).await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    assert_eq!(city.amount("select sum(change_given) from payment").await.to_string(), "96.67");
    assert_eq!(city.count("select count(*) from prepaid_entry").await, 0);
    site.leave(driver, books).await;
    city.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_typed_takes_the_place_of_the_sum_that_the_purse_leaves() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household("陈大文").await;
    till.deposit(&account, "10").await;
    city.read(&account, "30").await;
    city.bill().await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.find(&account.no).await;
    let received = "return document.getElementById('received').value";
    driver.until("the rest", received, |sum| sum == "93.33").await;
    driver.type_keys(F6).await;
    assert_eq!(driver.script(received).await, "103.33");
    driver.type_keys(&format!("{F6}100")).await;
    assert_eq!(driver.script(received).await, "100");
    assert_eq!(shown(&driver, "change").await, "6.67");
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arrows_walk_in_the_groups_and_the_mouse_opens_whom_it_finds() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    // Nobody: the sentence has the whole line, and the next key is for the box.
    let look = async |text: &str| {
        driver.script(&format!("document.getElementById('ask').value = '{text}'")).await;
        driver.script("document.getElementById('ask-go').focus(); document.getElementById('ask-go').click()").await;
    };
    look("无此人").await;
    driver.wait_for("没有查到用户。号码可只输开头或末尾").await;
    let sizes = "const [list, row] = [document.getElementById('found'), document.querySelector('#found .told')];
                 return String(row.scrollWidth <= row.clientWidth && row.clientHeight < 50 && row.clientWidth > list.clientWidth - 30)";
    assert_eq!(driver.script(sizes).await, "true");
    assert_eq!(driver.script("return document.activeElement.id").await, "ask");
    // The beginning of his number is enough, as long as nobody else's begins so.
    look(&account.no[..4]).await;
    driver.wait_for("陈大文\n用户号").await;
    assert_eq!(driver.script("return document.activeElement.id").await, "received");
    // Without a purse F6 means nothing; it does not lead to the address line of the browser.
    let kept =
        "const key = new KeyboardEvent('keydown', { key: 'F6', bubbles: true, cancelable: true });
                document.activeElement.dispatchEvent(key);
                return String(key.defaultPrevented)";
    assert_eq!(driver.script(kept).await, "true");
    driver.script("document.querySelector('#method [aria-checked=true]').focus()").await;
    driver.type_keys(RIGHT).await;
    assert_eq!(method(&driver).await, "刷卡");
    driver.type_keys(&format!("{LEFT}{LEFT}")).await;
    assert_eq!(method(&driver).await, "支票");
    assert_eq!(driver.script("return document.activeElement.innerText").await, "支票");
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_seen_on_a_small_screen_too() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    let phone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
    let order = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": phone });
    driver.order("/goog/cdp/execute", order).await;
    driver.find(&account.no).await;
    driver.type_keys(&format!("1500060{ENTER}")).await;
    driver.wait_for("请再按一次 F2").await;
    // Below the head, which stays in its place, and above the lower edge.
    let seen = "const { top, bottom } = document.getElementById('trouble').getBoundingClientRect();
                const head = document.querySelector('header').getBoundingClientRect().bottom;
                return String(top >= head && bottom <= innerHeight)";
    driver.until("in sight", seen, |said| said == "true").await;
    // There is no F2 on glass: a finger answers beside the question, once it has been read.
    driver.script("document.getElementById('sure').click()").await;
    assert_eq!(city.count("select count(*) from payment").await, 0);
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    driver.script("document.getElementById('sure').click()").await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    assert_eq!(city.amount("select sum(net) from payment").await.to_string(), "103.33");
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_said_of_a_field_is_gone_when_the_field_changes() {
    let city = City::new().await;
    let till = city.counter().await;
    let first = city.household_owing_for("李四", "30").await;
    let account = city.household_owing_for("陈大文", "30").await;
    let tenders = slip(PayMethod::Cheque, "103.33", "CHQ-001");
    till.submit(Collect { tenders, ..till.order(&first, "103.33").await }).await.unwrap();
    let (books, site, driver) = Site::at_the_till(&city).await;
    let hidden = async |what: &str| {
        let hidden = "return String(document.getElementById('trouble').hidden && document.getElementById('sure').hidden)";
        driver.until(what, hidden, |said| said == "true").await;
    };
    driver.find(&account.no).await;
    driver.type_keys(&format!("5000{ENTER}")).await;
    driver.wait_for("请再按一次 F2").await;
    driver.type_keys("1").await;
    hidden("another sum").await;
    // The question that was taken back is asked anew, though the sum is what it was.
    driver.type_keys(&format!("\u{e003}{F2}")).await;
    driver.wait_for("请再按一次 F2").await;
    driver.type_keys(F7).await;
    hidden("another use of the rest").await;
    driver.type_keys(ESCAPE).await;
    driver.find(&account.no).await;
    driver.type_keys(&format!("{F4}{F4}")).await;
    driver.script("document.getElementById('serial').focus()").await;
    driver.type_keys(&format!("CHQ-001{F2}")).await;
    driver.wait_for("支票号CHQ-001已登记").await;
    driver.type_keys("2").await;
    hidden("another cheque").await;
    assert_eq!(city.count("select count(*) from payment").await, 1);
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_slip_holds_its_table() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.find(&account.no).await;
    driver.type_keys(&format!("{F7}200{F2}")).await;
    driver.wait_for("预存款（用于抵扣以后的账单）").await;
    let wide = "return [...document.querySelectorAll('.slip')].map((slip) => {
                    const [frame, table] = [slip, slip.querySelector('table')].map((part) => part.getBoundingClientRect());
                    return table.right < frame.right && table.left > frame.left ? 'within' : 'beyond';
                }).join(' ')";
    let slips = driver.script(wide).await;
    assert!(slips.split(' ').count() > 2 && !slips.contains("beyond"), "{slips}");
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_changed_meanwhile_is_drawn_anew_and_said_so() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.find(&account.no).await;
    Till::of(&city, "chen.juan").await.collect(&account, "110").await;
    driver.type_keys(F2).await;
    driver.wait_for("所选账单刚刚已收讫：103.33元（10:00，陈娟）").await;
    driver.wait_for("已按最新账单重新计算，请核对").await;
    driver.wait_for("没有欠费").await;
    // The facts of the day are asked as well.
    driver.wait_for("今日本人：1 笔").await;
    driver.wait_for("上一笔 10:00:00　陈大文").await;
    assert!(!shown(&driver, "trouble").await.contains("刷新"));
    until(&city, "select count(*) from payment", 1).await;
    // Nobody answers any more: no lag is told.
    driver.script("window.fetch = () => Promise.reject(new TypeError())").await;
    driver.wait_for("连接中断").await;
    assert!(!shown(&driver, "asof").await.contains("延迟"));
    site.leave(driver, books).await;
}

#[tokio::test]
async fn whoever_is_refused_something_keeps_the_menu() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let clerk = site.clerk().await.saying("accept", "text/html");
    for (path, status) in [
        ("/nowhere", StatusCode::NOT_FOUND),
        ("/counter/receipt/1", StatusCode::NOT_FOUND),
        ("/extract", StatusCode::FORBIDDEN),
        ("/counter/today?day=x", StatusCode::BAD_REQUEST),
    ] {
        let page = clerk.get(path).await;
        assert_eq!(page.status, status, "{path}");
        let text = page.text();
        assert!(
            text.contains("<nav") && text.contains("前台收费") && text.contains("陈娟"),
            "{path}: {text}"
        );
        assert!(text.contains("追踪号"), "{path}");
    }
    let stranger = super::Browser::stranger(&site.address).get("/nowhere").await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    assert!(!stranger.text().contains("<nav"), "{}", stranger.text());
    site.close().await;
    books.stop().await;
}
