//! Callers who send half a head and wait.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::site::Site;
use crate::city::City;

/// H9: sends a line of a head each second, and never its end; gives how long it was listened to.
async fn half(address: String) -> Duration {
    let began = Instant::now();
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.write_all(b"GET /login HTTP/1.1\r\nhost: weir\r\n").await.unwrap();
    let mut answer = [0; 512];
    loop {
        tokio::select! {
            read = stream.read(&mut answer) => {
                let said = read.map_or_else(|_| String::new(), |n| String::from_utf8_lossy(&answer[..n]).into_owned());
                assert!(said.is_empty() || said.starts_with("HTTP/1.1 408"), "{said}");
                return began.elapsed();
            }
            () = tokio::time::sleep(Duration::from_secs(1)) => {
                if stream.write_all(b"x-more: 1\r\n").await.is_err() {
                    return began.elapsed();
                }
            }
        }
    }
}

#[tokio::test]
async fn two_hundred_half_heads_are_cut_off_and_stand_in_nobodys_way() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let clerk = site.clerk().await;
    let address = site.address.trim_start_matches("http://").to_owned();
    let mut halves = JoinSet::new();
    for _ in 0..200 {
        halves.spawn(half(address.clone()));
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
