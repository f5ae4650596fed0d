//! What a page says first of the form that was sent from it, in its own place.

use axum::http::StatusCode;
use engine::access::change_password;
use engine::channels::{Settled, Settles};
use engine::register::{AccountChange, NewPayer, Pays, submit_change};
use terms::Role;

use super::keyboard::Driver;
use super::site::{PASSWORD, Site};
use crate::city::{Account, City, DAOJIAO, GAOBU, yuan};

/// Two of the water group, who submit and approve, and one who remits.
async fn people(city: &City) {
    for (login, name, role) in [
        ("bill.er", "账务员", Role::GroupAdministrator),
        ("shen.er", "审批员", Role::GroupAdministrator),
        ("cai", "财政", Role::Finance),
    ] {
        city.person(login, name, role, None, None).await;
        change_password(&city.pool, &city.clock, None, login, PASSWORD).await.unwrap();
    }
}

/// 50.00 of a bank fit no bill of 103.33, and wait for a person; gives the number of the item.
async fn misfit(city: &City, account: &Account) -> i64 {
    let (settles, gross) = (Settles::UpTo(city.period()), yuan("50.00"));
    let item = Settled { account: account.id, settles, serial: "1".to_owned(), gross };
    city.settle("withhold", "B1", vec![item]).await;
    city.count("select max(id) from channel_item").await
}

