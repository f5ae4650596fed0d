//! 用户: who is entered, by whom, and what stays possible.

use chrono::Days;
use engine::access::{
    AdministerError, NewUser, Place, Sought, StandIn, StandInError, add_user, change_password,
    disable_user, enable_user, end_stand_in, people, rename_user, set_role, stand_in,
};
use terms::{Clock, Role, SystemClock};

use crate::city::{City, DAOJIAO};

fn new(login: &str, role: Role, password: Option<&str>) -> NewUser {
    NewUser {
        login: login.to_owned(),
        name: "刘刚".to_owned(),
        role,
        place: Place::default(),
        password: password.map(ToOwned::to_owned),
    }
}

#[tokio::test]
async fn people_are_entered_changed_and_let_in_no_longer_and_each_step_is_noted() {
    let city = City::new().await;
    let (pool, clock) = (&city.pool, &city.clock);
    let keeper =
        add_user(pool, clock, None, new("keeper", Role::Administrator, Some("Jian-Guan-2026")));
    let keeper = keeper.await.unwrap();
    let by = Some(keeper);
    for (password, words) in [("short", "至少12"), ("Analyst-zhou.ting1", "登录名")] {
        let weak = add_user(pool, clock, by, new("zhou.ting", Role::Analyst, Some(password))).await;
        assert!(weak.unwrap_err().to_string().contains(words), "{password}");
    }
    add_user(pool, clock, by, new("zhou.ting", Role::Analyst, Some("Fenxi-Yuan-77")))
        .await
        .unwrap();
    let twice = add_user(pool, clock, by, new("zhou.ting", Role::Leader, None)).await.unwrap_err();
    assert!(matches!(twice, AdministerError::LoginTaken), "{twice:?}");
    let (outlet, _) = city.outlet(DAOJIAO).await;
    let place = Place { outlet: Some(outlet), town: None };
    let nowhere =
        set_role(pool, clock, by, "zhou.ting", (Role::Clerk, Place::default()), true).await;
    assert!(matches!(nowhere.unwrap_err(), AdministerError::Outlet));
    let desk = city.count("select min(id)::bigint from organisation where kind = 'finance'").await;
    let desk = Place { outlet: Some(terms::OutletId(desk.try_into().unwrap())), town: None };
    let no_till = set_role(pool, clock, by, "zhou.ting", (Role::Clerk, desk), true).await;
    assert!(matches!(no_till.unwrap_err(), AdministerError::NotAnOutlet));
    set_role(pool, clock, by, "zhou.ting", (Role::Clerk, place), true).await.unwrap();
    change_password(pool, clock, by, "zhou.ting", "Shou-Fei-Yuan-8").await.unwrap();
    // Whose name holds another's login is somebody else.
    let shadow = NewUser { name: "zhou.ting 代班".to_owned(), ..new("aaa", Role::Leader, None) };
    add_user(pool, clock, by, shadow).await.unwrap();
    disable_user(pool, clock, by, "zhou.ting").await.unwrap();
    let unknown = disable_user(pool, clock, by, "nobody").await.unwrap_err();
    assert!(matches!(unknown, AdministerError::Unknown), "{unknown:?}");

    let everybody = Sought { most: 9, ..Sought::default() };
    let everybody = people(&mut pool.acquire().await.unwrap(), &everybody).await.unwrap();
    let zhou = everybody.page.iter().find(|person| person.user.login == "zhou.ting").unwrap();
    assert_eq!((zhou.user.role, zhou.active, zhou.may_log_in), (Role::Clerk, false, true));
    let marks: Vec<String> = sqlx::query_scalar(
        "select action from operation_log where user_id = $1 and subject = 'zhou.ting' order by id",
    )
    .bind(keeper.0)
    .fetch_all(&city.owner)
    .await
    .unwrap();
    assert_eq!(
        marks,
        ["access.user.add", "access.user.role", "access.user.password", "access.user.disable"]
    );
    city.check().await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let city = City::new().await;
    let (pool, clock) = (&city.pool, &city.clock);
    add_user(pool, clock, None, new("keeper", Role::Administrator, Some("Jian-Guan-2026")))
        .await
        .unwrap();
    let last = disable_user(pool, clock, None, "keeper").await.unwrap_err();
    assert!(matches!(last, AdministerError::LastAdministrator), "{last:?}");
    let last = set_role(pool, clock, None, "keeper", (Role::Leader, Place::default()), true).await;
    assert!(matches!(last.unwrap_err(), AdministerError::LastAdministrator));
    add_user(pool, clock, None, new("other", Role::Administrator, Some("Jian-Guan-2027")))
        .await
        .unwrap();
    disable_user(pool, clock, None, "keeper").await.unwrap();
}

#[tokio::test]
async fn of_two_administrators_who_are_disabled_at_once_one_stays() {
    let city = City::new().await;
    let (pool, clock) = (&city.pool, &city.clock);
    for round in 0..8 {
        let logins = [format!("keeper.a{round}"), format!("keeper.b{round}")];
        city.by_hand("update app_user set active = false").await;
        for login in &logins {
            let new = new(login, Role::Administrator, Some("Jian-Guan-2026"));
            add_user(pool, clock, None, new).await.unwrap();
        }
        let (a, b) = tokio::join!(
            disable_user(pool, clock, None, &logins[0]),
            disable_user(pool, clock, None, &logins[1])
        );
        let stayed = [&a, &b].iter().filter(|done| done.is_err()).count();
        assert_eq!(stayed, 1, "{a:?} {b:?}");
        let left = "select count(*) from app_user where active and role = 'administrator'";
        assert_eq!(city.count(left).await, 1);
    }
}

