//! The table of routes, walked: every role at every door, and every act with its mark.

use std::time::{Duration, Instant};

use api::web::{Door, Who, doors};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use terms::Role;

use super::Browser;
use super::site::{PASSWORD, Site};
use crate::city::City;

fn address(door: &Door) -> String {
    let (code, none) = ("daily-collection", "999999");
    door.path
        .replace("{code}", code)
        .replace("{payment}", none)
        .replace("{id}", none)
        .replace("{login}", "nobody")
}

/// Logs in, and takes the token from the first page.
async fn enter(site: &Site, login: &str) -> Browser {
    let mut browser = site.login(login).await;
    let page = browser.get("/report/verify").await.text();
    let token =
        page.split("name=\"csrf\" content=\"").nth(1).and_then(|rest| rest.split('"').next());
    browser.csrf = token.unwrap_or_else(|| panic!("{login}: {page}")).to_owned();
    browser
}

#[tokio::test]
async fn every_door_opens_to_those_whom_its_row_names_and_to_nobody_else() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let stranger = Browser::stranger(&site.address);
    let mut people = Vec::new();
    for (login, role) in [
        ("chen.juan", Role::Clerk),
        ("zhou.ting", Role::Analyst),
        ("he.lin", Role::Leader),
        ("liu.gang", Role::Administrator),
    ] {
        people.push((enter(&site, login).await, role));
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
        for (browser, role) in &people {
            if door.who.admits(*role) && closes(door) {
                continue;
            }
            let page = ask(browser).await;
            let refused = page.status == StatusCode::FORBIDDEN;
            assert_eq!(
                refused,
                !door.who.admits(*role),
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
async fn every_act_at_a_door_leaves_its_mark() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let clerk = site.clerk().await;
    let analyst = enter(&site, "zhou.ting").await;
    let keeper = enter(&site, "liu.gang").await;
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
        (&clerk, "/counter/api/collect", "/counter/api/collect".into(), collect),
        (&clerk, "/counter/api/reverse", "/counter/api/reverse".into(), Value::Null),
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
        ("/people/{login}/disable", "/people/li.na/disable", ""),
        ("/people/{login}/enable", "/people/li.na/enable", ""),
    ] {
        acts.push((&keeper, path, at.into(), form(fields.to_owned())));
    }
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
    let gaobu = city.open("李四", crate::city::GAOBU, |_| {}).await;
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
