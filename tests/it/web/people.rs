//! The page of people, as its keeper uses it.

use axum::http::StatusCode;

use super::Browser;
use super::site::Site;
use crate::city::City;

#[tokio::test]
async fn two_thousand_people_are_found_by_name_role_and_place_a_page_at_a_time() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    city.by_hand(
        "insert into app_user (login, name, role, outlet_id)
         select 'p' || lpad(n::text, 4, '0'), '用户' || n, 'clerk', (select min(id) from organisation)
         from generate_series(1, 2300) n",
    )
    .await;
    let keeper = site.enter("liu.gang").await;
    let lines = |page: &str| page.matches("<a href=\"/people/").count();
    let all = keeper.get("/people").await.text();
    assert_eq!(lines(&all), 50);
    assert!(all.contains("共 2,30") && all.contains("第 1 页"), "{all}");
    assert!(all.contains("rel=\"next\"") && !all.contains("rel=\"prev\""));
    let later = keeper.get("/people?role=clerk&page=3").await.text();
    assert!(later.contains("role=clerk&amp;page=4"), "{later}");
    for (words, found) in [
        ("q=p0007", 1),
        ("q=%E7%94%A8%E6%88%B7230", 2),
        ("q=_", 0),
        ("role=administrator", 1),
        ("state=disabled", 0),
        ("place=%E9%81%93%E6%BB%98", 1),
        ("page=99", 0),
    ] {
        let page = keeper.get(&format!("/people?{words}")).await;
        assert_eq!((page.status, lines(&page.text())), (StatusCode::OK, found), "{words}");
    }
    let wrong = keeper.get("/people?role=king").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_person_is_said_beside_what_was_typed() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let keeper = site.enter("liu.gang").await;
    let csrf = &keeper.csrf;
    for (fields, status, words) in [
        ("login=Li+Na&name=x&role=leader&password=Ling-Dao-2026", 422, "登录名须为"),
        ("login=li.na&name=+&role=leader&password=Ling-Dao-2026", 422, "姓名须为"),
        ("login=li.na&name=x&role=clerk&password=Ling-Dao-2026", 422, "须填写网点"),
        (
            "login=li.na&name=x&role=leader&outlet=nowhere&password=Ling-Dao-2026",
            422,
            "没有这个网点",
        ),
        ("login=li.na&name=x&role=leader&password=short", 422, "至少12"),
        ("login=chen.juan&name=x&role=leader&password=Ling-Dao-2026", 409, "已被使用"),
        ("login=li.na&name=x&role=&password=Ling-Dao-2026", 422, "请选择角色"),
    ] {
        let page = keeper.post_form("/people/add", &format!("csrf={csrf}&{fields}")).await;
        let text = page.text();
        assert_eq!(page.status.as_u16(), status, "{fields}: {text}");
        assert!(text.contains(words) && !text.contains("Ling-Dao-2026"), "{fields}: {text}");
        assert!(text.contains("value=\"x\"") || fields.contains("name=+"), "{fields}: {text}");
    }
    let added = "login=li.na&name=x&role=leader&town=%E9%81%93%E6%BB%98&password=Ling-Dao-2026";
    let added = keeper.post_form("/people/add", &format!("csrf={csrf}&{added}")).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text());

    let wider = keeper.post_form("/people/li.na/role", "role=leader").await;
    assert_eq!(wider.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wider.text().contains("领导 · 道滘 → 领导 · 全市"), "{}", wider.text());
    let meant = keeper.post_form("/people/li.na/role", "role=leader&widens=yes").await;
    assert_eq!(meant.status, StatusCode::SEE_OTHER, "{}", meant.text());
    assert!(keeper.get("/people/li.na").await.text().contains("全市"));

    let own = keeper.get("/people/liu.gang").await.text();
    assert!(own.contains("另一位系统管理员") && !own.contains("/people/liu.gang/role"), "{own}");
    for (act, fields) in [("disable", ""), ("role", "role=leader&widens=yes")] {
        let refused = keeper.post_form(&format!("/people/liu.gang/{act}"), fields).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{act}: {}", refused.text());
    }
    site.close().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn the_auditor_reads_the_marks_and_the_keeper_reads_who_may_do_what() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    till.collect(&account, "110").await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let new = engine::access::NewUser {
        login: "audit".to_owned(),
        name: "审计".to_owned(),
        role: terms::Role::Auditor,
        place: engine::access::Place::default(),
        password: Some(super::site::PASSWORD.to_owned()),
    };
    engine::access::add_user(&city.pool, &city.clock, None, new).await.unwrap();
    let auditor = site.login("audit").await;
    assert_eq!(auditor.get("/").await.header("location"), "/marks");
    let marks = auditor.get("/marks?login=chen.juan&action=counter.payment.collect").await.text();
    assert!(marks.contains("陈娟") && marks.contains("收费") && marks.contains("1-"), "{marks}");
    let other = auditor.get("/marks?login=nobody").await.text();
    assert!(other.contains("没有符合条件的记录"), "{other}");
    let day = auditor.get(&format!("/marks?day={}", city.today())).await.text();
    assert!(day.contains("陈娟"), "{day}");
    let roles = site.enter("liu.gang").await.get("/roles").await.text();
    for words in ["环卫所收费员", "审计员", "counter.payment.collect", "查看操作日志"]
    {
        assert!(roles.contains(words), "{words}: {roles}");
    }
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn a_person_takes_another_pass_word_and_is_out_everywhere_else() {
    const NEW: &str = "Xin-Kouling-2026";
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let here = site.enter("he.lin").await;
    let there = site.login("he.lin").await;
    let other = site.login("zhou.ting").await;
    let old = super::site::PASSWORD;
    for (before, new, again, words) in [
        ("Another-One-9", NEW, NEW, "原口令不正确"),
        (old, NEW, "Xin-Kouling-2027", "两次输入的新口令不一致"),
        (old, "short", "short", "至少12"),
        (old, "He.lin-He.lin-1", "He.lin-He.lin-1", "不能包含登录名"),
        (old, old, old, "不能与原口令相同"),
    ] {
        let body = format!("old={before}&new={new}&again={again}");
        let page = here.post_form("/me/password", &body).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{new}");
        assert!(page.text().contains(words), "{words}: {}", page.text());
        assert!(!page.text().contains(NEW), "a pass word is never sent back");
    }
    assert_eq!(there.get("/me").await.status, StatusCode::OK);
    let done = here.post_form("/me/password", &format!("old={old}&new={NEW}&again={NEW}")).await;
    assert_eq!(done.header("location"), "/me?changed=1", "{}", done.text());
    assert!(here.get("/me?changed=1").await.text().contains("口令已修改"));
    assert_eq!(there.get("/home/figures").await.status, StatusCode::SEE_OTHER);
    assert_eq!(other.get("/me").await.status, StatusCode::OK);
    let stranger = Browser::stranger(&site.address);
    let by_old = stranger.post_form("/login", &format!("login=he.lin&password={old}")).await;
    assert_eq!(by_old.status, StatusCode::UNPROCESSABLE_ENTITY);
    Browser::login(&site.address, "he.lin", NEW).await;
    let marks = city
        .count(
            "select count(*) from operation_log l join app_user u on u.id = l.user_id
             where l.action = 'access.password.renew' and u.login = 'he.lin' and l.door = 'page'",
        )
        .await;
    assert_eq!(marks, 1);
    // Whoever finds the page open may not guess at the old one for ever.
    let wrong = "old=Guess-Guess-1&new=Xin-Kouling-2028&again=Xin-Kouling-2028";
    let mut said = String::new();
    for _ in 0..6 {
        said = here.post_form("/me/password", wrong).await.text();
    }
    assert!(said.contains("次数过多"), "{said}");
    site.close().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn of_two_new_pass_words_at_once_one_is_taken() {
    let city = City::new().await;
    city.counter().await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let (one, two) = (site.enter("he.lin").await, site.enter("he.lin").await);
    let old = super::site::PASSWORD;
    let (first, second) = ("Xin-Kouling-2026", "Xin-Kouling-2027");
    let form = |new: &str| format!("old={old}&new={new}&again={new}");
    let (form_one, form_two) = (form(first), form(second));
    let (a, b) = tokio::join!(
        one.post_form("/me/password", &form_one),
        two.post_form("/me/password", &form_two)
    );
    let taken: Vec<_> = [(&a, first), (&b, second)]
        .into_iter()
        .filter(|(page, _)| page.header("location") == "/me?changed=1")
        .collect();
    assert_eq!(taken.len(), 1, "{} {}", a.text(), b.text());
    Browser::login(&site.address, "he.lin", taken[0].1).await;
    site.close().await;
    books.stop().await;
}
