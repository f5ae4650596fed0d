//! Commands of `weir` on a city: what they ask for, and what they never take from the command line.

use std::time::{Duration, Instant};

use chrono::{Datelike, Months, SecondsFormat};
use engine::access::{change_password, has_password};
use engine::register::{AccountChange, decide_change, submit_change};
use ingest::{Capture, CaptureConfig, Standstill};

use super::program::{Data, answered, over};
use crate::city::{City, DAOJIAO};
use crate::web::Browser;

/// Runs a command on the books of a city with this on its standard input; gives whether it was done, and its words.
fn run(city: &City, arguments: &[&str], input: &str) -> (bool, String) {
    answered(over(city, arguments), input)
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

/// All that whoever keeps the machine does with people, from the first of them on.
#[tokio::test]
async fn people_are_entered_changed_and_let_in_no_longer_at_the_command_line() {
    let city = City::new().await;
    let does = |arguments: &[&str], input: &str, want: Result<&str, &str>| {
        let (done, words) = run(&city, arguments, input);
        assert_eq!(done, want.is_ok(), "{arguments:?}: {words}");
        assert!(words.contains(want.unwrap_or_else(|word| word)), "{arguments:?}: {words}");
    };
    let listed = |login: &str| {
        let (done, words) = run(&city, &["user", "list"], "");
        assert!(done, "{words}");
        let line = words.lines().find(|line| line.starts_with(login));
        line.unwrap_or_else(|| panic!("{words}")).to_owned()
    };
    let opens = async |login: &str, password: &str| {
        let mut connection = city.owner.acquire().await.unwrap();
        has_password(&mut connection, login, password).await.unwrap()
    };
    let (first, second) = ("Kai-Zhang-2026", "Xin-Kouling-2026");
    let keeper = ["user", "add", "wang.wei", "--name", "王伟", "--role", "administrator"];
    does(&keeper, "short\n", Err("至少12个字符"));
    does(&keeper, "", Err("no pass word came"));
    does(&keeper, &format!("{first}\n"), Ok("wang.wei is entered"));
    does(&keeper, &format!("{first}\n"), Err("登录名已被使用"));
    assert!(opens("wang.wei", first).await);

    let clerk = ["user", "add", "chen.juan", "--name", "陈娟", "--role", "clerk", "--no-password"];
    does(&clerk, "", Err("须填写网点"));
    does(&[&clerk[..], &["--outlet", "无此网点"]].concat(), "", Err("no outlet or town"));
    does(&[&clerk[..], &["--outlet", DAOJIAO]].concat(), "", Ok("chen.juan is entered"));
    let line = listed("chen.juan");
    assert!(["收费员", "陈娟", DAOJIAO, "无口令"].iter().all(|word| line.contains(word)), "{line}");
    // A pass word is no argument.
    let password = ["user", "password", "chen.juan"];
    does(&[&password[..], &[second]].concat(), "", Err("unexpected argument"));
    does(&password, &format!("{second}\n"), Ok("chen.juan has another pass word"));
    assert!(opens("chen.juan", second).await);
    assert!(!listed("chen.juan").contains("无口令"));

    let role = ["user", "role", "chen.juan", "--role", "analyst"];
    does(&role, "", Err("分析员 · 全市; if it is meant, add --yes"));
    assert!(listed("chen.juan").contains("收费员"));
    let changed = format!("chen.juan: 收费员 · {DAOJIAO} → 分析员 · 全市");
    does(&[&role[..], &["--yes"]].concat(), "", Ok(&changed));
    assert!(listed("chen.juan").contains("分析员"));

    does(&["user", "disable", "chen.juan"], "", Ok("chen.juan is let in no longer"));
    assert!(listed("chen.juan").contains("停用"));
    assert!(!opens("chen.juan", second).await);
    does(&["user", "enable", "chen.juan"], "", Ok("chen.juan is let in again"));
    assert!(!listed("chen.juan").contains("停用"));
    assert!(opens("chen.juan", second).await);
    does(&["user", "disable", "wang.wei"], "", Err("最后一位可登录的系统管理员"));
    for verb in ["disable", "enable"] {
        does(&["user", verb, "nobody"], "", Err("用户不存在"));
    }

    let marks: Vec<String> = sqlx::query_scalar(
        "select subject || ' ' || action from operation_log
         where door = 'command' and user_id is null and subject in ('wang.wei', 'chen.juan') order by id",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    assert_eq!(
        marks,
        [
            "wang.wei access.user.add",
            "chen.juan access.user.add",
            "chen.juan access.user.password",
            "chen.juan access.user.role",
            "chen.juan access.user.disable",
            "chen.juan access.user.enable",
        ]
    );
    city.check().await;
}

/// The house opens for real: nobody is there yet, and whoever starts it is told how to begin.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_first_start_without_people_says_how_the_administrator_is_entered() {
    let data = Data::new();
    let (mut up, _, words) = data.opens();
    assert!(words.contains("Nobody may log in yet"), "{words}");
    // It is done as it is said there, while the house is open.
    let told = words.lines().last().unwrap().trim().replace("LOGIN", "wang.wei");
    assert_eq!(told, "weir user add wang.wei --name 姓名 --role administrator");
    let arguments: Vec<_> = told.split(' ').skip(1).collect();
    let (done, said) = answered(data.command(&arguments), "Kai-Zhang-2026\n");
    assert!(done && said.contains("wang.wei is entered"), "{said}");
    up.kill().unwrap();
    up.wait().unwrap();
    // Whoever may log in does, and is spoken of no more.
    let (mut up, address, words) = data.opens();
    assert_eq!(words, "");
    Browser::login(&address, "wang.wei", "Kai-Zhang-2026").await;
    up.kill().unwrap();
    up.wait().unwrap();
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

/// A reading above the alert line is billed once a second person has said so, by a command too.
#[tokio::test]
async fn a_reading_that_waits_is_listed_and_judged_by_another() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let login = async |name: &str| {
        let id = city.somebody(name).await;
        let login = sqlx::query_scalar::<_, String>("select login from app_user where id = $1");
        login.bind(id.0).fetch_one(&city.owner).await.unwrap()
    };
    let (reader, checker) = (login("李抄表").await, login("王审核").await);
    let by = Some(city.somebody("李抄表").await);
    let readings = vec![city.seen(&account, "260")];
    engine::reading::enter(&city.pool, &city.clock, city.period(), by, readings).await.unwrap();
    let (month, meter) = (city.period().to_string(), account.serial_no.as_str());
    let (done, words) = run(&city, &["reading", "list", "--period", &month], "");
    assert!(done && [meter, "260", "偏高"].iter().all(|word| words.contains(word)), "{words}");
    for (what, which, who, want) in [
        ("approve", meter, &reader, Err("须由他人审核")),
        ("reject", "NO-SUCH", &checker, Err("水表 NO-SUCH")),
        ("approve", meter, &checker, Ok("通过 1 条")),
        ("approve", meter, &checker, Err("不在待审核状态")),
    ] {
        let judge = ["reading", what, which, "--period", &month, "--by", who];
        let (done, words) = run(&city, &judge, "");
        assert_eq!(done, want.is_ok(), "{words}");
        assert!(words.contains(want.unwrap_or_else(|word| word)), "{words}");
    }
    assert_eq!(city.bill().await.charges, 1);
}

