//! Wrong pass words, of people and of nobody.

use chrono::TimeDelta;
use terms::{Clock, FixedClock, SystemClock};

use crate::city::City;
use crate::web::Browser;
use crate::web::site::{PASSWORD, Site};

#[tokio::test]
async fn too_many_wrong_log_ins_are_told_so_whoever_is_meant() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let stranger = Browser::stranger(&site.address);
    for login in ["chen.juan", "nobody.here"] {
        let body = format!("login={login}&password=wrong");
        let mut said = Vec::new();
        for _ in 0..6 {
            said.push(stranger.post_form("/login", &body).await.status.as_u16());
        }
        assert_eq!(said, [422, 422, 422, 422, 422, 429], "{login}");
    }
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn a_server_whose_clock_runs_behind_says_so() {
    let mut city = City::new().await;
    city.clock = FixedClock(SystemClock.now() - TimeDelta::hours(1));
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    city.opens_for_real().await;
    let body = format!("login=chen.juan&password={PASSWORD}");
    let page = Browser::stranger(&site.address).post_form("/login", &body).await;
    assert_eq!(page.status.as_u16(), 503);
    assert!(page.text().contains("本机时钟慢于账务库"), "{}", page.text());
    site.close().await;
    books.stop().await;
}