#[tokio::test]
async fn nobody_changes_their_own_role_or_shuts_themselves_out() {
    let city = City::new().await;
    let (pool, clock) = (&city.pool, &city.clock);
    let keeper = new("keeper", Role::Administrator, Some("Jian-Guan-2026"));
    let keeper = add_user(pool, clock, None, keeper).await.unwrap();
    add_user(pool, clock, None, new("other", Role::Administrator, Some("Jian-Guan-2027")))
        .await
        .unwrap();
    let out = disable_user(pool, clock, Some(keeper), "keeper").await.unwrap_err();
    assert!(matches!(out, AdministerError::Yourself), "{out:?}");
    let to = (Role::Leader, Place::default());
    let up = set_role(pool, clock, Some(keeper), "keeper", to, true).await.unwrap_err();
    assert!(matches!(up, AdministerError::Yourself), "{up:?}");
    disable_user(pool, clock, Some(keeper), "other").await.unwrap();
    city.check().await;
}

#[tokio::test]
async fn a_role_that_widens_is_given_only_where_it_is_meant() {
    let city = City::new().await;
    let (pool, clock) = (&city.pool, &city.clock);
    let (outlet, town) = city.outlet(DAOJIAO).await;
    city.person("zhou.ting", "周婷", Role::Analyst, None, Some(town)).await;
    let city_wide = (Role::Analyst, Place::default());
    let asked = set_role(pool, clock, None, "zhou.ting", city_wide, false).await.unwrap_err();
    let words = asked.to_string();
    assert!(words.contains("分析员 · 道滘 → 分析员 · 全市"), "{words}");
    let marks = "select count(*) from operation_log where action = 'access.user.role'";
    assert_eq!(city.count(marks).await, 0);
    // To fewer acts in the same town nobody need say yes; to other rows they must.
    let narrow = (Role::Leader, Place { outlet: None, town: Some(town) });
    let changed = set_role(pool, clock, None, "zhou.ting", narrow, false).await.unwrap();
    assert_eq!(changed.after, "领导 · 道滘");
    let clerk = (Role::Clerk, Place { outlet: Some(outlet), town: None });
    let asked = set_role(pool, clock, None, "zhou.ting", clerk, false).await.unwrap_err();
    assert!(matches!(asked, AdministerError::Widens { .. }), "{asked:?}");
    set_role(pool, clock, None, "zhou.ting", clerk, true).await.unwrap();
    // An outlet says nothing to a role that sees by towns: the words tell what is really given.
    let kept = (Role::Analyst, Place { outlet: Some(outlet), town: None });
    let asked = set_role(pool, clock, None, "zhou.ting", kept, false).await.unwrap_err();
    assert!(asked.to_string().contains("→ 分析员 · 全市"), "{asked}");
    city.check().await;
}

#[tokio::test]
async fn no_use_case_of_people_forgets_to_ask_whether_its_person_may() {
    let city = City::new().await;
    let (pool, clock) = (&city.pool, &city.clock);
    let leader = city.person("he.lin", "何琳", Role::Leader, None, None).await;
    city.person("li.na", "李娜", Role::Leader, None, None).await;
    let by = Some(leader);
    let to = (Role::Analyst, Place::default());
    let refused = [
        ("add", add_user(pool, clock, by, new("zhou.ting", Role::Leader, None)).await.err()),
        ("password", change_password(pool, clock, by, "he.lin", "Ling-Dao-2026").await.err()),
        ("disable", disable_user(pool, clock, by, "li.na").await.err()),
        ("enable", enable_user(pool, clock, by, "li.na").await.err()),
        ("role", set_role(pool, clock, by, "li.na", to, true).await.err()),
        ("rename", rename_user(pool, clock, by, "li.na", "李那").await.err()),
    ];
    for (what, refused) in refused {
        assert!(matches!(refused, Some(AdministerError::NotAllowed)), "{what}: {refused:?}");
    }
    // Who stands in does so by the clock of the database.
    let today = SystemClock.today();
    let order = StandIn {
        login: "li.na".to_owned(),
        role: Role::Analyst,
        place: Place::default(),
        from: today,
        until: today + Days::new(2),
        reason: "周婷休假".to_owned(),
        widens: true,
    };
    let begun = stand_in(pool, &SystemClock, by, order.clone()).await.unwrap_err();
    assert!(matches!(begun, StandInError::NotAllowed), "{begun:?}");
    let id = stand_in(pool, &SystemClock, None, order).await.unwrap();
    let ended = end_stand_in(pool, &SystemClock, by, "li.na", id).await.unwrap_err();
    assert!(matches!(ended, StandInError::NotAllowed), "{ended:?}");
    for (nothing, sql) in [
        (
            "marks",
            "select count(*) from operation_log where user_id = (select id from app_user where login = 'he.lin')",
        ),
        ("people", "select count(*) from app_user where login = 'zhou.ting'"),
        ("pass words", "select count(*) from credential"),
        (
            "changes",
            "select count(*) from app_user where login = 'li.na' and (name, role, active) <> ('李娜', 'leader', true)",
        ),
        ("ends", "select count(*) from stand_in_end"),
    ] {
        assert_eq!(city.count(sql).await, 0, "{nothing}");
    }
    city.check().await;
}

#[tokio::test]
async fn a_cashier_who_has_become_a_leader_takes_no_money_whatever_the_door_believes() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let order = till.order(&account, "110").await;
    city.by_hand("update app_user set role = 'leader' where login = 'chen.juan'").await;
    let refused = till.submit(order).await.unwrap_err();
    let engine::counter::CollectError::Database(cause) = &refused else { panic!("{refused:?}") };
    assert!(engine::access::is_refused(cause), "{cause:?}");
    assert_eq!(city.count("select count(*) from payment").await, 0);
    city.check().await;
}