/// Nobody serves: what was approved ahead is told by the doctor, and shown by the next command.
#[tokio::test]
async fn a_change_whose_day_has_come_waits_for_no_serving_process() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let (maker, checker) = (city.manager().await, city.second_manager().await);
    let more = AccountChange {
        account_no: account.no.clone(),
        valid_from: city.today().with_day(1).unwrap() + Months::new(1),
        persons: Some(6),
        reason: "人口增加".to_owned(),
        ..AccountChange::default()
    };
    let version = submit_change(&city.pool, &city.clock, maker, more).await.unwrap();
    decide_change(&city.pool, &city.clock, checker, version, true).await.unwrap();
    // Commands go by the clock of the database, on which its day may not have come.
    let come = "update change_ahead set valid_from = '2020-01-01'";
    sqlx::query(come).execute(&city.owner).await.unwrap();
    let told = |words: &str| {
        let line = words.lines().find(|line| line.contains(" changes "));
        line.unwrap_or_else(|| panic!("{words}")).to_owned()
    };
    let line = told(&run(&city, &["doctor"], "").1);
    assert!(line.contains("WARNING") && line.contains("1 of accounts"), "{line}");
    let (done, words) = run(&city, &["user", "list"], "");
    assert!(done, "{words}");
    assert_eq!(city.count("select count(*) from change_ahead").await, 0);
    let line = told(&run(&city, &["doctor"], "").1);
    assert!(!line.contains("WARNING") && line.contains("none"), "{line}");
}

/// Somebody with the keys of the house changes ledger rows, to what they were: capture ends there whenever it is started.
#[tokio::test]
async fn capture_that_stands_is_told_until_its_slot_is_dropped_and_all_copied_afresh() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    till.collect(&account, "110").await;
    let config = CaptureConfig { resync: true, ..city.capture_config() };
    let capture = Capture::start(config.clone()).await.unwrap();
    for command in ["status", "doctor"] {
        let (_, words) = run(&city, &[command], "");
        assert!(!words.contains("stands"), "{command}: {words}");
    }
    let quiet = "set session_replication_role = replica;
                 update allocation set cashier_id = cashier_id;
                 set session_replication_role = origin";
    let mut owner = city.owner.acquire().await.unwrap();
    sqlx::raw_sql(quiet).execute(&mut *owner).await.unwrap();
    let why = "update of a ledger row is refused";
    let limit = Duration::from_secs(20);
    let ended = tokio::time::timeout(limit, capture.stopped()).await.unwrap();
    assert!(ended.message.contains(why), "{ended}");
    let stands = Standstill::read(&config.root).unwrap().unwrap();
    let again = Capture::start(config.clone()).await.unwrap();
    let ended = tokio::time::timeout(limit, again.stopped()).await.unwrap();
    assert!(ended.message.contains(why), "{ended}");
    let since = stands.since.to_rfc3339_opts(SecondsFormat::Secs, true);
    for command in ["status", "doctor"] {
        let (_, words) = run(&city, &[command], "");
        for told in [&*format!("capture stands since {since}"), why, "README, Capture stands"] {
            assert!(words.contains(told), "{command}: {told}: {words}");
        }
    }
    // The way out. The log sender may need a moment to let go.
    let drop_slot = format!("select pg_drop_replication_slot('{}')", config.slot);
    let end = Instant::now() + limit;
    while let Err(held) =
        sqlx::query(sqlx::AssertSqlSafe(drop_slot.as_str())).execute(&mut *owner).await
    {
        assert!(Instant::now() < end, "{held}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let afresh = Capture::start(config.clone()).await.unwrap();
    assert_eq!(Standstill::read(&config.root).unwrap(), None);
    let (_, words) = run(&city, &["status"], "");
    assert!(!words.contains("stands"), "{words}");
    afresh.stop().await.unwrap();
}
