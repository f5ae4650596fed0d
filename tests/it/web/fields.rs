//! Fields that nobody knows, and texts that nobody writes: told by name at the door, and never passed over.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use terms::PaymentId;

use super::Browser;
use super::orders::{leaving, paying};
use super::site::{PASSWORD, Site};
use crate::city::{City, DAOJIAO, Till};

#[tokio::test]
async fn a_typing_error_in_an_order_is_named_and_nothing_is_booked() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let charge = city.count("select max(id) from charge").await;
    let order = paying("typing-error-1", &account, charge);
    let wrong = |field: &str, value: Value| {
        let mut order = order.clone();
        order[field] = value;
        order
    };
    for (field, value) in [
        ("prepaid_use", json!("50.00")),
        ("slip_totals", json!("103.33")),
        ("channel_seriel", json!("P-1")),
        ("als", json!([])),
    ] {
        let said = clerk.post("/counter/api/collect", &wrong(field, value)).await.refusal();
        assert_eq!(said, format!("请求填写有误：没有“{field}”这一项"));
    }
    let also = json!([{ "method": "cash", "amount": "1.00", "slip_totals": "2.00" }]);
    let said = clerk.post("/counter/api/collect", &wrong("also", also)).await.refusal();
    assert_eq!(said, "请求填写有误：没有“slip_totals”这一项");
    // Every other order of a till, and the questions.
    for (path, body, field) in [
        (
            "reverse",
            json!({ "key": "typing-error-2", "payment": 1, "reason": "x", "sum": 1 }),
            "sum",
        ),
        ("request", json!({ "payment": 1, "reason": "x", "by": "chen.juan" }), "by"),
        ("close", json!({ "date": "2026-11-23", "seen": "x" }), "date"),
    ] {
        let said = clerk.post(&format!("/counter/api/{path}"), &body).await.refusal();
        assert_eq!(said, format!("请求填写有误：没有“{field}”这一项"), "{path}");
    }
    let asked =
        clerk.get(&format!("/counter/api/quote?account={}&onlly=garbage", account.id)).await;
    assert_eq!(asked.status, StatusCode::BAD_REQUEST);
    assert!(asked.text().contains("没有“onlly”这一项"), "{}", asked.text());
    for table in ["payment", "reversal_request", "cashier_close"] {
        let sql = sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
        let rows: i64 = sqlx::query_scalar(sql).fetch_one(&city.owner).await.unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    let paid = clerk.post("/counter/api/collect", &order).await;
    assert_eq!(paid.status, StatusCode::OK, "{}", paid.text());
    // A form carries its token, and beside it only what is asked of it.
    let payment = city.count("select max(id) from payment").await;
    let form = format!("csrf={}&reason=x&keep=yes", clerk.csrf);
    let said = clerk.post_form(&format!("/payments/{payment}/request"), &form).await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", said.text());
    assert!(said.text().contains("没有“keep”这一项"), "{}", said.text());
    let form = format!("csrf={}&reason=x", clerk.csrf);
    let said = clerk.post_form(&format!("/payments/{payment}/request"), &form).await;
    assert_eq!(said.status, StatusCode::SEE_OTHER, "{}", said.text());
    site.close().await;
    books.stop().await;
}