#[tokio::test]
async fn a_form_that_is_refused_leaves_its_page_under_the_reason() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let moving = city.household("李四").await;
    people(&city).await;
    let item = misfit(&city, &account).await;
    let next = NewPayer { name: "王小明".to_owned(), phone: None, document: None };
    let change = AccountChange {
        account_no: moving.no.clone(),
        valid_from: city.today(),
        payer: Some(Pays::New(next)),
        reason: "过户".to_owned(),
        ..AccountChange::default()
    };
    let maker = city.manager().await;
    let version = submit_change(&city.pool, &city.clock, maker, change).await.unwrap();
    let payment = till.deposit(&moving, "200").await.payment;
    let charge = city.count("select max(id) from charge").await;
    let (organisation, _) = city.outlet(DAOJIAO).await;
    let (books, site, clerk) = Site::with_clerk(&city).await;
    let (checker, treasurer) = (site.enter("shen.er").await, site.enter("cai").await);
    let keeper = site.enter("liu.gang").await;
    // The page lay open while the login was another: it comes back with the token of this one.
    let mut stale = checker.saying("referer", &format!("{}/suspense", site.address));
    stale.csrf = "0".repeat(43);
    let stale = stale.post_form(&format!("/suspense/{item}/return"), "reason=x").await;
    assert_eq!(stale.status, StatusCode::FORBIDDEN, "{}", stale.text());
    assert_eq!(stale.token(), checker.csrf);
    assert!(stale.text().contains("页面已过期") && stale.text().contains(&account.no));
    let month = format!("organisation={organisation}&kind=bill&period={}", city.period());
    // Who, on which page, sends what where; the status, what is said, and what still stands on the page.
    for (who, page, form, fields, status, said, stands) in [
        (
            &checker,
            "/accounts".to_owned(),
            format!("/changes/{version}/approve"),
            "",
            409,
            "该户尚有预存200.00元",
            "过户 → 王小明",
        ),
        (
            &checker,
            "/suspense".to_owned(),
            format!("/suspense/{item}/post"),
            "",
            409,
            "应收103.33元，渠道金额50.00元，不一致",
            account.no.as_str(),
        ),
        (
            &checker,
            format!("/charges/{charge}"),
            format!("/charges/{charge}/request"),
            "reason=",
            422,
            "原因",
            "103.33",
        ),
        (
            &clerk,
            format!("/payments/{payment}"),
            format!("/payments/{payment}/request"),
            "reason=",
            422,
            "原因",
            "200.00",
        ),
        (
            &checker,
            format!("/months?organisation={organisation}"),
            "/months/close".to_owned(),
            month.as_str(),
            409,
            "尚未结束，不能月结",
            "应收月",
        ),
        (
            &checker,
            "/rates".to_owned(),
            "/rates/999/approve".to_owned(),
            "",
            404,
            "没有这一项，可能已由他人办理",
            "待审批",
        ),
        (
            &checker,
            "/approvals".to_owned(),
            "/approvals/charges/999/refuse".to_owned(),
            "reason=x",
            404,
            "没有这一项，可能已由他人办理",
            "待核准的应收冲正",
        ),
        (
            &treasurer,
            "/remittances?month=2026-10".to_owned(),
            "/remittances/999/reverse".to_owned(),
            "reason=x",
            404,
            "没有这一项，可能已由他人办理",
            "value=\"2026-10\"",
        ),
        (
            &keeper,
            "/people/liu.gang".to_owned(),
            "/people/liu.gang/disable".to_owned(),
            "",
            409,
            "",
            "这是您自己的账号",
        ),
    ] {
        let from = format!("{}{page}", site.address);
        let refused = who.saying("referer", &from).post_form(&form, fields).await;
        let text = refused.text();
        assert_eq!(refused.status.as_u16(), status, "{form}: {text}");
        let first = text.split("<p class=\"note bad\" role=\"alert\"").nth(1);
        let first = first.and_then(|rest| rest.split("</p>").next());
        assert!(first.is_some_and(|first| first.contains(said)), "{form}: {text}");
        assert!(text.contains(stands) && !text.contains("回到首页"), "{form}: {text}");
        // Who does not say where the form comes from reads the same on a page of the error.
        let bare = who.post_form(&form, fields).await;
        assert_eq!(bare.status, refused.status);
        assert!(bare.text().contains("回到首页"), "{form}: {}", bare.text());
    }
    site.close().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn what_is_done_is_told_on_the_next_page_and_there_alone() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household("陈大文").await;
    people(&city).await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let (mut maker, mut checker) = (site.enter("bill.er").await, site.enter("shen.er").await);
    let here = format!("/accounts/{}", account.id);
    let change = format!("valid_from={}&persons=5&reason=x", city.today());
    let taken = maker.post_form(&format!("{here}/change"), &change).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.text());
    maker.keep_cookie(&taken.head);
    // What the page asks by itself meanwhile takes nothing away.
    let asked = maker.saying("accept", "application/json").get("/asof").await;
    assert_eq!((asked.status, asked.header("set-cookie")), (StatusCode::OK, ""));
    let page = maker.get(&here).await;
    assert!(page.text().contains("已办理：提交档案变更。"), "{}", page.text());
    maker.keep_cookie(&page.head);
    assert!(!maker.get(&here).await.text().contains("已办理"));

    for (verdict, words) in [("refuse", "（不同意）。"), ("approve", "（同意）。")] {
        let version = city.count("select max(id) from account_version").await;
        let done = checker.post_form(&format!("/changes/{version}/{verdict}"), "").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
        checker.keep_cookie(&done.head);
        let page = checker.get(done.header("location")).await;
        assert!(page.text().contains(&format!("已办理：审批档案变更{words}")), "{}", page.text());
        checker.keep_cookie(&page.head);
        if verdict == "refuse" {
            let again = maker.post_form(&format!("{here}/change"), &change).await;
            assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());
        }
    }
    site.close().await;
    books.stop().await;
    city.check().await;
}

/// Two towns: nobody adds their rows up by hand.
#[tokio::test]
async fn what_is_to_be_passed_on_is_added_up_fee_by_fee() {
    let city = City::new().await;
    let here = city.household_owing_for("陈大文", "30").await;
    let there = city.open("王五", GAOBU, |_| {}).await;
    city.read(&there, "45").await;
    city.bill().await;
    city.counter().await.collect(&here, "103.33").await;
    city.clerk("li.mei", "李梅", GAOBU).await.collect(&there, "300").await;
    people(&city).await;
    let sewage = city.amount("select sum(amount) from allocation where fee_item = 'sewage'").await;
    let all = city.amount("select sum(amount) from allocation where fee_item <> 'water'").await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let page = site.enter("cai").await;
    let page = page.get(&format!("/remittances?month={}", city.period())).await.text();
    for (label, sum) in [("污水处理费", sewage), ("全部", all)] {
        let row =
            format!("<td>合计</td><td></td><td>{label}</td><td class=\"n\">{}</td>", sum.grouped());
        assert!(page.contains(&row), "{row}: {page}");
    }
    site.close().await;
    books.stop().await;
    city.check().await;
}

