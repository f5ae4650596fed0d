//! Commands of `weir` on a city: what they ask for, and what they never take from the command line.

use std::io::Write;
use std::process::{Command, Stdio};

use engine::access::{change_password, has_password};

use super::program::weir;
use crate::city::{City, DAOJIAO};

/// Runs a command with this on its standard input; gives whether it was done, and its words.
fn run(city: &City, arguments: &[&str], input: &str) -> (bool, String) {
    let mut child = Command::new(weir())
        .args(arguments)
        .env(
            "WEIR_APPLICATION_DATABASE",
            city.database.server.url_of(engine::APPLICATION, &city.database.name),
        )
        .arg("--data")
        .arg(&city.data)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let words = [out.stdout, out.stderr].concat();
    (out.status.success(), String::from_utf8_lossy(&words).into_owned())
}

#[tokio::test]
async fn a_person_takes_another_pass_word_at_the_command_line_and_tells_it_the_old_one() {
    let city = City::new().await;
    city.counter().await;
    let (old, new) = ("Jiu-Kouling-2026", "Xin-Kouling-2026");
    change_password(&city.pool, &city.clock, None, "chen.juan", old).await.unwrap();
    let renew = ["user", "renew", "chen.juan"];
    for (input, want) in [
        (format!("guessed\n{new}\n"), "原口令不正确"),
        (format!("{old}\n{old}\n"), "新口令不能与原口令相同"),
        (format!("{old}\n"), "no pass word came"),
    ] {
        let (done, words) = run(&city, &renew, &input);
        assert!(!done && words.contains(want), "{words}");
    }
    // A pass word is no argument.
    let (done, words) = run(&city, &["user", "renew", "chen.juan", new], "");
    assert!(!done && words.contains("unexpected argument"), "{words}");
    let (done, words) = run(&city, &renew, &format!("{old}\n{new}\n"));
    assert!(done, "{words}");
    let mut connection = city.owner.acquire().await.unwrap();
    assert!(has_password(&mut connection, "chen.juan", new).await.unwrap());
    let told = "select count(*) from operation_log where action = 'access.password.renew' and door = 'command'";
    assert_eq!(city.count(told).await, 1);
}

#[tokio::test]
async fn the_doctor_names_whoever_keeps_the_pass_word_of_the_demo() {
    let city = City::new().await;
    city.clerk("clerk", "陈娟", DAOJIAO).await;
    for (pass_word, is_told) in [("Jingshui-2026", true), ("Xin-Kouling-2026", false)] {
        change_password(&city.pool, &city.clock, None, "clerk", pass_word).await.unwrap();
        let (_, words) = run(&city, &["doctor"], "");
        let line = words.lines().find(|line| line.contains("demo logins"));
        let line = line.unwrap_or_else(|| panic!("{words}"));
        let told = line.contains("WARNING") && line.contains("clerk may be opened");
        assert_eq!(told, is_told, "{line}");
    }
}

#[tokio::test]
async fn the_doctor_names_what_a_role_has_set_for_itself() {
    let city = City::new().await;
    for (set, is_told) in [("reset all", false), ("set default_transaction_read_only = on", true)] {
        // In this database alone: the roles are those of all tests.
        let sql = format!(
            "do $$ begin execute format('alter role weir_capture in database %I {set}', current_database()); end $$"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&city.owner).await.unwrap();
        let (_, words) = run(&city, &["doctor"], "");
        let line = words.lines().find(|line| line.contains("role settings"));
        let line = line.unwrap_or_else(|| panic!("{words}"));
        let told = line.contains("WARNING")
            && line.contains("weir_capture default_transaction_read_only=on");
        assert_eq!(told, is_told, "{line}");
    }
}

#[tokio::test]
async fn a_month_is_closed_by_its_kind_and_a_day_by_another_with_a_reason() {
    let city = City::new().await;
    city.counter().await;
    let (done, words) =
        run(&city, &["close", "month", DAOJIAO, "2026-10", "--by", "chen.juan"], "");
    assert!(!done && words.contains("--kind") && words.contains("--all"), "{words}");
    assert_eq!(city.count("select count(*) from month_close").await, 0);
    let day = ["close", "day", "chen.juan", "2020-01-02", "--by", "nobody.here"];
    let (done, words) = run(&city, &day, "");
    assert!(!done && words.contains("--reason"), "{words}");
}
