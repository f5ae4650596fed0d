//! 登录: how often one may try, and who is kept out by whom.

use std::net::IpAddr;

use engine::access::{LoginError, Logins, Session, change_password};
use tokio::task::JoinSet;

use crate::city::City;

const PASSWORD: &str = "Hehe-Xiangjian7";
const HOME: &str = "10.20.0.7";

async fn city() -> City {
    let city = City::new().await;
    city.counter().await;
    change_password(&city.pool, &city.clock, None, "chen.juan", PASSWORD).await.unwrap();
    city
}

async fn attempt(
    city: &City,
    from: &str,
    login: &str,
    password: &str,
) -> Result<Session, LoginError> {
    let from: IpAddr = from.parse().unwrap();
    Logins::new().login(&city.pool, &city.clock, from, login, password).await
}

/// So many wrong tries have been counted just now.
async fn have_tried(city: &City, who: &str, tries: i32) {
    sqlx::query(
        "insert into login_attempt values ($1, $2, $3) on conflict (who) do update set attempts = excluded.attempts",
    )
    .bind(who)
    .bind(terms::Clock::now(&city.clock))
    .bind(tries)
    .execute(&city.owner)
    .await
    .unwrap();
}

#[tokio::test]
async fn two_hundred_wrong_tries_at_once_are_two_hundred_tries() {
    let mut city = city().await;
    let gate = Logins::new();
    let mut tries = JoinSet::new();
    for _ in 0..200 {
        let (gate, pool, clock) = (gate.clone(), city.pool.clone(), city.clock);
        let from: IpAddr = HOME.parse().unwrap();
        tries.spawn(async move {
            gate.login(&pool, &clock, from, "chen.juan", "wrong").await.unwrap_err().to_string()
        });
    }
    let answers = tries.join_all().await;
    // Five were looked at; all others were turned away, and the lock does not lift itself.
    let wrong = answers.iter().filter(|words| words.contains("不正确")).count();
    assert_eq!(wrong, 5, "{answers:?}");
    let failed = "select count(*) from operation_log where action = 'access.session.fail'";
    assert_eq!(city.count(failed).await, 5);
    let suspended = "select count(*) from operation_log where action = 'access.session.suspend'";
    assert_eq!(city.count(suspended).await, 1);
    // Not even the right pass word opens from there; from elsewhere it does: nobody is locked out.
    let refused = attempt(&city, HOME, "chen.juan", PASSWORD).await.unwrap_err();
    assert!(matches!(refused, LoginError::TooMany), "{refused:?}");
    attempt(&city, "10.20.0.8", "chen.juan", PASSWORD).await.unwrap();
    city.at("2026-11-24 10:16");
    attempt(&city, HOME, "chen.juan", PASSWORD).await.unwrap();
    city.check().await;
}

#[tokio::test]
async fn a_new_pass_word_opens_what_wrong_ones_had_closed() {
    let city = city().await;
    for _ in 0..6 {
        attempt(&city, HOME, "chen.juan", "wrong").await.unwrap_err();
    }
    let refused = attempt(&city, HOME, "chen.juan", PASSWORD).await.unwrap_err();
    assert!(matches!(refused, LoginError::TooMany), "{refused:?}");
    let fresh = "Xin-Kouling-2026";
    change_password(&city.pool, &city.clock, None, "chen.juan", fresh).await.unwrap();
    attempt(&city, HOME, "chen.juan", fresh).await.unwrap();
}

#[tokio::test]
async fn whether_a_login_exists_changes_no_answer() {
    let city = city().await;
    let mut said: Vec<Vec<String>> = Vec::new();
    for (login, from) in [("chen.juan", "10.0.0.1"), ("nobody.here", "10.0.0.2")] {
        let mut answers = Vec::new();
        for _ in 0..7 {
            answers.push(attempt(&city, from, login, "wrong").await.unwrap_err().to_string());
        }
        said.push(answers);
    }
    assert_eq!(said[0], said[1]);
    assert!(said[0][4].contains("不正确") && said[0][5].contains("15分钟"), "{said:?}");
}

#[tokio::test]
async fn who_guesses_from_everywhere_locks_nobody_out_at_home() {
    let city = city().await;
    attempt(&city, HOME, "chen.juan", PASSWORD).await.unwrap();
    // Fifty wrong tries from ten other addresses.
    have_tried(&city, "* chen.juan", 50).await;
    let elsewhere = attempt(&city, "10.9.9.9", "chen.juan", PASSWORD).await.unwrap_err();
    assert!(matches!(elsewhere, LoginError::TooMany), "{elsewhere:?}");
    attempt(&city, HOME, "chen.juan", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn an_address_may_not_try_everybody() {
    let city = city().await;
    have_tried(&city, "10.6.6.6 *", 100).await;
    let refused = attempt(&city, "10.6.6.6", "chen.juan", PASSWORD).await.unwrap_err();
    assert!(matches!(refused, LoginError::TooMany), "{refused:?}");
    attempt(&city, "10.6.6.7", "chen.juan", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn who_tries_many_names_in_a_hall_locks_nobody_out_who_is_at_home_there() {
    let city = city().await;
    attempt(&city, HOME, "chen.juan", PASSWORD).await.unwrap();
    // A hall of counters has one address outside, and somebody in it has tried a hundred names; the next wrong try is of
    // somebody who is at home.
    have_tried(&city, &format!("{HOME} *"), 100).await;
    let mistyped = attempt(&city, HOME, "chen.juan", "wrong").await.unwrap_err();
    assert!(matches!(mistyped, LoginError::Wrong), "{mistyped:?}");
    // Whoever is refused first leaves a mark of it, and one is enough.
    for _ in 0..3 {
        let guessed = attempt(&city, HOME, "nobody.here", "wrong").await.unwrap_err();
        assert!(matches!(guessed, LoginError::TooMany), "{guessed:?}");
        let suspended =
            "select count(*) from operation_log where action = 'access.session.suspend'";
        assert_eq!(city.count(suspended).await, 1);
    }
    attempt(&city, HOME, "chen.juan", PASSWORD).await.unwrap();
    // The one name, five times: that does.
    for _ in 0..4 {
        attempt(&city, HOME, "chen.juan", "wrong").await.unwrap_err();
    }
    let guessed = attempt(&city, HOME, "chen.juan", PASSWORD).await.unwrap_err();
    assert!(matches!(guessed, LoginError::TooMany), "{guessed:?}");
}

#[tokio::test]
async fn a_crowd_at_the_gate_is_told_to_come_again() {
    let city = city().await;
    let gate = Logins::new();
    let mut crowd = JoinSet::new();
    for n in 0..150 {
        let (gate, pool, clock) = (gate.clone(), city.pool.clone(), city.clock);
        let from: IpAddr = format!("10.30.0.{n}").parse().unwrap();
        crowd.spawn(async move {
            // Tries that the queue turns away are not counted against anybody.
            gate.login(&pool, &clock, from, &format!("person.{n}"), "").await.unwrap_err()
        });
    }
    let mut answers = Vec::new();
    while let Some(answer) = crowd.join_next().await {
        answers.push(answer.unwrap());
    }
    let turned_away = answers.iter().filter(|a| matches!(a, LoginError::Busy)).count();
    assert!(turned_away > 0, "{answers:?}");
    assert!(LoginError::Busy.to_string().contains("稍候"));
    let counted = "select count(*) from login_attempt where who like '10.% person.%'";
    assert_eq!(city.count(counted).await, 150 - i64::try_from(turned_away).unwrap());
}
