//! Capture and pages as processes of their own, as a larger house runs them.

use axum::http::StatusCode;
use lab::demo::{CLERK, PASSWORD};
use serde_json::json;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::program::Data;
use crate::web::Browser;

/// Who asks or prints by a command leaves a mark that names them, and asks for nothing that they may not.
async fn marks_of_commands(data: &Data, database: &str) {
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
    let database: PgConnectOptions = database.parse().unwrap();
    let mut connection = database.connect().await.unwrap();
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
    marks_of_commands(&data, live["database_url"].as_str().unwrap()).await;
    for process in [&mut pages, &mut capture] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
}
