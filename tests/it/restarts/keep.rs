//! What dies under `weir up` is started again, and what cannot work is said and not left half alive.

use std::time::{Duration, Instant};

use axum::http::{Method, StatusCode};
use lab::demo::{CLERK, PASSWORD};
use serde_json::{Value, json};
use sqlx::Connection;

use super::program::Data;
use crate::web::Browser;

const UP: [&str; 7] = ["up", "--accounts", "200", "--months", "1", "--port", "0"];

fn deposit(key: &str, account: &Value) -> Value {
    json!({
        "key": key, "account": account, "charges": [], "expected_total": "0.00",
        "received": "50.00", "surplus": "prepaid", "method": "cash", "again": true,
    })
}

/// Waits until the metrics have a line.
async fn until(probes: &Browser, line: &str) {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let metrics = probes.get("/metrics").await.text();
        if metrics.lines().any(|said| said == line) {
            return;
        }
        assert!(Instant::now() < end, "no `{line}`: {metrics}");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn server_and_capture_that_died_are_started_again_under_the_pages() {
    let data = Data::new();
    let (mut all, live) = data.start(&UP).await;
    let (address, probes) = (live["url"].as_str().unwrap(), live["probes"].as_str().unwrap());
    let probes = Browser::stranger(probes);
    let clerk = Browser::clerk(address, CLERK, PASSWORD).await;
    let account = clerk.accounts().await[0]["account"].clone();

    // The server is killed as hard as can be, and does not start for a while, as on a full disk: the tills are told to
    // wait, and go on.
    let (control, aside) = ("pg/data/global/pg_control", "pg/data/global/aside");
    std::fs::rename(data.path().join(control), data.path().join(aside)).unwrap();
    let pid = std::fs::read_to_string(data.path().join("pg/data/postmaster.pid")).unwrap();
    let pid = pid.lines().next().unwrap().trim().to_owned();
    let killed = std::process::Command::new("kill").args(["-9", &pid]).status().unwrap();
    assert!(killed.success());
    let end = Instant::now() + Duration::from_secs(20);
    while clerk.get("/counter/api/today").await.status != StatusCode::SERVICE_UNAVAILABLE {
        assert!(Instant::now() < end, "the server was never away");
    }
    // Six starts fail meanwhile.
    tokio::time::sleep(Duration::from_secs(17)).await;
    assert!(all.try_wait().unwrap().is_none(), "weir has given its server up");
    std::fs::rename(data.path().join(aside), data.path().join(control)).unwrap();
    let end = Instant::now() + Duration::from_secs(90);
    let payment = loop {
        let order = deposit("killed-server", &account).to_string();
        let sent =
            clerk.try_send(Method::POST, "/counter/api/collect", "application/json", order).await;
        let page = sent.unwrap();
        if page.status == StatusCode::OK {
            break page.json()["payment"].clone();
        }
        assert!(
            matches!(page.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT),
            "{} {}",
            page.status,
            page.text()
        );
        assert!(page.json()["message"].as_str().is_some_and(|words| !words.is_ascii()));
        if page.status == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(page.header("retry-after"), "5");
        }
        assert!(Instant::now() < end, "the server does not come back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    until(&probes, "weir_ready 1").await;
    until(&probes, "weir_slot_active 1").await;
    assert_eq!(data.ask(&format!("select net from payment where id = {payment}")), "50.00");

    // Capture ends by an error that it cannot mend: it is tried again until it can go on.
    let mut connection = data.keeper(&live).await;
    let lock_out = "alter role weir_capture nologin; \
                    select pg_terminate_backend(pid) from pg_stat_replication";
    sqlx::raw_sql(lock_out).execute(&mut connection).await.unwrap();
    until(&probes, "weir_slot_active 0").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    sqlx::raw_sql("alter role weir_capture login").execute(&mut connection).await.unwrap();
    until(&probes, "weir_slot_active 1").await;
    let paid = clerk.post("/counter/api/collect", &deposit("after-capture", &account)).await;
    let payment = &paid.json()["payment"];
    assert_eq!(data.ask(&format!("select net from payment where id = {payment}")), "50.00");
    data.run(&["verify"]);

    // Pages that cannot be served end the process: it does not look alive without them.
    let broken = "revoke select, update on export_job from weir_app";
    sqlx::raw_sql(broken).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    all.kill().unwrap();
    all.wait().unwrap();
    let words = data.fails(&UP);
    assert!(words.contains("the pages have ended"), "{words}");
    assert!(words.contains("export_job"), "{words}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proof_changes_nothing_and_settings_that_cannot_work_are_named() {
    let data = Data::new();
    // No schema: that is what it says, and makes none.
    for command in [vec!["verify"], vec!["import", "readings", "/dev/null"], vec!["capture"]] {
        let words = data.fails(&command);
        assert!(words.contains("run weir migrate"), "{command:?}: {words}");
    }
    for (variable, named) in [
        (("WEIR_LOG", "api=loud"), "WEIR_LOG"),
        (("WEIR_QUERY_MEMORY_MIB", "0"), "query_memory_mib"),
        (("WEIR_FLUSH_SECONDS", "0"), "flush_seconds"),
    ] {
        let words = data.fails_with(&[variable], &["status"]);
        assert!(words.contains(named), "{words}");
    }
}
