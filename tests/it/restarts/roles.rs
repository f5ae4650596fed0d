//! Capture and pages as processes of their own, as a larger house runs them.

use std::os::unix::fs::PermissionsExt;

use axum::http::StatusCode;
use lab::demo::{CLERK, PASSWORD};
use serde_json::{Value, json};
use sqlx::Connection;

use super::program::Data;
use crate::web::Browser;

/// Who asks or prints by a command leaves a mark that names them, and asks for nothing that they may not.
async fn marks_of_commands(data: &Data, live: &Value) {
    let read = "select count(*) from payment";
    data.run(&["sql", "--as", "analyst", read]);
    let file = std::env::temp_dir().join(format!("weir-mark-{}.pdf", std::process::id()));
    data.run(&["report", "daily-collection", "-o", file.to_str().unwrap()]);
    std::fs::remove_file(file).unwrap();
    let refused = data.fails(&["sql", "--as", CLERK, read]);
    assert!(refused.contains("may not"), "{refused}");
    let unknown = data.fails(&["sql", "--as", "nobody", read]);
    assert!(unknown.contains("nobody"), "{unknown}");
    let early = data.fails(&["sql", "--at", "2099-01-01", read]);
    assert!(early.contains("future"), "{early}");
    let mut connection = data.keeper(live).await;
    let marks: Vec<(String, Option<String>, bool)> = sqlx::query_as(
        "select l.action, u.login, l.details->>'account' like '%(%)'
         from operation_log l left join app_user u on u.id = l.user_id
         where door = 'command' and action in ('extract.statement.run', 'reports.report.issue') order by l.id",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let marks: Vec<_> =
        marks.iter().map(|(act, who, known)| (act.as_str(), who.as_deref(), *known)).collect();
    assert_eq!(
        marks,
        [
            ("extract.statement.run", None, true),
            ("extract.statement.run", Some("analyst"), true),
            ("reports.report.issue", None, true),
        ]
    );
    connection.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_in_one_process_show_what_another_captures() {
    let data = Data::new();
    let (mut all, _) = data.up().await;
    all.kill().unwrap();
    all.wait().unwrap();

    let (mut capture, live) = data.start(&["capture"]).await;
    assert!(live["url"].is_null(), "{live}");
    let exports = data.path().join("exports");
    let left = exports.join("77.csv.part");
    std::fs::write(&left, "half").unwrap();
    std::fs::set_permissions(&exports, PermissionsExt::from_mode(0o755)).unwrap();
    let (mut pages, address) = data.serve();
    let clerk = Browser::clerk(&address, CLERK, PASSWORD).await;
    assert!(!left.exists(), "what a dead process left half done is swept");
    let mode = std::fs::metadata(&exports).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700, "names and phone numbers lie in the folder");
    // Beside it another one interrupts nothing and sweeps nothing: what is half done is being done, by whomever.
    let mut books = data.keeper(&live).await;
    let begun = "insert into export_job (id, user_id, statement, purpose, format, state, created_at, worker, beat_at) overriding system value
        select 77, id, 'select 1', '核对', 'csv', 'running', now(), 'far:1', clock_timestamp() from app_user limit 1";
    sqlx::raw_sql(begun).execute(&mut books).await.unwrap();
    std::fs::write(&left, "half").unwrap();
    let restart = async |process: &mut std::process::Child| {
        process.kill().unwrap();
        process.wait().unwrap();
        let (again, also) = data.serve();
        *process = again;
        Browser::clerk(&also, CLERK, PASSWORD).await;
    };
    let (mut beside, _) = data.serve();
    let mut states = Vec::new();
    // Heard of just now, and a minute ago.
    for silence in ["-1 hour", "61 seconds"] {
        let silent =
            "update export_job set beat_at = clock_timestamp() - $1::interval where id = 77";
        sqlx::query(silent).bind(silence).execute(&mut books).await.unwrap();
        restart(&mut beside).await;
        let state = "select state from export_job where id = 77";
        let state: String = sqlx::query_scalar(state).fetch_one(&mut books).await.unwrap();
        states.push((state, left.exists()));
    }
    assert_eq!(states, [("running".to_owned(), true), ("interrupted".to_owned(), false)]);
    books.close().await.unwrap();
    beside.kill().unwrap();
    beside.wait().unwrap();
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
    marks_of_commands(&data, &live).await;
    for process in [&mut pages, &mut capture] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
}
