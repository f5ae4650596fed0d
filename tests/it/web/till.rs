//! What a till sends that is not as it should be, and what it is told.

use axum::http::StatusCode;
use chrono::Days;
use engine::access::{Place, StandIn, change_password, stand_in};
use engine::counter::Collect;
use serde_json::json;
use terms::{Clock, PayMethod, Role, SystemClock};

use super::orders::paying;
use super::site::{PASSWORD, Site};
use crate::city::{City, DAOJIAO, GAOBU, Till, cash, slip, yuan};

#[tokio::test]
async fn an_amount_has_one_written_form_at_the_door_too() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let charge = city.count("select max(id) from charge").await;
    let order = |received: serde_json::Value| {
        let mut order = paying("written-form-1", &account, charge);
        order["received"] = received;
        order
    };
    for received in ["1e3", " 110", "+110", "１１０", "1,000.00", "0110", "110.", "110.000"] {
        let said = clerk.post("/counter/api/collect", &order(json!(received))).await.refusal();
        assert!(said.contains("金额应写作"), "{received}: {said}");
    }
    clerk.post("/counter/api/collect", &order(json!(110.5))).await.refusal();
    let paid = clerk.post("/counter/api/collect", &order(json!("110.0"))).await;
    assert_eq!(paid.json()["change"], "6.67", "{}", paid.text());
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_an_order_is_said_in_chinese() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let charge = city.count("select max(id) from charge").await;
    let mut order = json!({
        "key": "long-number-1", "account": account.id.0, "charges": [charge], "expected_total": "103.33",
        "received": "103.33", "surplus": "change", "method": "pos", "channel_serial": "9".repeat(65),
    });
    let said = clerk.post("/counter/api/collect", &order).await.refusal();
    assert!(said.contains("刷卡凭证号至多64个字"), "{said}");
    order["also"] = json!([{ "method": "cheque", "amount": "1.00", "reference": "8".repeat(65) }]);
    order["channel_serial"] = json!("9");
    order["received"] = json!("102.33");
    clerk.post("/counter/api/collect", &order).await.refusal();

    order.as_object_mut().unwrap().remove("channel_serial");
    order["method"] = json!("gold");
    for (body, words) in
        [(json!({}), "缺少“提交编号”"), (order, "“gold”无效"), (json!({ "key": 5 }), "类型不对")]
    {
        let refused = clerk.post("/counter/api/collect", &body).await;
        let said = refused.json()["message"].as_str().unwrap().to_owned();
        assert!(said.contains(words), "{body}: {said}");
    }
    let refused = clerk.get("/counter/api/quote?account=x").await;
    let said = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(said.is_ascii().eq(&false) && !said.contains("invalid"), "{said}");
    assert_eq!(city.count("select count(*) from payment").await, 0);
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn a_day_is_closed_as_it_was_seen_or_not_at_all() {
    let city = City::new().await;
    let till = city.counter().await;
    let first = city.household_owing_for("陈大文", "30").await;
    let second = city.household_owing_for("李四", "30").await;
    till.collect(&first, "110").await;
    city.person("cai.wu", "网点财务", Role::OutletFinance, Some(till.outlet), None).await;
    change_password(&city.pool, &city.clock, None, "cai.wu", PASSWORD).await.unwrap();
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let early = clerk.seen("/counter/today").await;
    // Nobody closes what nobody has looked at.
    let said = clerk.post("/counter/api/close", &json!({})).await.refusal();
    assert!(said.contains("缺少“核对过的日结单”"), "{said}");
    assert_eq!(city.count("select count(*) from cashier_close").await, 0);
    // A payment between the look and the yes.
    let charge = city.count("select max(id) from charge").await;
    let order = json!({
        "key": "by-card-and-cash", "account": second.id.0, "charges": [charge], "expected_total": "103.33",
        "received": "100.00", "surplus": "change", "method": "pos", "channel_serial": "P-77",
        "also": [{ "method": "cash", "amount": "3.33" }],
    });
    let paid = clerk.post("/counter/api/collect", &order).await;
    assert_eq!(paid.status, StatusCode::OK, "{}", paid.text());
    let order = json!({ "day": city.today(), "seen": early });
    let refused = clerk.post("/counter/api/close", &order).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert!(
        refused.text().contains("2笔") && refused.text().contains("206.66"),
        "{}",
        refused.text()
    );
    let page = clerk.get("/counter/handover").await.text();
    assert!(page.contains("尚未日结") && page.contains("未清点"), "{page}");
    let seen = clerk.seen("/counter/today").await;
    let mut order = json!({ "day": city.today(), "seen": seen });
    let said = clerk.post("/counter/api/close", &order).await.refusal();
    assert!(said.contains("应交现金106.66元，请清点"), "{said}");
    order["counted"] = json!("-1.00");
    clerk.post("/counter/api/close", &order).await.refusal();
    order["counted"] = json!("200.00");
    // What is too much is closed by whoever says why, and by no blank.
    for reason in [json!(null), json!("  "), json!("长".repeat(201))] {
        order["reason"] = reason;
        let said = clerk.post("/counter/api/close", &order).await.refusal();
        assert!(said.contains("清点现金200.00元，应交106.66元，长款93.34元，请重新清点"), "{said}");
    }
    order["reason"] = json!("客户多付未取");
    let closed = clerk.post("/counter/api/close", &order).await;
    assert_eq!(closed.json()["net"], "206.66", "{}", closed.text());
    // 100.00 of the second payment was on a card: 103.33 and 3.33 in cash are due.
    let page = clerk.get("/counter/handover").await.text();
    for words in
        ["106.66", "200.00", "93.34", "客户多付未取", "P-77", "100.00", "贰佰零陆元陆角陆分"]
    {
        assert!(page.contains(words), "{words}: {page}");
    }
    let page = clerk.get("/counter/today").await.text();
    assert!(page.contains("刷卡凭证<b>1 张") && page.contains("支票凭证<b>0 张"), "{page}");
    // Whoever answers for the outlet sees what was counted, and why it is another sum.
    let outlet = till.outlet.0;
    let page =
        site.enter("cai.wu").await.get(&format!("/months?organisation={outlet}")).await.text();
    for words in ["近期日结", "206.66", "106.66", "200.00", "93.34", "客户多付未取"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let again = "insert into cash_count (id, cash_due, counted) select id, 106.66, 106.66 from cashier_close";
    let refused = sqlx::query(again).execute(&city.pool).await.unwrap_err().to_string();
    assert!(refused.contains("entry_not_whole"), "{refused}");
    site.close().await;
    books.stop().await;
    city.check().await;
}

/// 50.00 by card and 60.00 in cash for 103.33: whoever hands 103.33 out in notes is 50.00 short at the close.
#[tokio::test]
async fn what_came_in_two_ways_is_seen_to_go_back_in_both() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let tenders = [slip(PayMethod::Pos, "50", "POS900"), cash("60")].concat();
    let order = Collect { tenders, ..till.order(&account, "50").await };
    let paid = till.submit(order).await.unwrap().payment;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let ways = "刷卡 50.00 元（POS900）、现金 53.33 元";
    for (page, words) in [
        ("/counter/today".to_owned(), format!("data-ways=\"{ways}\"")),
        (format!("/payments/{paid}"), format!("组合支付：{ways}")),
        (format!("/counter/receipt/{paid}"), format!("其中<b>{ways}")),
    ] {
        let seen = clerk.get(&page).await.text();
        assert!(seen.contains(&words), "{words}: {seen}");
    }
    let back = till.take_back(paid).await.unwrap().payment;
    let seen = clerk.get(&format!("/counter/receipt/{back}")).await.text();
    for words in [format!("退回<b>{ways}"), format!("本笔共退：{ways}")] {
        assert!(seen.contains(&words), "{words}: {seen}");
    }
    site.close().await;
    books.stop().await;
    city.check().await;
}

