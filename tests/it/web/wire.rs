//! What stands between a browser and the pages: TLS in front, clients that dawdle, probes.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use tokio::task::JoinSet;

use super::Browser;
use super::browser::dribble;
use super::site::{PASSWORD, Site};
use crate::city::City;

#[tokio::test]
async fn behind_tls_a_session_never_leaves_it() {
    let login = format!("login=chen.juan&password={PASSWORD}");
    for (public_url, cookie, lasts) in [
        (None, "weir=", ""),
        (Some("http://10.0.0.7:8080"), "weir=", ""),
        (Some("https://weir.example"), "__Host-weir=", "max-age=31536000"),
    ] {
        let city = City::new().await;
        city.counter().await;
        let books = city.captured().await;
        let site = Site::behind(&books, public_url).await;
        let page = Browser::stranger(&site.address).post_form("/login", &login).await;
        let set = page.header("set-cookie");
        assert!(set.starts_with(cookie) && set.contains("HttpOnly"), "{public_url:?}: {set}");
        assert_eq!(set.contains("Secure"), !lasts.is_empty(), "{public_url:?}: {set}");
        assert_eq!(page.header("strict-transport-security"), lasts, "{public_url:?}");
        let clerk = site.clerk().await;
        assert_eq!(clerk.get("/counter").await.status, StatusCode::OK);
        assert_eq!(clerk.post_form("/logout", "").await.status, StatusCode::SEE_OTHER);
        assert_eq!(clerk.get("/counter/api/session").await.status, StatusCode::UNAUTHORIZED);
        site.close().await;
        books.stop().await;
    }
}

#[tokio::test]
async fn two_hundred_who_drip_their_bodies_are_cut_off() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    // K10: one byte a second of a body.
    let beginning = "POST /login HTTP/1.1\r\nhost: weir\r\ncontent-length: 500\r\n\
                     content-type: application/x-www-form-urlencoded\r\n\r\n";
    let mut drips = JoinSet::new();
    for _ in 0..200 {
        drips.spawn(dribble(site.socket().to_owned(), beginning, "a"));
    }
    // Meanwhile the counter works.
    let clerk = site.clerk().await;
    assert_eq!(clerk.get("/counter").await.status, StatusCode::OK);
    let open_for = drips.join_all().await;
    assert!(open_for.iter().all(|time| *time < Duration::from_secs(30)), "{open_for:?}");
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn probes_have_a_listener_of_their_own_and_ask_the_database_once_a_second() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let pages = Browser::stranger(&site.address);
    for path in ["/livez", "/readyz", "/statusz", "/metrics"] {
        assert_eq!(pages.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let probes = Browser::stranger(&site.probes);
    assert_eq!(probes.get("/livez").await.text(), "ok");
    let metrics = probes.get("/metrics").await.text();
    for name in ["weir_ready 1", "weir_lag_milliseconds ", "weir_slot_lag_bytes "] {
        assert!(metrics.contains(name), "{metrics}");
    }
    let asked =
        "select sum(xact_commit)::bigint from pg_stat_database where datname = current_database()";
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let (before, began) = (city.count(asked).await, Instant::now());
    let mut many = JoinSet::new();
    for _ in 0..400 {
        let probes = probes.clone();
        many.spawn(async move { probes.get("/readyz").await.status });
    }
    let answers = many.join_all().await;
    assert!(answers.iter().all(|status| *status == StatusCode::OK), "{answers:?}");
    // Statistics come late: give them their time.
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let statements = city.count(asked).await - before;
    let seconds = i64::try_from(began.elapsed().as_secs()).unwrap();
    assert!(statements < 100 + 20 * seconds, "{statements} statements for 400 probes");
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn a_letter_that_no_text_can_hold_is_refused_in_words_at_every_door() {
    let city = City::new().await;
    city.counter().await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let stranger = Browser::stranger(&site.address);
    let nul = serde_json::json!({ "key": "nul-nul-1", "payment": 1, "reason": "a\u{0}b" });
    let pages = [
        clerk.get("/counter/api/search?q=a%00b").await,
        clerk.get("/marks?login=%00").await,
        clerk.post_form("/people/%00/disable", "").await,
        clerk.post("/counter/api/reverse", &nul).await,
        stranger.post_form("/login", "login=a%00&password=b").await,
    ];
    for page in pages {
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text());
        assert!(page.text().contains("无效字符"), "{}", page.text());
    }
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn only_a_page_of_ours_changes_anything() {
    let city = City::new().await;
    city.counter().await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let order = serde_json::json!({ "key": "stranger-1", "payment": 1, "reason": "x" });
    let strangers = [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ];
    for (name, value) in strangers {
        let sent = clerk.saying(name, value);
        let refused = sent.post("/counter/api/reverse", &order).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}: {value}: {}", refused.text());
        let login = format!("login=chen.juan&password={PASSWORD}");
        let refused = sent.post_form("/login", &login).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{name}: {value}");
        assert_eq!(sent.get("/counter").await.status, StatusCode::OK, "a link may lead here");
    }
    for (name, value) in [("origin", site.address.as_str()), ("sec-fetch-site", "same-origin")] {
        let heard = clerk.saying(name, value).post("/counter/api/reverse", &order).await;
        assert_eq!(heard.status, StatusCode::NOT_FOUND, "{name}: {}", heard.text());
    }
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn a_page_with_a_token_is_not_made_smaller_and_an_error_bears_its_number() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let clerk = site.clerk().await.saying("accept-encoding", "gzip");
    let page = clerk.get("/counter").await;
    assert_eq!(page.header("content-encoding"), "", "its length would tell its token");
    let script = page.text().replace("&#x2f;", "/");
    let script = script.split("src=\"").find(|rest| rest.starts_with("/static/")).unwrap();
    let script = script.split('"').next().unwrap();
    assert_eq!(clerk.get(script).await.header("content-encoding"), "gzip", "{script}");
    let lost = site.clerk().await.saying("accept", "text/html").get("/nowhere").await;
    let number = lost.header("x-trace").to_owned();
    assert!(
        !number.is_empty() && lost.text().contains(&format!("追踪号 {number}")),
        "{}",
        lost.text()
    );
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn whoever_watches_is_told_of_a_schema_of_another_program() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let probes = Browser::stranger(&site.probes);
    assert_eq!(probes.get("/readyz").await.status, StatusCode::OK);
    for (change, words) in [
        (
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (9999, 'of tomorrow', true, 'x', 1)",
            "newer",
        ),
        ("delete from _sqlx_migrations where version = 9999", "ok"),
        ("update _sqlx_migrations set checksum = 'x' where version = 2", "another build"),
        ("delete from _sqlx_migrations where version = 2", "older"),
    ] {
        sqlx::query(change).execute(&city.owner).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        let ready = probes.get("/readyz").await;
        assert_eq!(ready.status == StatusCode::OK, words == "ok", "{change}");
        assert!(ready.text().contains(words), "{change}: {}", ready.text());
    }
    site.close().await;
    books.stop().await;
}
