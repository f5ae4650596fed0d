//! `kill -9` of the whole process: private PostgreSQL, tills, capture and pages at once.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use lab::demo::{CLERK, PASSWORD};
use rand::Rng;
use serde_json::{Value, json};

use super::program::Data;
use crate::web::Browser;

const ROUNDS: u32 = 20;
/// Tills that work at the same time.
const TILLS: u32 = 3;

/// A till that puts fifty yuan into one account after the other until the server is gone; gives what was confirmed.
async fn deposits(clerk: Browser, accounts: Vec<Value>, till: String) -> Vec<i64> {
    let mut confirmed = Vec::new();
    for n in 0.. {
        let account = &accounts[n % accounts.len()]["account"];
        let order = json!({
            "key": format!("kill-{till}-{n}"), "account": account, "charges": [],
            "expected_total": "0.00", "received": "50.00", "surplus": "prepaid", "method": "cash", "again": true,
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
        let accounts = clerk.accounts().await;
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
    assert_eq!(data.ask(&sql), ids.len().to_string());
}
