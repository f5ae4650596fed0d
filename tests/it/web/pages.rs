//! Logging in, paying, looking, asking: over HTTP, with every door tried.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;
use std::time::{Duration, Instant};
use terms::{Money, PaymentId};

use super::Browser;
use super::orders::{leaving, paying};
use super::site::Site;
use crate::city::{City, Till};

#[tokio::test]
async fn a_payment_through_the_browser_is_in_the_tile_and_in_the_report() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let (clerk, leader) = (site.clerk().await, site.login("he.lin").await);

    let found = clerk.get(&format!("/counter/api/search?q={}", account.no)).await.json();
    assert_eq!(found["accounts"][0]["account"], account.id.0);
    let quote = clerk.get(&format!("/counter/api/quote?account={}", account.id)).await.json();
    assert_eq!(quote["total"], "103.33");
    assert_eq!(quote["charges"][0]["steps"][0], "水费 22 × 1.72 + 8 × 2.58 = 58.48");
    assert_eq!(quote["charges"][0]["in_capitals"], "壹佰零叁元叁角叁分");
    let order = paying("browser-1", &account, quote["charges"][0]["id"].clone());
    let paid = clerk.post("/counter/api/collect", &order).await;
    assert_eq!(paid.status, StatusCode::OK, "{}", paid.text());
    let posted = Instant::now();
    assert_eq!(paid.json()["change"], "6.67");
    let today = async || {
        let figures = leader.get("/home/figures").await.json();
        let tiles = figures["tiles"].as_array().unwrap().clone();
        tiles.into_iter().find(|tile| tile["key"] == "today").unwrap()["exact"].to_string()
    };
    while !today().await.contains("103.33") {
        assert!(posted.elapsed() < Duration::from_secs(5), "{}", today().await);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let page = leader.get("/home").await.text();
    assert!(page.contains("class=\"prepaid\"") && page.contains("预存"), "{page}");
    let preview = clerk.get("/report/daily-collection/preview").await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text());
    assert!(preview.text().contains("103.33"));
    // The second click finds the receipt that is there.
    let again = clerk.post("/counter/api/collect", &order).await.json();
    assert_eq!((&again["replayed"], &again["payment"]), (&json!(true), &paid.json()["payment"]));

    let form = format!("csrf={}&day={}&outlet=0", clerk.csrf, city.today());
    let form = match clerk.post_form("/report/daily-collection/print", &form).await {
        page if page.status == StatusCode::SEE_OTHER => page,
        page => panic!("{} {}", page.status, page.text()),
    };
    let pdf = clerk.get(form.header("location")).await;
    assert_eq!(pdf.header("content-type"), "application/pdf");
    assert!(pdf.body.starts_with(b"%PDF-"));
    site.close().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn a_wrong_payment_is_refused_in_words() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let quote = clerk.get(&format!("/counter/api/quote?account={}", account.id)).await.json();
    let order = |field: &str, value: serde_json::Value| {
        let mut order = paying("wrong-payment", &account, quote["charges"][0]["id"].clone());
        order[field] = value;
        order
    };
    let mut said = Vec::new();
    for (field, value) in [
        ("received", json!(110.5)),
        ("received", json!("110.005")),
        ("received", json!("一百一")),
        ("received", json!("100.00")),
        ("expected_total", json!("99.00")),
        ("method", json!("cheque")),
        ("key", json!("我的")),
    ] {
        let refused = clerk.post("/counter/api/collect", &order(field, value)).await;
        let words = refused.json()["message"].as_str().unwrap().to_owned();
        said.push(format!("{} {words}", refused.status.as_u16()));
    }
    assert_eq!(city.count("select count(*) from payment").await, 0);
    let paid = clerk.post("/counter/api/collect", &order("received", json!("110.00"))).await;
    assert_eq!(paid.status, StatusCode::OK, "{}", paid.text());
    let other = clerk.post("/counter/api/collect", &order("received", json!("120.00"))).await;
    said.push(format!("{} {}", other.status.as_u16(), other.json()["message"].as_str().unwrap()));
    assert_snapshot!(said.join("\n"), @r#"
    422 请求填写有误：“实收金额”：金额应写作 "103.33"，至多两位小数
    422 请求填写有误：“实收金额”：金额应写作 "103.33"，至多两位小数
    422 请求填写有误：“实收金额”：金额应写作 "103.33"，至多两位小数
    422 应收103.33元，实收100.00元，不足，账单须整笔缴清
    409 账单已有变化，所选账单现应收103.33元
    422 请填写支票号
    422 提交编号有误，请刷新页面后再试。
    409 本编号已入账103.33元（10:00），与本次提交不符；请看该笔票据，另有款项请重新查询后再收
    "#);
    assert_eq!(city.count("select count(*) from payment").await, 1);
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn doors_are_shut_to_strangers_and_to_forged_forms() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let stranger = Browser::stranger(&site.address);
    for path in [
        "/",
        "/home",
        "/home/figures",
        "/counter",
        "/counter/api/session",
        "/report/daily-collection",
        "/extract",
    ] {
        let page = stranger.get(path).await;
        let turned_away = page.status == StatusCode::UNAUTHORIZED
            || (page.status == StatusCode::SEE_OTHER
                && page.header("location").starts_with("/login"));
        assert!(turned_away, "{path}: {}", page.status);
    }
    // The page of the log-in is for whoever is not logged in.
    assert_eq!(stranger.get("/login").await.status, StatusCode::OK);
    let inside = site.clerk().await.get("/login").await;
    assert_eq!((inside.status, inside.header("location")), (StatusCode::SEE_OTHER, "/counter"));
    let wrong = stranger.post_form("/login", "login=chen.juan&password=Wrong-Word-1").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.head.get("set-cookie").is_none());
    // It may be tried again at once.
    let page = wrong.text();
    assert!(page.contains("name=\"password\"") && page.contains("chen.juan"), "{page}");
    assert!(page.contains("口令"), "{page}");

    // A page of another site makes the clerk's browser post: cookie yes, token no.
    let mut forged = site.clerk().await;
    forged.csrf = "0".repeat(43);
    let order = leaving("forged", &account, "50.00");
    let refused = forged.post("/counter/api/collect", &order).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    // Roles keep to their rooms.
    let (analyst, clerk) = (site.login("zhou.ting").await, site.clerk().await);
    assert_eq!(analyst.get("/counter/api/session").await.status, StatusCode::FORBIDDEN);
    assert_eq!(clerk.get("/extract").await.status, StatusCode::FORBIDDEN);
    assert_eq!(city.count("select count(*) from payment").await, 0);
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn an_analyst_asks_and_is_told_what_is_wrong() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    till.collect(&account, "110").await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let mut analyst = site.login("zhou.ting").await;
    let page = analyst.get("/extract").await;
    assert_eq!(page.status, StatusCode::OK);
    analyst.csrf = page.token();
    let run = async |sql: &str| analyst.post("/extract/run", &json!({ "sql": sql })).await;
    let answer = run("select payer_name, sum(net) as net from account a join payment p on p.account_id = a.id group by payer_name").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(
        answer.text().contains("103.33") && answer.text().contains("陈**"),
        "{}",
        answer.text()
    );
    let times = run("select timestamp '2026-11-01 00:00:00' as wall, posted_at from payment").await;
    assert_eq!(times.json()["rows"], json!([["2026-11-01 00:00:00", "2026-11-24 10:00:00"]]));
    for sql in ["delete from payment", "select payer from account", "select 1; drop table payment"]
    {
        let refused = run(sql).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{sql}: {}", refused.text());
        assert!(refused.json()["message"].as_str().is_some_and(|words| !words.is_ascii()), "{sql}");
    }
    let long = run("select repeat('x', 9000000), repeat('y', 9000000) from payment").await;
    assert!(long.text().contains("结果超过 16 MB"), "{:.300}", long.text());
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn every_page_forbids_what_pages_could_smuggle_in() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let leader = site.login("he.lin").await;
    for path in ["/login", "/home", "/report/daily-collection", "/extract"] {
        let page = leader.get(path).await;
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src") && !policy.contains("unsafe-"), "{path}: {policy}");
        assert!(
            !page.text().contains("http://") && !page.text().contains("https://"),
            "{path} names another host"
        );
    }
    assert_eq!(Browser::stranger(&site.address).get("/livez").await.status, StatusCode::NOT_FOUND);
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn what_a_purse_paid_in_the_night_and_a_payment_of_another_day_go_back_by_a_page() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let account = city.household("陈先生").await;
    city.counter().await.deposit(&account, "110").await;
    city.read(&account, "30").await;
    assert_eq!(city.offset().await.charges, 1);
    city.at("2026-11-24 10:00");
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let list = clerk.get(&format!("/payments?no={}", account.no)).await.text();
    assert!(list.contains("预存自动抵扣"), "{list}");
    let deposit = city.count("select min(id) from payment").await;
    let offset = city.count("select max(id) from payment").await;
    // Newest first: the deposit waits for what was drawn on it.
    let waits = clerk.get(&format!("/payments/{deposit}")).await.text();
    assert!(waits.contains("请先冲正该笔抵扣"), "{waits}");
    for payment in [offset, deposit] {
        city.consent(PaymentId(payment), Till::of(&city, "chen.juan").await.cashier).await;
        let done = clerk.post_form(&format!("/payments/{payment}/reverse"), "reason=x").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        let seen = clerk.get(done.header("location")).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.text());
        // No till has to do with what a purse paid: who gave it back is told all the same.
        let back = city.count("select max(reversal_id) from payment_reversal").await;
        for payment in [payment, back] {
            let seen = clerk.get(&format!("/payments/{payment}")).await.text();
            assert!(seen.contains("冲正人</dt><dd>陈娟"), "{payment}: {seen}");
        }
    }
    assert_eq!(
        city.count("select count(*) from payment where account_date = '2026-11-24'").await,
        2
    );
    assert_eq!(city.amount("select sum(balance) from prepaid_balance").await, Money::ZERO);
    site.close().await;
    books.stop().await;
    city.check().await;
}
