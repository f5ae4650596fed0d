//! The table of routes, walked: every role at every door, and every act with its mark.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use api::web::{Door, Who, doors};
use axum::http::{Method, StatusCode};
use engine::access::{NewUser, Place, add_user, change_password, user_named};
use engine::channels::{Settled, Settles};
use engine::counter::{RequestReversal, request_reversal};
use engine::remittance::{self, Remit};
use serde_json::{Value, json};
use terms::{FeeItem, Role};

use super::Browser;
use super::site::{PASSWORD, Site};
use crate::city::{City, GAOBU, yuan};

fn address(door: &Door) -> String {
    let (code, none) = ("daily-collection", "999999");
    door.path
        .replace("{code}", code)
        .replace("{payment}", none)
        .replace("{id}", none)
        .replace("{login}", "nobody")
}

/// What the books say that a role may do: asked beside the program.
async fn permitted(city: &City, role: Role) -> HashSet<String> {
    let sql = "select permission from role_permission where role = $1";
    let names: Vec<String> =
        sqlx::query_scalar(sql).bind(role.code()).fetch_all(&city.owner).await.unwrap();
    names.into_iter().collect()
}

#[tokio::test]
async fn every_door_opens_to_the_roles_that_hold_its_permission_and_to_nobody_else() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let stranger = Browser::stranger(&site.address);
    let (outlet, _) = city.outlet(crate::city::DAOJIAO).await;
    let mut people = Vec::new();
    for role in Role::ALL {
        let login = format!("r.{}", role.code());
        let new = NewUser {
            login: login.clone(),
            name: role.label().to_owned(),
            role: *role,
            place: Place { outlet: Some(outlet), town: None },
            password: Some(PASSWORD.to_owned()),
        };
        add_user(&city.pool, &city.clock, None, new).await.unwrap();
        people.push((site.enter(&login).await, *role, permitted(&city, *role).await));
    }
    let closes = |door: &Door| door.path == "/logout" || door.path == "/home/events";
    for door in doors().iter().filter(|door| door.who != Who::Anybody) {
        let ask = async |browser: &Browser| {
            if door.method == Method::GET {
                browser.get(&address(door)).await
            } else {
                // Nothing of ours: whoever is let in is told what is wrong with it.
                browser.post_form(&address(door), "day=nonsense").await
            }
        };
        let seen = ask(&stranger).await.status;
        let to_login = matches!(seen, StatusCode::UNAUTHORIZED | StatusCode::SEE_OTHER);
        assert!(to_login, "a stranger at {} {}: {seen}", door.method, door.path);
        for (browser, role, permitted) in &people {
            let may = match door.who {
                Who::Anybody | Who::Person => true,
                Who::May(act) => permitted.contains(act.code()),
            };
            if may && closes(door) {
                continue;
            }
            let page = ask(browser).await;
            let refused = page.status == StatusCode::FORBIDDEN;
            assert_eq!(
                refused,
                !may,
                "{role} at {} {}: {} {}",
                door.method,
                door.path,
                page.status,
                page.text()
            );
            assert_ne!(page.status, StatusCode::INTERNAL_SERVER_ERROR, "{role} at {}", door.path);
        }
    }
    site.close().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn who_keeps_people_sees_no_money_and_who_reads_the_marks_does_nothing_else() {
    let city = City::new().await;
    for role in Role::ALL {
        let may = permitted(&city, *role).await;
        let people = may.iter().any(|act| act.starts_with("access.user."));
        let marks = may.contains("access.mark.read");
        assert_eq!(
            (people, marks),
            (*role == Role::Administrator, *role == Role::Auditor),
            "{role}"
        );
        if people || marks || *role == Role::Support {
            let theirs = |act: &&String| {
                act.starts_with("access.")
                    || act.starts_with("ops.")
                    || *act == "outbox.message.revive"
            };
            let seen: Vec<_> = may.iter().filter(|act| !theirs(act)).collect();
            assert!(seen.is_empty(), "{role} may {seen:?}");
        }
        // Whoever takes money does not give it away: paper is handed out, and money remitted, by others.
        if may.contains("counter.payment.collect") {
            for other in
                ["receipts.segment.lease", "remittance.voucher.record", "billing.run.begin"]
            {
                assert!(!may.contains(other), "{role} may {other}");
            }
        }
    }
}

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
    let wanted_back: i64 = sqlx::query_scalar(
        "insert into charge_reversal_request (charge_id, town_id, outlet_id, asked_by, reason, asked_at)
         select id, town_id, outlet_id, $2, '抄错', now() from charge where id = $1 returning id",
    )
    .bind(charge)
    .bind(city.manager().await.0)
    .fetch_one(&city.owner)
    .await
    .unwrap();
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
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let clerk = site.clerk().await;
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
    let narrow = "update app_user set town_id = (select min(id) from town where id <> $1) where login = 'he.lin'";
    sqlx::query(narrow).bind(gaobu.0).execute(&city.owner).await.unwrap();
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
            StatusCode::FORBIDDEN => "网点",
            StatusCode::NOT_FOUND => "",
            other => panic!("{path} at {at}: {other} {}", page.text()),
        };
        assert!(page.text().contains(why), "{path} at {at}: {}", page.text());
        assert!(!page.text().contains("王小明"), "{path} tells of a foreign row");
    }
    // Nor does a foreign account come up in a search, nor a foreign payment in a reversal.
    let found = clerk.get("/counter/api/search?q=王小明").await;
    assert!(!found.text().contains("王小明"), "{}", found.text());
    let take_back = json!({ "key": "foreign-1", "payment": foreign, "reason": "收错用户" });
    let refused = clerk.post("/counter/api/reverse", &take_back).await;
    assert!(refused.status.is_client_error(), "{} {}", refused.status, refused.text());
    site.close().await;
    books.stop().await;
    city.check().await;
}

