//! `kill -9` of the whole process: private PostgreSQL, tills, capture and pages at once.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use api::demo::{CLERK, PASSWORD};
use axum::http::{Method, StatusCode};
use rand::Rng;
use serde_json::{Value, json};

use crate::web::Browser;

/// A start makes a city.
const START_LIMIT: Duration = Duration::from_secs(180);
const ROUNDS: u32 = 20;
/// Tills that work at the same time.
const TILLS: u32 = 3;

/// The program that users run, as `cargo dev test` has built it beside this one. It is not built here: under
/// a test runner's variables cargo would build half of the dependencies anew.
fn weir() -> PathBuf {
    let story = std::env::current_exe().unwrap();
    let weir = story.ancestors().nth(2).unwrap().join("weir");
    assert!(weir.exists(), "first: cargo build --release -p api --bin weir");
    weir
}

/// A data folder that lives as long as the story.
struct Data(PathBuf);

impl Data {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("weir-whole-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// `weir up`, serving; gives its address.
    async fn up(&self) -> (Child, String) {
        let mut process = Command::new(weir())
            .args(["up", "--accounts", "200", "--months", "1", "--port", "0", "--data"])
            .arg(&self.0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let end = Instant::now() + START_LIMIT;
        while Instant::now() < end {
            let live = std::fs::read(self.0.join("live.json")).unwrap_or_default();
            if let Ok(live) = serde_json::from_slice::<Value>(&live)
                && live["pid"] == process.id()
            {
                return (process, live["url"].as_str().unwrap().to_owned());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        panic!("weir up does not serve");
    }

    /// A command of `weir` on the folder, which must succeed.
    fn run(&self, arguments: &[&str]) {
        let out = Command::new(weir()).args(arguments).arg("--data").arg(&self.0).output().unwrap();
        let words =
            [out.stdout, out.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(out.status.success(), "weir {arguments:?}: {words:?}");
    }
}

impl Drop for Data {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The accounts that the search of the counter finds first.
async fn accounts(clerk: &Browser) -> Vec<Value> {
    let found = clerk.get("/counter/api/search?q=%E8%B7%AF").await.json();
    let accounts = found["accounts"].as_array().unwrap().clone();
    assert!(!accounts.is_empty(), "{found}");
    accounts
}

/// A till that puts fifty yuan into one account after the other until the server is gone; gives what was confirmed.
async fn deposits(clerk: Browser, accounts: Vec<Value>, till: String) -> Vec<i64> {
    let mut confirmed = Vec::new();
    for n in 0.. {
        let account = &accounts[n % accounts.len()]["account"];
        let order = json!({
            "key": format!("kill-{till}-{n}"), "account": account, "charges": [],
            "expected_total": "0.00", "received": "50.00", "surplus": "prepaid", "method": "cash",
        });
        let sent = clerk.try_send(
            Method::POST,
            "/counter/api/collect",
            "application/json",
            order.to_string(),
        );
        match sent.await {
            Ok(page) if page.status == StatusCode::OK && !page.body.is_empty() => {
                confirmed.push(page.json()["payment"].as_i64().unwrap());
            }
            Ok(page) if page.status.is_server_error() => break,
            Ok(page) => panic!("{} {}", page.status, page.text()),
            Err(_) => break,
        }
    }
    confirmed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_process_killed_twenty_times_at_work_keeps_every_confirmed_payment() {
    let data = Data::new();
    let mut confirmed = Vec::new();
    for round in 0..ROUNDS {
        let (mut process, address) = data.up().await;
        let clerk = Browser::clerk(&address, CLERK, PASSWORD).await;
        let accounts = accounts(&clerk).await;
        let tills: Vec<_> = (0..TILLS)
            .map(|till| {
                let till = format!("{round}-{till}");
                tokio::spawn(deposits(clerk.clone(), accounts.clone(), till))
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(rand::rng().random_range(100..2_000))).await;
        process.kill().unwrap();
        process.wait().unwrap();
        for till in tills {
            confirmed.extend(till.await.unwrap());
        }
    }
    assert!(!confirmed.is_empty(), "no payment was confirmed in any round");
    // What a clerk was told stands in the warehouse, which equals PostgreSQL.
    data.run(&["verify"]);
    data.run(&["check"]);
    let ids: Vec<_> = confirmed.iter().map(i64::to_string).collect();
    let sql = format!("select count(*) from payment where id in ({})", ids.join(", "));
    let out = Command::new(weir())
        .args(["sql", "--format", "csv", "--data"])
        .arg(&data.0)
        .arg(&sql)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert_eq!(text.lines().last(), Some(ids.len().to_string().as_str()), "{text}");
}
