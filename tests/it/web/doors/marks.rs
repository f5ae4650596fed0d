//! Every act at a door leaves its mark.

use std::time::{Duration, Instant};

use api::web::{Door, doors};
use axum::http::Method;
use engine::access::{change_password, disable_user};
use engine::channels::{Settled, Settles};
use serde_json::{Value, json};
use terms::Role;

use crate::city::{City, DAOJIAO, yuan};
use crate::web::Browser;
use crate::web::browser::Page;
use crate::web::orders::paying;
use crate::web::site::{PASSWORD, Site};

#[tokio::test]
async fn every_act_at_a_door_leaves_its_mark() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let li = city.household_owing_for("李四", "30").await;
    let wang = city.household_owing_for("王五", "30").await;
    for (login, name, role) in [
        ("bill.er", "账务员", Role::GroupAdministrator),
        ("bill.san", "账务三", Role::GroupAdministrator),
        ("shen.er", "审批员", Role::GroupAdministrator),
        ("cai", "财政", Role::Finance),
        ("cai.er", "财政二", Role::Finance),
    ] {
        city.person(login, name, role, None, None).await;
        change_password(&city.pool, &city.clock, None, login, PASSWORD).await.unwrap();
    }
    // 王五 pays by WeChat; three more items fit nothing, and wait.
    for (serial, gross) in [("1", "103.33"), ("2", "5"), ("3", "6"), ("4", "7")] {
        let settles = Settles::UpTo(city.period());
        let (serial, gross) = (serial.to_owned(), yuan(gross));
        city.settle(
            "wechat",
            &serial.clone(),
            vec![Settled { account: wang.id, settles, serial, gross }],
        )
        .await;
    }
    // 王二 took money, and has left.
    let left = city.clerk("wang.er", "王二", DAOJIAO).await;
    left.collect(&city.household_owing_for("赵六", "30").await, "200").await;
    disable_user(&city.pool, &city.clock, None, "wang.er").await.unwrap();
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let (biller, second) = (site.enter("bill.er").await, site.enter("bill.san").await);
    let checker = site.enter("shen.er").await;
    let (cai, cai_er) = (site.enter("cai").await, site.enter("cai.er").await);
    let analyst = site.enter("zhou.ting").await;
    let keeper = site.enter("liu.gang").await;
    let quote = clerk.get(&format!("/counter/api/quote?account={}", account.id)).await.json();
    let collect = paying("each-act-1", &account, quote["charges"][0]["id"].clone());
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
        (&clerk, "/counter/api/void", "/counter/api/void".into(), Value::Null),
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
        (&clerk, "/counter/api/close", "/counter/api/close".into(), Value::Null),
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
        ("/people/{login}/name", "/people/li.na/name", "name=y"),
        (
            "/people/{login}/stand-in",
            "/people/li.na/stand-in",
            "role=leader&from=2026-11-24&until=2026-12-24&reason=x",
        ),
        ("/people/{login}/stand-in/end", "/people/li.na/stand-in/end", "id=1"),
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
    let (kept, sent, moved) = (waits("2").await, waits("3").await, waits("4").await);
    let (outlet, town) = city.outlet(DAOJIAO).await;
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
            &biller,
            "/months/day",
            "/months/day".to_owned(),
            format!("organisation={outlet}&cashier={}&day={}&reason=x", left.cashier, city.today()),
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
    for (word, reason) in [("refuse", "reason=x"), ("approve", "reason=")] {
        let at = format!("/suspense/{moved}/request");
        let fields = format!("account_no={}&prepaid=yes", li.no);
        acts.push((&biller, "/suspense/{id}/request", at, form(fields)));
        let path = if word == "refuse" {
            "/suspense/requests/{id}/refuse"
        } else {
            "/suspense/requests/{id}/approve"
        };
        acts.push((&second, path, String::new(), form(reason.to_owned())));
    }
    // Each waits for the second person, who says yes to the first and no to the other.
    let of_li = |what: &str| format!("/accounts/{}/{what}", li.id);
    let quota = |month: &str| {
        format!("kind=quota&reason=x&table=account%2Cperiod%2Cquota_m3%0A{}%2C{month}%2C60", li.no)
    };
    for (browser, path, at, fields) in [
        (
            &biller,
            "/accounts/{id}/change",
            of_li("change"),
            "valid_from=2026-11-01&persons=5&reason=x".to_owned(),
        ),
        (&checker, "/changes/{id}/approve", String::new(), String::new()),
        (
            &biller,
            "/accounts/{id}/change",
            of_li("change"),
            "valid_from=2026-11-01&persons=6&reason=x".to_owned(),
        ),
        (&checker, "/changes/{id}/refuse", String::new(), String::new()),
        (
            &biller,
            "/accounts/{id}/change",
            of_li("change"),
            "valid_from=2026-12-01&persons=6&reason=x".to_owned(),
        ),
        (&checker, "/changes/{id}/approve", String::new(), String::new()),
        (&biller, "/changes/{id}/withdraw", String::new(), "reason=x".to_owned()),
        (&biller, "/accounts/{id}/payer", of_li("payer"), "name=Li+Si&phone=&reason=x".to_owned()),
        (&checker, "/corrections/{id}/approve", String::new(), String::new()),
        (&biller, "/accounts/{id}/payer", of_li("payer"), "name=Li+Wu&phone=&reason=x".to_owned()),
        (&checker, "/corrections/{id}/refuse", String::new(), String::new()),
        (&biller, "/accounts/{id}/address", of_li("address"), "address=x&reason=x".to_owned()),
        (
            &biller,
            "/accounts/{id}/meter",
            of_li("meter"),
            format!("serial_no={}&caliber_mm=25&reason=x", li.serial_no),
        ),
        (&biller, "/rates/submit", "/rates/submit".to_owned(), quota("2027-01")),
        (&checker, "/rates/{id}/approve", String::new(), String::new()),
        (&biller, "/rates/submit", "/rates/submit".to_owned(), quota("2027-02")),
        (&checker, "/rates/{id}/refuse", String::new(), String::new()),
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
            ("/counter/api/close", _) => {
                let seen = browser.seen("/counter/today").await;
                browser.post(&at, &json!({ "seen": seen, "counted": "0.00" })).await
            }
            ("/counter/api/void", _) => {
                let next = "select min(next_no) from stock_segment where receipt_type = 'nontax' and next_no <= last_no";
                let no = city.count(next).await.to_string();
                let sheet = json!({ "receipt_type": "nontax", "code": "4419261", "no": no, "reason": "卡纸" });
                browser.post(&at, &sheet).await
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
            (_, Value::String(fields)) if at.is_empty() => {
                let newest = match path {
                    _ if path.starts_with("/changes/") => {
                        "select max(id) from account_version where submitted_by is not null"
                    }
                    _ if path.starts_with("/suspense/") => "select max(id) from item_request",
                    _ if path.starts_with("/corrections/") => {
                        "select max(id) from payer_version where waits"
                    }
                    _ => "select max(id) from rate_order",
                };
                let newest = city.count(newest).await;
                browser.post_form(&path.replace("{id}", &newest.to_string()), &fields).await
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
async fn fetch_file(city: &City, browser: &Browser) -> Page {
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