async fn api_reader(city: &City, login: &str) -> warehouse::Person {
    let mut connection = city.owner.acquire().await.unwrap();
    api::reader(&user_named(&mut connection, login).await.unwrap().unwrap())
}

#[tokio::test]
async fn every_act_at_a_door_leaves_its_mark() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    city.household_owing_for("李四", "30").await;
    let wang = city.household_owing_for("王五", "30").await;
    for (login, name, role) in [
        ("bill.er", "账务员", Role::GroupAdministrator),
        ("bill.san", "账务三", Role::GroupAdministrator),
        ("cai", "财政", Role::Finance),
        ("cai.er", "财政二", Role::Finance),
    ] {
        city.person(login, name, role, None, None).await;
        change_password(&city.pool, &city.clock, None, login, PASSWORD).await.unwrap();
    }
    // 王五 pays by WeChat; two more items fit nothing, and wait.
    for (serial, gross) in [("1", "103.33"), ("2", "5"), ("3", "6")] {
        let settles = Settles::UpTo(city.period());
        let (serial, gross) = (serial.to_owned(), yuan(gross));
        city.settle(
            "wechat",
            &serial.clone(),
            vec![Settled { account: wang.id, settles, serial, gross }],
        )
        .await;
    }
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let clerk = site.clerk().await;
    let (biller, second) = (site.enter("bill.er").await, site.enter("bill.san").await);
    let (cai, cai_er) = (site.enter("cai").await, site.enter("cai.er").await);
    let analyst = site.enter("zhou.ting").await;
    let keeper = site.enter("liu.gang").await;
    let quote = clerk.get(&format!("/counter/api/quote?account={}", account.id)).await.json();
    let collect = json!({
        "key": "each-act-1", "account": account.id.0, "charges": [quote["charges"][0]["id"]],
        "expected_total": "103.33", "received": "110.00", "surplus": "change", "method": "cash",
    });
    let form = |text: String| Value::String(text);
    let waiting: i64 = sqlx::query_scalar(
        "insert into export_job (user_id, statement, purpose, format, state, created_at)
         select id, 'select 1', '核对', 'csv', 'queued', now() from app_user where login = 'zhou.ting' returning id",
    )
    .fetch_one(&city.owner)
    .await
    .unwrap();
    let report = |csrf: &str| form(format!("csrf={csrf}&day={}&outlet=0", city.today()));
    let order = form("sql=select+1&purpose=x&format=csv".to_owned());
    let mut payment = 0;
    // Each act in turn: who, where, what.
    let mut acts: Vec<(&Browser, &str, String, Value)> = vec![
        (&clerk, "/login", "/login".into(), form(format!("login=he.lin&password={PASSWORD}"))),
        (&clerk, "/counter/api/collect", "/counter/api/collect".into(), collect.clone()),
        (&clerk, "/counter/api/request", "/counter/api/request".into(), Value::Null),
        (&biller, "/approvals/{id}/refuse", String::new(), form("reason=x".to_owned())),
        (&clerk, "/payments/{payment}/request", String::new(), form("reason=x".to_owned())),
        (&biller, "/approvals/{id}/approve", String::new(), form("reason=".to_owned())),
        (&clerk, "/counter/api/reverse", "/counter/api/reverse".into(), Value::Null),
        (&clerk, "/counter/api/collect", "/counter/api/collect".into(), {
            let mut again = collect;
            again["key"] = json!("each-act-3");
            again
        }),
        (&clerk, "/payments/{payment}/request", String::new(), form("reason=x".to_owned())),
        (&biller, "/approvals/{id}/approve", String::new(), form("reason=".to_owned())),
        (&clerk, "/payments/{payment}/reverse", String::new(), form("reason=x".to_owned())),
        (&clerk, "/counter/api/close", "/counter/api/close".into(), json!({})),
        (
            &clerk,
            "/report/{code}/print",
            "/report/daily-collection/print".into(),
            report(&clerk.csrf),
        ),
        (
            &clerk,
            "/report/{code}/excel",
            "/report/daily-collection/excel".into(),
            report(&clerk.csrf),
        ),
        (&analyst, "/extract/run", "/extract/run".into(), json!({ "sql": "select 1" })),
        (
            &analyst,
            "/extract/jobs/{id}/cancel",
            format!("/extract/jobs/{waiting}/cancel"),
            form(String::new()),
        ),
        (
            &analyst,
            "/extract/jobs/{id}/retry",
            format!("/extract/jobs/{waiting}/retry"),
            form(String::new()),
        ),
        (&analyst, "/extract/jobs", "/extract/jobs".into(), order),
    ];
    acts.push((&analyst, "/extract/jobs/{id}/file", String::new(), Value::Null));
    for (path, at, fields) in [
        (
            "/people/add",
            "/people/add",
            "login=li.na&name=x&role=leader&outlet=&town=&password=Ling-Dao-2026",
        ),
        ("/people/{login}/password", "/people/li.na/password", "password=Ling-Dao-2027"),
        ("/people/{login}/role", "/people/li.na/role", "role=analyst&outlet=&town=&widens=yes"),
        ("/people/{login}/disable", "/people/li.na/disable", ""),
        ("/people/{login}/enable", "/people/li.na/enable", ""),
    ] {
        acts.push((&keeper, path, at.into(), form(fields.to_owned())));
    }
    let charge: i64 = city
        .count("select max(c.id) from charge c join account a on a.id = c.account_id where a.payer_name = '李四'")
        .await;
    for (word, reason) in [("refuse", "reason=x"), ("approve", "reason=")] {
        let request = format!("/charges/{charge}/request");
        acts.push((&biller, "/charges/{id}/request", request, form("reason=x".to_owned())));
        let path = if word == "refuse" {
            "/approvals/charges/{id}/refuse"
        } else {
            "/approvals/charges/{id}/approve"
        };
        acts.push((&second, path, String::new(), form(reason.to_owned())));
    }
    let by_phone: i64 = city
        .count("select id from payment where channel_item_id is not null order by id limit 1")
        .await;
    let waits = async |serial: &str| -> i64 {
        let sql = "select id from channel_item where serial = $1";
        sqlx::query_scalar(sql).bind(serial).fetch_one(&city.owner).await.unwrap()
    };
    let (kept, sent) = (waits("2").await, waits("3").await);
    let (outlet, town) = city.outlet(crate::city::DAOJIAO).await;
    let owner = city.sewage_owner(town).await;
    for (browser, path, at, fields) in [
        (
            &biller,
            "/suspense/{id}/post",
            format!("/suspense/{kept}/post"),
            "prepaid=yes".to_owned(),
        ),
        (
            &biller,
            "/suspense/{id}/return",
            format!("/suspense/{sent}/return"),
            "reason=x".to_owned(),
        ),
        (
            &biller,
            "/months/close",
            "/months/close".to_owned(),
            format!("organisation={outlet}&kind=read&period=2026-10"),
        ),
        (
            &cai,
            "/remittances/record",
            "/remittances/record".to_owned(),
            format!(
                "town={town}&owner={owner}&fee_item=sewage&month=2026-11&amount=1.00&voucher_no=JK1"
            ),
        ),
        (
            &cai_er,
            "/remittances/{id}/reverse",
            "/remittances/1/reverse".to_owned(),
            "reason=x".to_owned(),
        ),
        (
            &biller,
            "/payments/{payment}/refund",
            format!("/payments/{by_phone}/refund"),
            "reason=x".to_owned(),
        ),
    ] {
        acts.push((browser, path, at, form(fields)));
    }
    let renewed = format!("old={PASSWORD}&new=Xin-Kouling-2026&again=Xin-Kouling-2026");
    acts.push((&keeper, "/me/password", "/me/password".into(), form(renewed)));
    acts.push((&keeper, "/logout", "/logout".into(), form(String::new())));
    let table = doors();
    for door in table.iter().filter(|door| door.method != Method::GET || door.act.is_some()) {
        assert!(door.act.is_some(), "{} changes something and leaves no mark", door.path);
        let told = acts.iter().any(|(_, path, _, _)| *path == door.path);
        assert!(told, "no story for {}", door.path);
    }
    for (browser, path, at, body) in acts {
        let is_ours = |door: &&Door| door.path == path && door.act.is_some();
        let action = table.iter().find(is_ours).unwrap().act.unwrap().code();
        let noted = async || -> i64 {
            let sql = "select count(*) from operation_log where action = $1 and door = 'page'";
            sqlx::query_scalar(sql).bind(action).fetch_one(&city.owner).await.unwrap()
        };
        let before = noted().await;
        let page = match (path, body) {
            ("/extract/jobs/{id}/file", _) => fetch_file(&city, browser).await,
            ("/counter/api/reverse", _) => {
                let body = json!({ "key": "each-act-2", "payment": payment, "reason": "收错用户" });
                browser.post(&at, &body).await
            }
            ("/counter/api/request", _) => {
                let body = json!({ "payment": payment, "reason": "收错用户" });
                browser.post(&at, &body).await
            }
            (
                "/approvals/charges/{id}/refuse" | "/approvals/charges/{id}/approve",
                Value::String(fields),
            ) => {
                let request = city.count("select max(id) from charge_reversal_request").await;
                browser.post_form(&path.replace("{id}", &request.to_string()), &fields).await
            }
            (
                "/approvals/{id}/refuse"
                | "/approvals/{id}/approve"
                | "/payments/{payment}/request"
                | "/payments/{payment}/reverse",
                Value::String(fields),
            ) => {
                let request = city.count("select max(id) from reversal_request").await;
                let at = path
                    .replace("{id}", &request.to_string())
                    .replace("{payment}", &payment.to_string());
                browser.post_form(&at, &fields).await
            }
            (_, Value::String(fields)) => browser.post_form(&at, &fields).await,
            (_, body) => browser.post(&at, &body).await,
        };
        assert!(
            page.status.is_success() || page.status.is_redirection(),
            "{path}: {} {}",
            page.status,
            page.text()
        );
        if path == "/counter/api/collect" {
            payment = page.json()["payment"].as_i64().unwrap();
        }
        assert_eq!(noted().await, before + 1, "{path} leaves no mark `{action}`");
    }
    site.close().await;
    books.stop().await;
    city.check().await;
}

