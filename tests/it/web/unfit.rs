//! A form that cannot be: its field is named, in the words of the trade.

use axum::http::StatusCode;

use super::site::Site;
use crate::city::City;

#[tokio::test]
async fn a_form_that_does_not_fit_is_told_by_its_field() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let analyst = site.enter("zhou.ting").await;
    let clerk = site.clerk().await;
    let long = format!("sql=select+1&format=csv&purpose={}", "x".repeat(201));
    for (page, want) in [
        (analyst.post_form("/extract/jobs", &long).await, "“用途”"),
        (
            analyst.post_form("/extract/jobs", "sql=select+1&format=csv&purpose=a%00").await,
            "“用途”含有无效字符",
        ),
        (
            analyst.post_form("/extract/jobs", "sql=select+1&format=doc&purpose=x").await,
            "“格式”的值“doc”无效",
        ),
        (clerk.post_form("/payments/1/request", "reason=a%00b").await, "“原因”含有无效字符"),
        (clerk.get("/counter/today?day=2026-02-30").await, "“日期”"),
    ] {
        let text = page.text();
        let refused =
            matches!(page.status, StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST);
        assert!(refused && text.contains(want), "{want}: {} {text}", page.status);
    }
    assert_eq!(city.count("select count(*) from export_job").await, 0);
    site.close().await;
    books.stop().await;
}
