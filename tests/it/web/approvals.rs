//! 冲正核准, from the till to the supervisor and back.

use axum::http::StatusCode;
use engine::access::change_password;
use terms::{Money, Role};

use super::keyboard::ENTER;
use super::site::{PASSWORD, Site};
use crate::city::{City, DAOJIAO};

const DOWN: &str = "\u{e015}";
const DELETE: &str = "\u{e017}";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cashier_asks_a_supervisor_says_yes_and_the_money_goes_back() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let done = city.counter().await.collect(&account, "110").await;
    let paid = done.payment;
    let (outlet, _) = city.outlet(DAOJIAO).await;
    city.person("cai.wu", "网点财务", Role::OutletFinance, Some(outlet), None).await;
    change_password(&city.pool, &city.clock, None, "cai.wu", PASSWORD).await.unwrap();
    let (books, site, driver) = Site::at_the_till(&city).await;
    driver.open(&format!("{}/counter/today", site.address)).await;
    driver.wait_for("申请冲正").await;
    driver.type_keys(&format!("{DOWN}{DELETE}")).await;
    driver.wait_for("提交申请").await;
    // Enter is nobody's word.
    driver.type_keys(&format!("收错用户{ENTER}{ENTER}")).await;
    let open = "return String(document.getElementById('reverse').open)";
    assert_eq!(driver.script(open).await, "true");
    assert_eq!(city.count("select count(*) from reversal_request").await, 0);
    driver.agree().await;
    driver.wait_for("待核准").await;

    let finance = site.enter("cai.wu").await;
    let page = finance.get("/approvals").await.text();
    for words in ["陈娟", "陈大文", &account.no, "103.33", "收错用户"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let request = city.count("select max(id) from reversal_request").await;
    let mute = finance.post_form(&format!("/approvals/{request}/refuse"), "reason=").await;
    assert_eq!(mute.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", mute.text());
    let no = finance.post_form(&format!("/approvals/{request}/refuse"), "reason=x7").await;
    assert_eq!(no.status, StatusCode::SEE_OTHER, "{}", no.text());
    // The till hears it by itself, and asks again, from the page of the payment.
    driver.wait_for("不予核准").await;
    driver.wait_for("x7").await;
    let clerk = site.clerk().await;
    let at = format!("/payments/{paid}");
    assert!(clerk.get(&at).await.text().contains("申请冲正"));
    let asked = clerk.post_form(&format!("{at}/request"), "reason=again").await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
    assert!(clerk.get(&at).await.text().contains("待核准"));
    let early = clerk.post_form(&format!("{at}/reverse"), "reason=again").await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(early.text().contains("冲正须由他人核准"), "{}", early.text());
    driver.open(&format!("{}{at}", site.address)).await;
    driver.wait_for("待核准").await;
    let waiting = finance.get("/approvals/waiting").await.json();
    assert_eq!((&waiting["newest"], &waiting["count"]), (&(request + 1).into(), &1.into()));
    let yes = format!("/approvals/{}/approve", request + 1);
    assert_eq!(finance.post_form(&yes, "reason=").await.status, StatusCode::SEE_OTHER);
    assert!(clerk.get(&at).await.text().contains("已核准"));
    // The page of the payment hears it as the till does.
    driver.wait_for("已核准").await;
    driver.open(&format!("{}/counter/today", site.address)).await;
    driver.wait_for("已核准").await;
    driver.type_keys(&format!("{DOWN}{DELETE}")).await;
    driver.wait_for("确认冲正").await;
    driver.agree().await;
    driver.wait_for("红字").await;
    // Each red paper names its blue one, and the two payments lead to one another.
    for blue in &done.receipts {
        driver.wait_for(&format!("对应蓝字票据：{} {}", blue.code, blue.no)).await;
    }
    let red = city.count("select max(id) from payment").await;
    for (here, there) in [(paid.0, red), (red, paid.0)] {
        let page = clerk.get(&format!("/payments/{here}")).await.text();
        assert!(page.contains(&format!("<a href=\"/payments/{there}\">{there}</a>")), "{page}");
    }
    assert_eq!(city.amount("select sum(net) from payment").await, Money::ZERO);
    assert!(finance.get("/approvals").await.text().contains("已冲正"));
    site.leave(driver, books).await;
    city.check().await;
}
