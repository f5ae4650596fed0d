//! Callers who send half a head and wait.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::task::JoinSet;

use super::browser::dribble;
use super::site::Site;
use crate::city::City;

#[tokio::test]
async fn two_hundred_half_heads_are_cut_off_and_stand_in_nobodys_way() {
    let city = City::new().await;
    city.counter().await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    // H9: a line of a head each second.
    let mut halves = JoinSet::new();
    for _ in 0..200 {
        let beginning = "GET /login HTTP/1.1\r\nhost: weir\r\n";
        halves.spawn(dribble(site.socket().to_owned(), beginning, "x-more: 1\r\n"));
    }
    assert_eq!(clerk.get("/counter").await.status, StatusCode::OK);
    let listened = halves.join_all().await;
    assert!(listened.iter().all(|time| *time < Duration::from_secs(40)), "{listened:?}");
    // Whoever comes afterwards finds every place free.
    let mut many = JoinSet::new();
    for _ in 0..50 {
        let clerk = clerk.clone();
        many.spawn(async move { clerk.get("/counter").await.status });
    }
    assert!(many.join_all().await.iter().all(|status| *status == StatusCode::OK));
    site.close().await;
    books.stop().await;
}
