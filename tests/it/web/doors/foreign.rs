//! A row of another outlet or town is as good as none.

use api::web::doors;
use axum::http::StatusCode;
use engine::access::{change_password, user_named};
use engine::channels::{RequestItem, Settled, Settles, Target, request_item};
use engine::counter::{Collect, RequestReversal, request_reversal};
use engine::register::{AccountChange, Correct, Correction, correct, submit_change};
use engine::remittance::{self, Remit};
use engine::tariff::{NewQuota, RateRows, submit_rates};
use serde_json::json;
use terms::{FeeItem, Role};

use crate::city::{City, GAOBU, m3, yuan};
use crate::web::orders::leaving;
use crate::web::site::{PASSWORD, Site};

#[tokio::test]
async fn a_foreign_row_is_as_good_as_none_at_every_door_that_names_one() {
    let city = City::new().await;
    let chen = city.counter().await;
    let li = city.clerk("li.mei", "李梅", GAOBU).await;
    let account = city.household_owing_for("陈大文", "30").await;
    let there = city.open("王小明", GAOBU, |_| {}).await;
    city.read(&there, "45").await;
    city.bill().await;
    chen.collect(&account, "110").await;
    let foreign = li.collect(&there, "300").await.payment;
    let asks = RequestReversal {
        payment: foreign,
        cashier: li.cashier,
        outlet: li.outlet,
        reason: "收错用户".to_owned(),
    };
    let request = request_reversal(&city.pool, &city.clock, asks).await.unwrap();
    let (own, daojiao) = city.outlet(crate::city::DAOJIAO).await;
    city.person("bill.er", "账务员", Role::GroupAdministrator, None, Some(daojiao)).await;
    change_password(&city.pool, &city.clock, None, "bill.er", PASSWORD).await.unwrap();
    city.person("cai.wu", "网点财务", Role::OutletFinance, Some(own), None).await;
    change_password(&city.pool, &city.clock, None, "cai.wu", PASSWORD).await.unwrap();
    let charge = city
        .count("select max(c.id) from charge c join account a on a.id = c.account_id where a.payer_name = '王小明'")
        .await;
    let wants = format!(
        "insert into charge_reversal_request (charge_id, town_id, outlet_id, asked_by, reason, asked_at)
         select id, town_id, outlet_id, {}, '抄错', now() from charge where id = {charge}",
        city.manager().await
    );
    city.by_hand(&wants).await;
    let wanted_back = city.count("select max(id) from charge_reversal_request").await;
    // 王小明's sewage is passed on, and WeChat brings a fen too little of nothing.
    let cai = city.person("cai", "财政", Role::Finance, None, None).await;
    city.person("cai.er", "财政二", Role::Finance, None, Some(daojiao)).await;
    change_password(&city.pool, &city.clock, None, "cai.er", PASSWORD).await.unwrap();
    let (_, gaobu) = city.outlet(GAOBU).await;
    let remit = Remit {
        town: gaobu,
        owner: city.sewage_owner(gaobu).await,
        fee_item: FeeItem::Sewage,
        pay_period: city.period(),
        amount: yuan("1"),
        voucher_no: "JK1".to_owned(),
    };
    let remitted = remittance::record(&city.pool, &city.clock, cai, remit).await.unwrap().id;
    let short = Settled {
        account: there.id,
        settles: Settles::UpTo(city.period()),
        serial: "1".to_owned(),
        gross: yuan("1"),
    };
    city.settle("wechat", "W1", vec![short]).await;
    let item = city.count("select max(id) from channel_item").await;
    // What waits for the word of a second person there: a change, another name, a quota.
    let maker = city.manager().await;
    let more = AccountChange {
        account_no: there.no.clone(),
        valid_from: "2026-12-01".parse().unwrap(),
        persons: Some(5),
        reason: "x".to_owned(),
        ..AccountChange::default()
    };
    let change = submit_change(&city.pool, &city.clock, maker, more).await.unwrap();
    let what = Correct::Payer { name: Some("王小民".to_owned()), phone: None, document: None };
    let called = Correction {
        account_no: there.no.clone(),
        valid_from: city.today(),
        what,
        reason: "x".to_owned(),
    };
    let name = correct(&city.pool, &city.clock, maker, called).await.unwrap().version;
    let quota =
        NewQuota { account: there.id, period: "2027-01".parse().unwrap(), volume: m3("6000") };
    let rows = RateRows::Quotas(vec![quota]);
    let quota = submit_rates(&city.pool, &city.clock, maker, rows, "x").await.unwrap();
    // One of our own waits too.
    let short = Settled {
        account: account.id,
        settles: Settles::UpTo(city.period()),
        serial: "2".to_owned(),
        gross: yuan("1"),
    };
    city.settle("wechat", "W2", vec![short]).await;
    let ours = city.count("select max(id) from channel_item").await;
    // Somebody wants it for 王小明.
    let asks = RequestItem {
        item: ours,
        account: there.id,
        target: Target::Prepaid,
        by: city.manager().await,
    };
    let moved = request_item(&city.pool, &city.clock, asks).await.unwrap();
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let biller = site.enter("bill.er").await;
    let finance = site.enter("cai.wu").await;
    let treasurer = site.enter("cai.er").await;
    let analyst = site.enter("zhou.ting").await;
    let leader = site.enter("he.lin").await;
    let keeper = site.enter("liu.gang").await;
    let job: i64 = sqlx::query_scalar(
        "insert into export_job (user_id, statement, purpose, format, state, created_at)
         select id, 'select 1', '核对', 'csv', 'queued', now() from app_user where login = 'he.lin' returning id",
    )
    .fetch_one(&city.owner)
    .await
    .unwrap();
    let issued =
        books.issue("daily-detail", &api_reader(&city, "li.mei").await).await.number.unwrap();
    let narrow = format!(
        "update app_user set town_id = (select min(id) from town where id <> {gaobu}) where login = 'he.lin'"
    );
    city.by_hand(&narrow).await;
    let form = |csrf: &str| format!("csrf={csrf}");
    // Whose row it is not, where, and how it is asked.
    let asked = [
        (&clerk, "/counter/receipt/{payment}", format!("/counter/receipt/{foreign}"), None),
        (&clerk, "/counter/api/quote", format!("/counter/api/quote?account={}", there.id), None),
        (&analyst, "/extract/jobs/{id}/file", format!("/extract/jobs/{job}/file"), None),
        (
            &analyst,
            "/extract/jobs/{id}/cancel",
            format!("/extract/jobs/{job}/cancel"),
            Some(form(&analyst.csrf)),
        ),
        (
            &analyst,
            "/extract/jobs/{id}/retry",
            format!("/extract/jobs/{job}/retry"),
            Some(form(&analyst.csrf)),
        ),
        (&clerk, "/report/{code}", format!("/report/{issued}.pdf"), None),
        (&leader, "/report/{code}", format!("/report/{issued}.pdf"), None),
        (&keeper, "/people/{login}", "/people/nobody".into(), None),
        (&keeper, "/people/{login}/disable", "/people/nobody/disable".into(), Some(String::new())),
        (&keeper, "/people/{login}/enable", "/people/nobody/enable".into(), Some(String::new())),
        (
            &keeper,
            "/people/{login}/password",
            "/people/nobody/password".into(),
            Some("password=Ling-Dao-2026".into()),
        ),
        (&keeper, "/people/{login}/role", "/people/nobody/role".into(), Some("role=leader".into())),
        (&clerk, "/accounts/{id}", format!("/accounts/{}", there.id), None),
        (
            &biller,
            "/accounts/{id}/change",
            format!("/accounts/{}/change", there.id),
            Some("valid_from=2026-11-01&persons=6&reason=x".into()),
        ),
        (
            &clerk,
            "/accounts/{id}/payer",
            format!("/accounts/{}/payer", there.id),
            Some("name=x&reason=x".into()),
        ),
        (
            &clerk,
            "/accounts/{id}/address",
            format!("/accounts/{}/address", there.id),
            Some("address=x&reason=x".into()),
        ),
        (
            &biller,
            "/accounts/{id}/meter",
            format!("/accounts/{}/meter", there.id),
            Some("serial_no=x&reason=x".into()),
        ),
        (
            &biller,
            "/changes/{id}/approve",
            format!("/changes/{change}/approve"),
            Some(String::new()),
        ),
        (&biller, "/changes/{id}/refuse", format!("/changes/{change}/refuse"), Some(String::new())),
        (
            &biller,
            "/changes/{id}/withdraw",
            format!("/changes/{change}/withdraw"),
            Some("reason=x".into()),
        ),
        (
            &biller,
            "/corrections/{id}/approve",
            format!("/corrections/{name}/approve"),
            Some(String::new()),
        ),
        (
            &biller,
            "/corrections/{id}/refuse",
            format!("/corrections/{name}/refuse"),
            Some(String::new()),
        ),
        (&biller, "/rates/{id}/approve", format!("/rates/{quota}/approve"), Some(String::new())),
        (&biller, "/rates/{id}/refuse", format!("/rates/{quota}/refuse"), Some(String::new())),
        (&keeper, "/people/{login}/name", "/people/nobody/name".into(), Some("name=x".into())),
        (
            &keeper,
            "/people/{login}/stand-in",
            "/people/nobody/stand-in".into(),
            Some("role=leader&from=2026-11-24&until=2099-01-01&reason=x".into()),
        ),
        (
            &keeper,
            "/people/{login}/stand-in/end",
            "/people/nobody/stand-in/end".into(),
            Some("id=1".into()),
        ),
        (&biller, "/charges/{id}", format!("/charges/{charge}"), None),
        (
            &biller,
            "/charges/{id}/request",
            format!("/charges/{charge}/request"),
            Some("reason=x".into()),
        ),
        (
            &biller,
            "/approvals/charges/{id}/approve",
            format!("/approvals/charges/{wanted_back}/approve"),
            Some("reason=".into()),
        ),
        (
            &biller,
            "/approvals/charges/{id}/refuse",
            format!("/approvals/charges/{wanted_back}/refuse"),
            Some("reason=x".into()),
        ),
        (&clerk, "/payments/{payment}", format!("/payments/{foreign}"), None),
        (&biller, "/payments/{payment}", format!("/payments/{foreign}"), None),
        (&clerk, "/payments/{payment}/papers", format!("/payments/{foreign}/papers"), None),
        (
            &clerk,
            "/payments/{payment}/reverse",
            format!("/payments/{foreign}/reverse"),
            Some("reason=x".into()),
        ),
        (
            &biller,
            "/payments/{payment}/refund",
            format!("/payments/{foreign}/refund"),
            Some("reason=x".into()),
        ),
        (
            &clerk,
            "/payments/{payment}/request",
            format!("/payments/{foreign}/request"),
            Some("reason=x".into()),
        ),
        (
            &finance,
            "/approvals/{id}/approve",
            format!("/approvals/{request}/approve"),
            Some("reason=".into()),
        ),
        (
            &finance,
            "/approvals/{id}/refuse",
            format!("/approvals/{request}/refuse"),
            Some("reason=x".into()),
        ),
        (
            &treasurer,
            "/remittances/{id}/reverse",
            format!("/remittances/{remitted}/reverse"),
            Some("reason=x".into()),
        ),
        (
            &biller,
            "/suspense/{id}/post",
            format!("/suspense/{item}/post"),
            Some("prepaid=yes".into()),
        ),
        (
            &biller,
            "/suspense/{id}/return",
            format!("/suspense/{item}/return"),
            Some("reason=x".into()),
        ),
        (
            &biller,
            "/suspense/{id}/request",
            format!("/suspense/{item}/request"),
            Some(format!("account_no={}", account.no)),
        ),
        (
            &biller,
            "/suspense/requests/{id}/approve",
            format!("/suspense/requests/{moved}/approve"),
            Some("reason=".into()),
        ),
        (
            &biller,
            "/suspense/requests/{id}/refuse",
            format!("/suspense/requests/{moved}/refuse"),
            Some("reason=x".into()),
        ),
        (
            &finance,
            "/months/day",
            "/months/day".into(),
            Some(format!(
                "organisation={}&cashier={}&day={}&reason=x",
                li.outlet,
                li.cashier,
                city.today()
            )),
        ),
        (&leader, "/report/{code}/preview", "/report/no-such/preview".into(), None),
        (&leader, "/report/{code}/print", "/report/no-such/print".into(), Some(form(&leader.csrf))),
        (&leader, "/report/{code}/excel", "/report/no-such/excel".into(), Some(form(&leader.csrf))),
    ];
    for door in doors().iter().filter(|door| door.path.contains('{')) {
        assert!(asked.iter().any(|(_, path, ..)| *path == door.path), "no story for {}", door.path);
    }
    for (browser, path, at, body) in &asked {
        let page = match body {
            None => browser.get(at).await,
            Some(fields) => browser.post_form(at, fields).await,
        };
        // Not for want of a right or of a token, but for whose row it is.
        let why = match page.status {
            StatusCode::FORBIDDEN if at.ends_with(".pdf") => "报表",
            // That there is such a payment is told to nobody elsewhere, neither.
            StatusCode::FORBIDDEN if !path.contains("{payment}") => "网点",
            StatusCode::NOT_FOUND => "",
            other => panic!("{path} at {at}: {other} {}", page.text()),
        };
        assert!(page.text().contains(why), "{path} at {at}: {}", page.text());
        assert!(!page.text().contains("王小明"), "{path} tells of a foreign row");
    }
    // Nor is our own item posted to a foreign account, which is as good as none.
    for account_no in [there.no.as_str(), "no-such"] {
        let fields = format!("account_no={account_no}&prepaid=yes");
        let refused = biller.post_form(&format!("/suspense/{ours}/request"), &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
        assert!(refused.text().contains("用户不存在"), "{account_no}: {}", refused.text());
    }
    let posted = "select count(*) from payment where channel_item_id is not null";
    assert_eq!(city.count(posted).await, 0);
    // Nor in the lists of what waits, nor by its number; and nobody orders rates for other towns.
    for list in ["/accounts".to_owned(), format!("/accounts?no={}", there.no), "/rates".to_owned()]
    {
        let page = biller.get(&list).await;
        assert!(page.status.is_success(), "{list}: {}", page.status);
        let seen = page.text();
        assert!(!seen.contains("王小") && !seen.contains("6000立方米"), "{list}: {seen}");
    }
    let quota = format!(
        "kind=quota&reason=x&table=account%2Cperiod%2Cquota_m3%0A{}%2C2027-02%2C60",
        there.no
    );
    let refused = biller.post_form("/rates/submit", &quota).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(refused.text().contains("市级管理员"), "{}", refused.text());
    // Nor does a foreign account come up in a search, nor a foreign payment in a reversal.
    let found = clerk.get("/counter/api/search?q=王小明").await;
    assert!(!found.text().contains("王小明"), "{}", found.text());
    let take_back = json!({ "key": "foreign-1", "payment": foreign, "reason": "收错用户" });
    for door in ["/counter/api/reverse", "/counter/api/request"] {
        let mut order = take_back.clone();
        if door.ends_with("request") {
            order.as_object_mut().unwrap().remove("key");
        }
        let refused = clerk.post(door, &order).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{door}: {}", refused.text());
    }
    // Nor does the key of another till tell what was posted under it, asked for or used again.
    let key = "of-another-till";
    let order = li.deposit_order(&there, "5.55").await;
    li.submit(Collect { key: key.to_owned(), ..order }).await.unwrap();
    let posted = clerk.get(&format!("/counter/api/posted?account={}&key={key}", there.id)).await;
    assert_eq!(posted.status, StatusCode::NOT_FOUND, "{}", posted.text());
    let used = clerk.post("/counter/api/collect", &leaving(key, &account, "5.00")).await;
    assert_eq!(used.status, StatusCode::CONFLICT, "{}", used.text());
    assert!(used.text().contains("其他网点") && !used.text().contains("5.55"), "{}", used.text());
    site.close().await;
    books.stop().await;
    city.check().await;
}

async fn api_reader(city: &City, login: &str) -> warehouse::Person {
    let mut connection = city.owner.acquire().await.unwrap();
    api::reader(&user_named(&mut connection, login).await.unwrap().unwrap())
}

#[tokio::test]
async fn a_clerk_of_another_outlet_is_told_nothing_and_a_forgotten_day_comes_first() {
    let mut city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let gaobu = city.open("李四", GAOBU, |_| {}).await;
    city.read(&gaobu, "30").await;
    city.bill().await;
    crate::city::Till::of(&city, "chen.juan").await.collect(&account, "110").await;
    city.at("2026-11-25 09:00");
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let order = leaving("other-outlet", &gaobu, "5.00");
    let refused = clerk.post("/counter/api/collect", &order).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    let words = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(words.contains("其他网点") && !words.contains("103"), "{words}");

    let page = clerk.get("/counter/today").await.text();
    assert!(page.contains("today?day=2026-11-24&amp;outlet="), "{page}");
    let today = json!({ "seen": clerk.seen("/counter/today").await });
    let refused = clerk.post("/counter/api/close", &today).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert!(refused.text().contains("2026-11-24"), "{}", refused.text());
    let forgotten = clerk.get("/counter/today?day=2026-11-24").await.text();
    assert!(forgotten.contains("103.33"), "{forgotten}");
    let seen = clerk.seen("/counter/today?day=2026-11-24").await;
    let order = json!({ "day": "2026-11-24", "seen": seen, "counted": "103.33" });
    let closed = clerk.post("/counter/api/close", &order).await;
    assert_eq!(closed.json()["net"], "103.33");
    let closed = clerk.post("/counter/api/close", &today).await;
    assert_eq!(closed.status, StatusCode::OK, "{}", closed.text());
    site.close().await;
    books.stop().await;
    city.check().await;
}
