//! Files that are carried out of the house.

use std::time::{Duration, Instant};

use axum::http::StatusCode;

use super::Browser;
use super::site::Site;
use crate::city::City;

/// Orders an export, waits until it is whole, and says where it lies.
async fn ordered(city: &City, analyst: &Browser, sql: &str) -> String {
    let sql = sql.replace(' ', "+");
    let order = format!("sql={sql}&purpose=x&format=csv");
    let page = analyst.post_form("/extract/jobs", &order).await;
    assert!(page.status.is_success(), "{} {}", page.status, page.text());
    let end = Instant::now() + Duration::from_secs(20);
    while city.count("select count(*) from export_job where state = 'done'").await == 0 {
        assert!(Instant::now() < end, "the export does not end");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    format!("/extract/jobs/{}/file", city.count("select max(id) from export_job").await)
}

#[tokio::test]
async fn a_file_keeps_its_length_and_its_parts_whatever_a_browser_would_unpack() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let analyst = site.enter("zhou.ting").await.saying("accept-encoding", "gzip");
    let file = ordered(&city, &analyst, "select * from town").await;
    let whole = analyst.get(&file).await;
    assert_eq!(whole.status, StatusCode::OK, "{}", whole.text());
    assert_eq!(whole.header("content-length"), whole.body.len().to_string());
    assert_eq!((whole.header("accept-ranges"), whole.header("content-encoding")), ("bytes", ""));
    // What was broken off goes on where it stopped.
    let rest = analyst.saying("range", "bytes=100-").get(&file).await;
    assert_eq!(rest.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(rest.body, whole.body.slice(100..));
    let told = format!("bytes 100-{}/{}", whole.body.len() - 1, whole.body.len());
    assert_eq!(rest.header("content-range"), told);
    site.close().await;
    books.stop().await;
}
