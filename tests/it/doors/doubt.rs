//! "未入账" is said only when it is known: else the order is in doubt, and its key answers later.

use engine::billing::{
    AnswerChargeReversal, RequestChargeReversal, answer_charge_reversal, request_charge_reversal,
};
use engine::closing::{CloseDay, close_day};
use engine::counter::{
    Collect, CollectError, RequestReversal, ReverseError, collect, posted_under, request_reversal,
    reverse,
};
use sqlx::AssertSqlSafe;
use terms::ChargeId;

use super::proxy::{Line, Proxy};
use crate::city::{City, new_key, yuan};

#[tokio::test]
async fn a_commit_that_nobody_answered_is_in_doubt_until_its_key_is_asked() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let proxy = Proxy::open(&city);
    let pool = engine::connect(proxy.options(&city)).await.unwrap();
    let deposit = Collect { again: true, ..till.deposit_order(&account, "500").await };
    for (line, is_posted) in [(Line::SilentAfterCommit, true), (Line::SilentBeforeCommit, false)] {
        let order = Collect { key: new_key(), ..deposit.clone() };
        proxy.becomes(line);
        let answer = tokio::time::timeout(std::time::Duration::from_secs(50), async {
            collect(&pool, &city.clock, order.clone()).await
        });
        let unknown = answer.await.unwrap().unwrap_err();
        assert!(
            matches!(&unknown, CollectError::Database(e) if engine::is_in_doubt(e)),
            "{line:?}: {unknown:?}"
        );
        let words = unknown.to_string();
        assert!(words.contains("同一编号再查") && !words.contains("未入账"), "{words}");
        proxy.becomes(Line::Whole);
        let found = posted_under(&pool, account.id, &order.key).await.unwrap();
        assert_eq!(found.is_some(), is_posted, "{line:?}");
        // The same order under the same key is posted once, whatever had happened.
        let again = collect(&pool, &city.clock, order).await.unwrap();
        assert_eq!(again.replayed, is_posted, "{line:?}");
    }
    assert_eq!(city.count("select count(*) from payment").await, 2);
    assert_eq!(city.amount("select sum(balance) from prepaid_balance").await, yuan("1000"));
    city.check().await;
}

#[tokio::test]
async fn a_reversal_that_nobody_answered_is_in_doubt_too() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let paid = till.collect(&account, "110").await;
    let proxy = Proxy::open(&city);
    let pool = engine::connect(proxy.options(&city)).await.unwrap();
    let order = engine::counter::Reverse {
        payment: paid.payment,
        cashier: till.cashier,
        outlet: till.outlet,
        reason: "收错用户".to_owned(),
        key: new_key(),
    };
    city.consent(paid.payment, till.cashier).await;
    proxy.becomes(Line::SilentAfterCommit);
    let unknown = reverse(&pool, &city.clock, order.clone()).await.unwrap_err();
    assert!(matches!(&unknown, ReverseError::Database(e) if engine::is_in_doubt(e)), "{unknown:?}");
    proxy.becomes(Line::Whole);
    assert!(reverse(&pool, &city.clock, order).await.unwrap().replayed);
    city.check().await;
}

#[tokio::test]
async fn no_act_says_that_nothing_was_done_when_nobody_knows() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    city.household_owing_for("李四", "30").await;
    let paid = till.collect(&account, "110").await;
    let by = city.manager().await;
    let charge = ChargeId(city.count("select max(id) from charge").await);
    let proxy = Proxy::open(&city);
    let pool = engine::connect(proxy.options(&city)).await.unwrap();
    let (reason, cashier) = ("收错用户".to_owned(), till.cashier);
    let (payment, outlet) = (paid.payment, till.outlet);
    let asks = RequestReversal { payment, cashier, outlet, reason: reason.clone() };
    let back = RequestChargeReversal { charge, reason, by };
    let (clock, today) = (&city.clock, city.today());

    let mut said = Vec::new();
    proxy.becomes(Line::SilentAfterCommit);
    said.push(request_reversal(&pool, clock, asks).await.unwrap_err().to_string());
    proxy.becomes(Line::Whole);
    proxy.becomes(Line::SilentAfterCommit);
    said.push(request_charge_reversal(&pool, clock, back).await.unwrap_err().to_string());
    proxy.becomes(Line::Whole);
    let second = city.second_manager().await;
    let request = city.count("select id from charge_reversal_request").await;
    let yes = AnswerChargeReversal { request, by: second, approved: true, reason: String::new() };
    proxy.becomes(Line::SilentAfterCommit);
    said.push(answer_charge_reversal(&pool, clock, yes).await.unwrap_err().to_string());
    proxy.becomes(Line::Whole);
    proxy.becomes(Line::SilentAfterCommit);
    said.push(
        close_day(&pool, clock, CloseDay::own(cashier, outlet, today))
            .await
            .unwrap_err()
            .to_string(),
    );
    for words in said {
        assert!(words.starts_with("状态未知") && words.contains("可能已经登记"), "{words}");
    }
    // And each was done.
    for table in ["reversal_request", "charge_reversal_request", "charge_reversal", "cashier_close"]
    {
        let sql = AssertSqlSafe(format!("select count(*) from {table}"));
        let done: i64 = sqlx::query_scalar(sql).fetch_one(&city.owner).await.unwrap();
        assert_eq!(done, 1, "{table}");
    }
    city.check().await;
}
