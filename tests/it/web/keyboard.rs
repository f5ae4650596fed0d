//! The counter by keyboard alone, in a real browser.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Browser;
use super::site::{PASSWORD, Site};
use crate::city::City;

/// Keys that are no letters, as WebDriver spells them.
pub(super) const ENTER: &str = "\u{e007}";
pub(super) const F2: &str = "\u{e032}";
const DOWN: &str = "\u{e015}";

/// A Chromium that is driven through its WebDriver.
pub(super) struct Driver {
    process: Child,
    http: Browser,
    session: String,
}

impl Driver {
    pub(super) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// One that is told more when it starts.
    pub(super) async fn with(more: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let http = Browser::stranger(&format!("http://127.0.0.1:{port}"));
        let mut driver = Self { process, http, session: String::new() };
        let end = Instant::now() + Duration::from_secs(20);
        let status = async |driver: &Self| {
            driver
                .http
                .try_send(axum::http::Method::GET, "/status", "text/plain", String::new())
                .await
                .is_ok()
        };
        while !status(&driver).await {
            assert!(Instant::now() < end, "chromedriver does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let usual = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1440,900",
        ];
        let arguments = [&usual[..], more].concat();
        let wanted = json!({ "capabilities": { "alwaysMatch": { "goog:chromeOptions": { "args": arguments } } } });
        let begun = driver.http.post("/session", &wanted).await.json();
        let session = begun["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{begun}"));
        driver.session = format!("/session/{session}");
        driver
    }

    pub(super) async fn order(&self, path: &str, body: Value) -> Value {
        let answer = self.http.post(&format!("{}{path}", self.session), &body).await.json();
        assert!(answer["value"].get("error").is_none(), "{path} {body}: {answer}");
        answer["value"].clone()
    }

    /// The clerk of 道滘 comes in, and stands at the counter.
    pub(super) async fn log_in(&self, site: &Site) {
        self.come_in(site, "chen.juan").await;
        // The counter's own facts: its script is at work.
        self.wait_for("今日本人").await;
    }

    /// Somebody comes in.
    pub(super) async fn come_in(&self, site: &Site, login: &str) {
        self.open(&format!("{}/login", site.address)).await;
        self.wait_for("登录").await;
        self.type_keys(&format!("{login}\u{e004}")).await;
        self.type_keys(&format!("{PASSWORD}{ENTER}")).await;
    }

    /// Runs a script in the page; gives the text that it returns.
    pub(super) async fn script(&self, script: &str) -> String {
        let text = self.order("/execute/sync", json!({ "script": script, "args": [] })).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    pub(super) async fn open(&self, url: &str) {
        self.order("/url", json!({ "url": url })).await;
    }

    /// Types into whatever has the focus: what a clerk without a mouse can do.
    pub(super) async fn type_keys(&self, keys: &str) {
        let press = |key: char| {
            [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
        };
        let presses: Vec<_> = keys.chars().flat_map(press).collect();
        self.order(
            "/actions",
            json!({ "actions": [{ "type": "key", "id": "keys", "actions": presses }] }),
        )
        .await;
    }

    pub(super) async fn wait_for(&self, words: &str) {
        self.until(words, "return document.body.innerText", |text| text.contains(words)).await;
    }

    /// Asks the page until its answer is so.
    pub(super) async fn until(&self, what: &str, script: &str, so: impl Fn(&str) -> bool) {
        let end = Instant::now() + Duration::from_secs(15);
        loop {
            let said = self.script(script).await;
            if so(&said) {
                return;
            }
            assert!(Instant::now() < end, "`{what}` does not come; the page says:\n{said}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Somebody has read what is asked, and says yes.
    pub(super) async fn agree(&self) {
        tokio::time::sleep(Duration::from_millis(600)).await;
        self.type_keys(F2).await;
    }

    /// The clerk finds an account, and the 103.33 yuan that it owes stand in the till.
    pub(super) async fn find(&self, no: &str) {
        self.type_keys(&format!("{no}{ENTER}")).await;
        let due = "return document.getElementById('due').textContent";
        self.until(no, due, |due| due == "103.33").await;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clerk_without_a_mouse_logs_in_and_takes_a_payment() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.type_keys(&format!("{}{ENTER}", account.no)).await;
    driver.wait_for("103.33").await;
    driver.type_keys(&format!("110{ENTER}")).await;
    driver.wait_for("6.67").await;
    // The receipt stands on the screen once the payment is on the books.
    driver.wait_for("伍拾捌元肆角捌分").await;
    assert_eq!(city.amount("select sum(net) from payment").await.to_string(), "103.33");
    site.leave(driver, books).await;
    city.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_impatient_clerk_and_a_scanner_take_no_money() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    city.household("李四").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    // The second Enter, and the line feed of a scanner, book nothing.
    driver.type_keys(&format!("{}{ENTER}", account.no)).await;
    driver.wait_for("103.33").await;
    driver.type_keys(ENTER).await;
    driver.wait_for("按应收金额收款请按 F2").await;
    // A number that is scanned into the field of money is looked for, not taken.
    driver.type_keys(&format!("00000002{ENTER}")).await;
    driver.wait_for("李四").await;
    // What is no amount is told, and what is far too much is asked about.
    driver.type_keys(&format!("\u{e00c}{}{ENTER}", account.no)).await;
    driver.wait_for("103.33").await;
    driver.type_keys(&format!("64,83{ENTER}")).await;
    driver.wait_for("逗号只用于千分位").await;
    driver.type_keys(&format!("{}1500060{ENTER}", "\u{e003}".repeat(5))).await;
    driver.wait_for("请再按一次 F2").await;
    assert_eq!(city.count("select count(*) from payment").await, 0);
    // Full width, and 元 behind it: an amount all the same.
    driver.type_keys(&format!("{}１１０元{ENTER}", "\u{e003}".repeat(7))).await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    assert_eq!(city.amount("select sum(change_given) from payment").await.to_string(), "6.67");
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_purse_is_offered_first() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let account = city.household_owing_for("陈大文", "30").await;
    let till = city.counter().await;
    till.deposit(&account, "50").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.type_keys(&format!("{}{ENTER}", account.no)).await;
    // 103.33 − 50.00
    driver.wait_for("53.33").await;
    driver.type_keys(F2).await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    driver.wait_for("预存抵扣").await;
    assert_eq!(city.amount("select sum(received) from payment").await.to_string(), "103.33");
    assert_eq!(city.amount("select sum(balance) from prepaid_balance").await.to_string(), "0.00");
    site.leave(driver, books).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_purse_nor_who_came_is_charged_for_the_bill_of_who_left() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let till = city.counter().await;
    let paid = till.collect(&account, "103.33").await;
    city.pass_on(&account, "李四").await;
    till.take_back(paid.payment).await.unwrap();
    till.deposit(&account, "500").await;
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.type_keys(&format!("{}{ENTER}", account.no)).await;
    driver.wait_for("李四的预存不抵扣").await;
    // Nor is that bill taken from 李四, until somebody chooses it.
    let due = "return document.getElementById('due').textContent";
    assert_eq!(driver.script(due).await, "0.00");
    driver.type_keys(DOWN).await;
    assert_eq!(driver.script(due).await, "103.33");
    driver.type_keys(F2).await;
    driver.wait_for("伍拾捌元肆角捌分").await;
    let newest = "select received from payment order by id desc limit 1";
    assert_eq!(city.amount(newest).await.to_string(), "103.33");
    assert_eq!(city.amount("select sum(balance) from prepaid_balance").await.to_string(), "500.00");
    site.leave(driver, books).await;
}
