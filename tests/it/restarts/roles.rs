//! Capture and pages as processes of their own, as a larger house runs them.

use axum::http::StatusCode;
use lab::demo::{CLERK, PASSWORD};
use serde_json::json;

use super::program::Data;
use crate::web::Browser;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_in_one_process_show_what_another_captures() {
    let data = Data::new();
    let (mut all, _) = data.up().await;
    all.kill().unwrap();
    all.wait().unwrap();

    let (mut capture, live) = data.start(&["capture"]).await;
    assert!(live["url"].is_null(), "{live}");
    let (mut pages, address) = data.serve();
    let clerk = Browser::clerk(&address, CLERK, PASSWORD).await;
    let account = clerk.accounts().await[0]["account"].clone();
    let order = json!({
        "key": "two-processes", "account": account, "charges": [],
        "expected_total": "0.00", "received": "50.00", "surplus": "prepaid", "method": "cash",
    });
    let paid = clerk.post("/counter/api/collect", &order).await;
    assert_eq!(paid.status, StatusCode::OK, "{}", paid.text());
    let payment = &paid.json()["payment"];
    assert_eq!(data.ask(&format!("select net from payment where id = {payment}")), "50.00");
    let preview = clerk.get("/report/daily-collection/preview").await.text();
    assert!(preview.contains("50.00"), "{preview}");
    assert!(data.run(&["status"]).contains("captures since"));
    data.run(&["verify"]);
    for process in [&mut pages, &mut capture] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
}