/// Waits until a file is whole, and takes it.
async fn fetch_file(city: &City, browser: &Browser) -> super::browser::Page {
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let done: Option<i64> =
            sqlx::query_scalar("select max(id) from export_job where state = 'done'")
                .fetch_one(&city.owner)
                .await
                .unwrap();
        if let Some(id) = done {
            return browser.get(&format!("/extract/jobs/{id}/file")).await;
        }
        assert!(Instant::now() < end, "no export ends");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
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
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let clerk = site.clerk().await;
    let order = json!({
        "key": "other-outlet", "account": gaobu.id.0, "charges": [], "expected_total": "0.00",
        "received": "5.00", "surplus": "prepaid", "method": "cash",
    });
    let refused = clerk.post("/counter/api/collect", &order).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
    let words = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(words.contains("其他网点") && !words.contains("103"), "{words}");

    let page = clerk.get("/counter/today").await.text();
    assert!(page.contains("/counter/today?day=2026-11-24"), "{page}");
    let refused = clerk.post("/counter/api/close", &json!({})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
    assert!(refused.text().contains("2026-11-24"), "{}", refused.text());
    let forgotten = clerk.get("/counter/today?day=2026-11-24").await.text();
    assert!(forgotten.contains("103.33"), "{forgotten}");
    let closed = clerk.post("/counter/api/close", &json!({ "day": "2026-11-24" })).await;
    assert_eq!(closed.json()["net"], "103.33");
    let closed = clerk.post("/counter/api/close", &json!({})).await;
    assert_eq!(closed.status, StatusCode::OK, "{}", closed.text());
    site.close().await;
    books.stop().await;
    city.check().await;
}

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
