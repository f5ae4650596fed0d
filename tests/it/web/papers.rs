//! The way from a payment of another day to its paper, and from the number on a paper to its payment.

use axum::http::StatusCode;
use engine::access::change_password;
use terms::Role;

use super::site::{PASSWORD, Site};
use crate::city::{City, GAOBU, Till};

#[tokio::test]
async fn last_week_s_paper_is_found_by_account_by_number_and_by_day() {
    let mut city = City::new().await;
    city.at("2026-11-17 10:00");
    city.counter().await;
    let li = city.clerk("li.mei", "李梅", GAOBU).await;
    let account = city.household_owing_for("陈大文", "30").await;
    let there = city.open("王小明", GAOBU, |_| {}).await;
    city.read(&there, "45").await;
    city.bill().await;
    let paid = Till::of(&city, "chen.juan").await.collect(&account, "110").await;
    let foreign = li.collect(&there, "400").await;
    city.person("qian.ban", "钱办", Role::GroupAdministrator, None, None).await;
    change_password(&city.pool, &city.clock, None, "qian.ban", PASSWORD).await.unwrap();
    city.at("2026-11-24 10:00");
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let (clerk, manager) = (site.clerk().await, site.enter("qian.ban").await);
    let page = async |who: &super::Browser, path: &str| {
        let page = who.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
        page.text().replace("&#x2f;", "/")
    };
    let (payment, number) = (paid.payment, &paid.receipts[0].no);
    assert!(number.len() == 8 && number.starts_with('0'), "{number}");
    // By the account, to the payment, to its paper, which is printed again.
    let list = page(&clerk, &format!("/payments?no={}", account.no)).await;
    assert!(list.contains(&format!("/payments/{payment}")), "{list}");
    let shown = page(&clerk, &format!("/payments/{payment}")).await;
    for paper in &paid.receipts {
        assert!(shown.contains(&paper.no), "{}: {shown}", paper.no);
    }
    assert!(shown.contains(&format!("href=\"/counter/receipt/{payment}\"")), "{shown}");
    let paper = page(&clerk, &format!("/counter/receipt/{payment}")).await;
    assert!(paper.contains(number) && paper.contains("id=\"print\""), "{paper}");
    // By the number, as it is printed, and behind its code.
    for written in [number.clone(), format!("{}%20{number}", paid.receipts[0].code)] {
        let list = page(&clerk, &format!("/payments?paper={written}")).await;
        assert!(list.contains(&format!("/payments/{payment}")), "{written}: {list}");
        assert!(!list.contains("王小明"), "{written}: {list}");
    }
    // Of another outlet, of another series, and what is no number.
    let other = &foreign.receipts[0].no;
    for written in [other.as_str(), &format!("7%20{number}"), "x", "99999999999999999999", "-1"] {
        let list = page(&clerk, &format!("/payments?paper={written}")).await;
        assert!(list.contains("没有这个票据号码"), "{written}: {list}");
    }
    // Who sees all outlets looks at the paper, and prints none.
    let list = page(&manager, &format!("/payments?paper={other}")).await;
    assert!(list.contains("王小明"), "{list}");
    let shown = page(&manager, &format!("/payments/{}", foreign.payment)).await;
    let at = format!("/payments/{}/papers", foreign.payment);
    assert!(shown.contains(&format!("href=\"{at}\"")), "{shown}");
    let paper = page(&manager, &at).await;
    assert!(paper.contains(other) && !paper.contains("id=\"print\""), "{paper}");
    // By the day.
    let today = page(&clerk, "/counter/today").await;
    assert!(today.contains("type=\"date\" name=\"day\" value=\"2026-11-24\""), "{today}");
    let then = page(&clerk, "/counter/today?day=2026-11-17").await;
    assert!(
        then.contains(number) && then.contains(&format!("/counter/receipt/{payment}")),
        "{then}"
    );
    site.close().await;
    books.stop().await;
}

#[tokio::test]
async fn each_paper_is_made_out_to_whose_bill_it_settles() {
    let mut city = City::new().await;
    let account = city.reopened_for_who_left().await;
    city.december_of(&account).await;
    let books = city.captured().await;
    let site = Site::open(&books).await;
    let clerk = site.clerk().await;
    let quote = clerk.get(&format!("/counter/api/quote?account={}", account.id)).await.json();
    assert_eq!(quote["payer"]["payer_name"], "李四", "{quote}");
    assert_eq!(quote["charges"][0]["former_payer"], "陈大文", "{quote}");
    assert!(quote["charges"][1]["former_payer"].is_null(), "{quote}");
    // What 李四 is told to pay is the own bill.
    assert_eq!(quote["charges"][1]["in_capitals"], "壹佰零叁元叁角叁分", "{quote}");
    let told = quote["notes"][0].as_str().unwrap();
    assert!(told.contains("2026-11 账单属于原缴费人陈大文") && !told.contains("2026-12"), "{told}");
    assert!(told.ends_with("李四的预存不抵扣"), "{told}");
    let mixed = Till::of(&city, "chen.juan").await.collect(&account, "400").await;
    let page = clerk.get(&format!("/counter/receipt/{}", mixed.payment)).await.text();
    for payer in ["陈大文", "李四"] {
        assert_eq!(page.matches(&format!("缴费人：{payer}")).count(), 2, "{page}");
    }
    let shown = clerk.get(&format!("/payments/{}", mixed.payment)).await.text();
    assert!(shown.contains("原缴费人") && shown.contains("陈大文"), "{shown}");
    site.close().await;
    books.stop().await;
}
