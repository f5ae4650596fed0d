//! 会话: how long a session lasts, and what ends it at once.

use engine::access::{
    Asking, Logins, Place, change_password, disable_user, enable_user, logout, session, set_role,
};
use terms::Role;

use crate::city::City;

const PASSWORD: &str = "Hehe-Xiangjian7";

async fn logged_in(city: &City) -> String {
    let from = "10.20.0.7".parse().unwrap();
    let login = Logins::new().login(&city.pool, &city.clock, from, "chen.juan", PASSWORD).await;
    login.unwrap().token
}

async fn lives(city: &City, token: &str, asking: Asking) -> bool {
    session(&city.pool, &city.clock, token, asking).await.unwrap().is_some()
}

async fn city() -> City {
    let city = City::new().await;
    city.counter().await;
    change_password(&city.pool, &city.clock, None, "chen.juan", PASSWORD).await.unwrap();
    city
}

#[tokio::test]
async fn an_unattended_till_locks_itself_whatever_its_page_asks() {
    let mut city = city().await;
    let token = logged_in(&city).await;
    for minute in ["10:10", "10:20", "10:29"] {
        city.at(&format!("2026-11-24 {minute}"));
        assert!(lives(&city, &token, Asking::Poll).await, "{minute}");
    }
    city.at("2026-11-24 10:31");
    assert!(!lives(&city, &token, Asking::Person).await);
}

#[tokio::test]
async fn a_session_in_use_lasts_a_working_day_and_no_longer() {
    let mut city = city().await;
    let token = logged_in(&city).await;
    for hour in 10..22 {
        for minute in ["20", "45", "59"] {
            let wall = format!("2026-11-24 {hour}:{minute}");
            city.at(&wall);
            assert!(lives(&city, &token, Asking::Person).await, "{wall}");
        }
    }
    city.at("2026-11-24 22:00");
    assert!(!lives(&city, &token, Asking::Person).await);
}

#[tokio::test]
async fn a_session_ends_with_log_out_pass_word_role_and_disabling() {
    let city = city().await;
    city.person("keeper", "刘刚", Role::Administrator, None, None).await;
    let (pool, clock) = (&city.pool, &city.clock);
    let (outlet, _) = city.outlet(crate::city::DAOJIAO).await;
    let place = Place { outlet: Some(outlet), town: None };

    let token = logged_in(&city).await;
    logout(pool, clock, &token).await.unwrap();
    assert!(!lives(&city, &token, Asking::Person).await);

    let token = logged_in(&city).await;
    change_password(pool, clock, None, "chen.juan", PASSWORD).await.unwrap();
    assert!(!lives(&city, &token, Asking::Person).await);

    let token = logged_in(&city).await;
    set_role(pool, clock, None, "chen.juan", (Role::Clerk, place), false).await.unwrap();
    assert!(!lives(&city, &token, Asking::Person).await);

    let token = logged_in(&city).await;
    disable_user(pool, clock, None, "chen.juan").await.unwrap();
    assert!(!lives(&city, &token, Asking::Person).await);
    enable_user(pool, clock, None, "chen.juan").await.unwrap();
    assert!(!lives(&city, &token, Asking::Person).await, "a cookie of old comes back to life");
    logged_in(&city).await;
    city.check().await;
}

/// Waits until so many wait for a lock.
async fn waiting(city: &City, waiters: i64) {
    for _ in 0..400 {
        let asked = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        if city.count(asked).await >= waiters {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_session_that_is_opened_by_the_old_pass_word_does_not_survive_its_change() {
    let city = city().await;
    // The log-in has opened its session, and waits to note where the person is at home.
    let mut shut = city.owner.begin().await.unwrap();
    sqlx::query("lock table login_place in share mode").execute(&mut *shut).await.unwrap();
    let login = async { logged_in(&city).await };
    let change = async {
        waiting(&city, 1).await;
        let changed = async {
            let new = "Xin-Kouling-88";
            change_password(&city.pool, &city.clock, None, "chen.juan", new).await.unwrap();
        };
        let open = async {
            waiting(&city, 2).await;
            shut.rollback().await.unwrap();
        };
        tokio::join!(changed, open)
    };
    let (token, _) = tokio::join!(login, change);
    assert!(!lives(&city, &token, Asking::Person).await);
}