/// What no page of ours writes, and no hand either.
#[tokio::test]
async fn an_order_that_says_a_field_twice_or_goes_down_without_end_books_nothing() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let charge = city.count("select max(id) from charge").await;
    let order = |more: &str| {
        format!(
            r#"{{"key":"hostile-1","account":{},"charges":[{charge}],"expected_total":"103.33","surplus":"change","method":"cash"{more}}}"#,
            account.id.0
        )
    };
    let deep = |open: &str, close: &str| open.repeat(100_000) + "1" + &close.repeat(100_000);
    let post = async |body: String| {
        let path = "/counter/api/collect";
        clerk.try_send(Method::POST, path, "application/json", body).await.unwrap().refusal()
    };
    for (more, said) in [
        (r#","received":"110.00","received":"0.01""#.to_owned(), "“实收金额”重复"),
        (r#","received":"110.00","key":"hostile-2""#.to_owned(), "“提交编号”重复"),
        (r#","received":110.00"#.to_owned(), "金额"),
        (r#","received":1e2"#.to_owned(), "金额"),
        (format!(r#","received":{}"#, deep("[", "]")), "金额"),
        (format!(r#","received":"110.00","also":{}"#, deep("[", "]")), "请求填写有误"),
        (
            format!(r#","received":"110.00","also":{}"#, deep(r#"[{"method":"#, "}]")),
            "请求填写有误",
        ),
        (format!(r#","received":"110.00","more":{}"#, deep(r#"{"a":"#, "}")), "没有“more”这一项"),
    ] {
        let told = post(order(&more)).await;
        assert!(told.contains(said) && told.chars().count() < 100, "{said}: {told}");
    }
    let charges = order("").replace(&format!("[{charge}]"), &deep("[", "]"));
    for body in [charges, deep("[", "]"), deep(r#"{"a":"#, "}"), "[".repeat(200_000)] {
        let told = post(body).await;
        assert!(told.starts_with("请求填写有误"), "{told}");
    }
    assert_eq!(city.count("select count(*) from payment").await, 0);
    let paid = clerk
        .try_send(
            Method::POST,
            "/counter/api/collect",
            "application/json",
            order(r#","received":"110.00""#),
        )
        .await
        .unwrap();
    assert_eq!(paid.status, StatusCode::OK, "{}", paid.text());
    site.close().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn ten_thousand_letters_are_refused_by_the_name_of_their_field_or_found_nowhere() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let payment = city.counter().await.collect(&account, "110").await.payment;
    city.consent(payment, Till::of(&city, "chen.juan").await.cashier).await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let (clerk, keeper) = (site.clerk().await, site.enter("liu.gang").await);
    let long = "长".repeat(10_000);
    let coded = "%E9%95%BF".repeat(10_000);
    let PaymentId(id) = payment;

    let order = json!({ "key": "long-long-1", "payment": id, "reason": long });
    let said = clerk.post("/counter/api/reverse", &order).await.refusal();
    assert!(said.contains("原因") && said.chars().count() < 100, "{said}");
    let order = json!({ "payment": id, "reason": long });
    let said = clerk.post("/counter/api/request", &order).await.refusal();
    assert!(said.contains("原因") && said.chars().count() < 100, "{said}");
    let form = format!("reason={coded}");
    let said = clerk.post_form(&format!("/payments/{id}/reverse"), &form).await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", said.text());
    let order = leaving(&"k".repeat(10_000), &account, "5.00");
    let said = clerk.post("/counter/api/collect", &order).await.refusal();
    assert!(said.contains("提交编号"), "{said}");

    let stranger = Browser::stranger(&site.address);
    let said = stranger.post_form("/login", &format!("login={coded}&password=x")).await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", said.text());
    let said = stranger.post_form("/login", &format!("login=chen.juan&password={coded}")).await;
    assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", said.text());
    for (login, name, words) in [
        (coded.as_str(), "x", "登录名须为2至40位"),
        ("li.mei", coded.as_str(), "姓名须为1至40个字"),
    ] {
        let form =
            format!("login={login}&name={name}&role=clerk&outlet={DAOJIAO}&password={PASSWORD}");
        let said = keeper.post_form("/people/add", &form).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
        assert!(said.text().contains(words), "{words}");
    }
    // What is only looked for is found nowhere.
    let plain = "x".repeat(10_000);
    for (who, path) in [
        (&clerk, format!("/counter/api/search?q={plain}")),
        (&clerk, format!("/payments?no={plain}")),
        (&clerk, format!("/payments?paper={plain}")),
        (&keeper, format!("/people?q={plain}")),
        (&keeper, format!("/people/{plain}")),
    ] {
        let page = who.get(&path).await;
        let fits = [StatusCode::OK, StatusCode::NOT_FOUND, StatusCode::UNPROCESSABLE_ENTITY];
        assert!(fits.contains(&page.status), "{}: {}", &path[..40], page.status);
    }
    assert_eq!(city.count("select count(*) from payment").await, 1);
    site.close().await;
    books.stop().await;
}