/// A cheque of 150.00 pays 103.33: 46.67 of the paper that is handed in are on no account.
#[tokio::test]
async fn what_is_left_of_a_cheque_is_told_on_the_day_on_the_slip_list_and_asked_at_the_close() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let mut tenders = slip(PayMethod::Cheque, "103.33", "CHQ0002");
    tenders[0].slip_total = Some(yuan("150"));
    let order = Collect { tenders, ..till.order(&account, "103.33").await };
    till.submit(order).await.unwrap();
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let left = "凭证总额 150.00，已用 103.33，余 46.67";
    for page in ["/counter/today", "/counter/handover"] {
        let seen = clerk.get(page).await.text();
        assert!(seen.contains(left), "{page}: {seen}");
    }
    let seen = clerk.seen("/counter/today").await;
    let mut order = json!({ "day": city.today(), "seen": seen });
    let said = clerk.post("/counter/api/close", &order).await.refusal();
    assert!(said.contains("余额46.67元未入账"), "{said}");
    order["free"] = json!("46.67");
    let closed = clerk.post("/counter/api/close", &order).await;
    assert_eq!(closed.json()["net"], "103.33", "{}", closed.text());
    site.close().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn what_stands_against_taking_money_is_said_when_the_till_opens() {
    let mut city = City::new().await;
    city.at("2026-11-20 10:00");
    let account = city.household("陈大文").await;
    city.counter().await.deposit(&account, "50").await;
    city.at("2026-11-24 10:00");
    let till = Till::of(&city, "chen.juan").await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let standing = async || clerk.get("/counter/api/today").await.json()["standing"].clone();
    let forgotten = standing().await;
    let text = forgotten[0]["text"].as_str().unwrap();
    assert_eq!(
        (text, &forgotten[0]["stops"]),
        ("2026-11-20 的收款尚未日结，请先日结该日再收款", &json!(false))
    );
    let page = clerk.get(forgotten[0]["at"].as_str().unwrap()).await.text();
    assert!(page.contains("这是 2026-11-20 的收款"), "{page}");
    till.close_on("2026-11-20".parse().unwrap()).await.unwrap();
    assert_eq!(standing().await, json!([]));
    till.close().await;
    let text = "今日已日结，不能再收费，请明日办理或由其他收费员收取";
    assert_eq!(standing().await, json!([{ "text": text, "stops": true, "at": null }]));
    site.close().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn a_clerk_reads_at_which_outlet_the_money_is_taken() {
    let city = City::new().await;
    city.counter().await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    for path in ["/counter", "/counter/today", "/counter/handover"] {
        let page = clerk.get(path).await.text();
        let crumb = page.split("class=\"crumb\">").nth(1).unwrap().split("</span>").next();
        assert!(crumb.unwrap().contains(DAOJIAO), "{path}: {crumb:?}");
    }
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn who_works_at_an_outlet_sees_no_other_one_s_charges_whatever_they_may_do() {
    let city = City::new().await;
    city.counter().await;
    let own = city.household_owing_for("陈大文", "30").await;
    let there = city.open("王小明", GAOBU, |_| {}).await;
    city.read(&there, "45").await;
    city.bill().await;
    let grant = "insert into role_permission values ('clerk', 'billing.charge.read')";
    sqlx::query(grant).execute(&city.owner).await.unwrap();
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let list = clerk.get(&format!("/charges?no={}", own.no)).await.text();
    assert!(list.contains("103.33"), "{list}");
    let list = clerk.get(&format!("/charges?no={}", there.no)).await.text();
    assert!(!list.contains("王小明"), "{list}");
    let foreign = city.count("select max(c.id) from charge c join account a on a.id = c.account_id where a.payer_name = '王小明'").await;
    let page = clerk.get(&format!("/charges/{foreign}")).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND, "{}", page.text());
    site.close().await;
    books.stop().await;
}

/// Who stands in does so by the clock of the database.
#[tokio::test]
async fn who_stands_in_elsewhere_is_shown_the_paper_that_lies_there() {
    let city = City::new().await;
    city.counter().await;
    let (there, _) = city.outlet(GAOBU).await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let own = clerk.get("/counter/api/today").await.json();
    assert!(own["stock"].as_array().is_some_and(|stock| !stock.is_empty()), "{own}");
    let today = SystemClock.today();
    let order = StandIn {
        login: "chen.juan".to_owned(),
        role: Role::Clerk,
        place: Place { outlet: Some(there), town: None },
        from: today,
        // The story may go on beyond midnight.
        until: today + Days::new(1),
        reason: "李梅休假".to_owned(),
        widens: true,
    };
    stand_in(&city.pool, &SystemClock, None, order).await.unwrap();
    let there = site.clerk().await.get("/counter/api/today").await.json();
    assert_eq!(there["stock"], json!([]), "{there}");
    site.close().await;
    books.stop().await;
}