/// 50.00 of a bank fit no bill of 103.33; kept in the purse they pay none of it before bills are issued again.
#[tokio::test]
async fn who_keeps_what_a_channel_brought_is_told_before_that_no_bill_is_paid_by_it() {
    let city = City::new().await;
    city.counter().await;
    let owing = city.household_owing_for("陈大文", "30").await;
    let other = city.household_owing_for("李四", "45").await;
    people(&city).await;
    let item = misfit(&city, &owing).await;
    let owes = city.amount(
        "select max(sum) from (select sum(open_amount) from charge_balance group by account_id) s",
    );
    let owes = owes.await.grouped();
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let (maker, checker) = (site.enter("bill.er").await, site.enter("shen.er").await);
    let page = maker.get("/suspense").await.text();
    assert!(page.contains("该户现有未缴账单 103.33 元"), "{page}");
    let form = format!("account_no={}&prepaid=yes", other.no);
    let asked = maker.post_form(&format!("/suspense/{item}/request"), &form).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
    // The second person is told of the account that it is for.
    let page = checker.get("/suspense").await.text();
    assert!(page.contains(&format!("该户现有未缴账单 {owes} 元，")), "{owes}: {page}");
    site.close().await;
    books.stop().await;
    city.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_stays_however_often_its_form_is_refused() {
    let city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    people(&city).await;
    misfit(&city, &account).await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let driver = Driver::start().await;
    driver.come_in(&site, "shen.er").await;
    driver.wait_for("数据截至").await;
    driver.open(&format!("{}/suspense", site.address)).await;
    driver.wait_for(&account.no).await;
    let press = "document.querySelector('form[action$=\"/post\"] button').click()";
    // The page that is there afterwards knows of no mark, and stands under its own address.
    let told = "return [location.pathname, window.before, document.querySelectorAll('form[action$=\"/post\"]').length,
                        document.querySelector('main > .note.bad')?.innerText].join(' ')";
    for _ in 0..2 {
        driver.script(&format!("window.before = 'still'; {press}")).await;
        let so = |said: &str| said.starts_with("/suspense  1 应收103.33元");
        driver.until("the reason over the list", told, so).await;
    }
    // What was typed stands in it again, and all of it within the frame.
    let ask = "const form = document.querySelector('form[action$=\"/request\"]');
               form.querySelector('[name=account_no]').value = '99999999';
               form.querySelector('button').click()";
    driver.script(ask).await;
    let again = "return [location.pathname, document.querySelector('main > .note.bad')?.innerText,
                         document.querySelector('[name=account_no]').value].join(' ')";
    let so = |said: &str| said == "/suspense 用户不存在 99999999";
    driver.until("what was typed", again, so).await;
    let within = "const { scrollWidth, clientWidth } = document.getElementById('items');
                  const fold = document.querySelector('#items details');
                  return [scrollWidth <= clientWidth, fold.open, fold.closest('tr').innerText.includes('陈大文')].join(' ')";
    assert_eq!(driver.script(within).await, "true true true");
    driver.script("document.querySelector('form[action$=\"/post\"] [name=prepaid]').click()").await;
    driver.script(press).await;
    driver.wait_for("已办理：挂账入账。").await;
    driver.order("/refresh", serde_json::json!({})).await;
    let page = "return document.body.innerText";
    driver.until("told once", page, |t| t.contains("50.00") && !t.contains("已办理")).await;
    site.leave(driver, books).await;
    city.check().await;
}
