//! Every role at every door: what its permissions say, and nothing else.

use std::collections::HashSet;

use api::web::{Door, Who, doors};
use axum::http::{Method, StatusCode};
use engine::access::{NewUser, Place, add_user};
use terms::Role;

use crate::city::City;
use crate::web::Browser;
use crate::web::site::{PASSWORD, Site};

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
