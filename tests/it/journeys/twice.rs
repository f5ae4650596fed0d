//! The same money once more: an order whose answer was lost is taken again at another till, and somebody is asked.

use engine::counter::{Collect, CollectError, Surplus};
use engine::register::GarbageClass;

use crate::city::{City, DAOJIAO, Till, new_key, yuan};

#[tokio::test]
async fn the_same_deposit_within_minutes_is_asked_about_at_every_till() {
    let mut city = City::new().await;
    city.counter().await;
    city.clerk("li.mei", "李梅", DAOJIAO).await;
    let (account, other) = (city.household("陈先生").await, city.household("李四").await);
    let chen = Till::of(&city, "chen.juan").await;
    let first = chen.deposit_order(&account, "50").await;
    chen.submit(first.clone()).await.unwrap();
    // The same order under its key is the same payment, as ever.
    assert!(chen.submit(first.clone()).await.unwrap().replayed);
    city.at("2026-11-24 10:09");
    let li = Till::of(&city, "li.mei").await;
    let same = li.deposit_order(&account, "50").await;
    let refused = li.submit(same.clone()).await.unwrap_err();
    assert!(matches!(refused, CollectError::JustTaken(_)), "{refused:?}");
    assert_eq!(refused.to_string(), "刚刚已收该户50.00元（10:00，陈娟），请核对是否重复收款");
    // Other money, and another account, are nobody's question.
    li.deposit(&account, "50.01").await;
    li.deposit(&other, "50").await;
    // Whoever means it says so, under the same key.
    let said = Collect { again: true, ..same };
    assert!(!li.submit(said).await.unwrap().replayed);
    // What was taken back is not there, and later it is other money.
    city.at("2026-11-24 10:19");
    let li = Till::of(&city, "li.mei").await;
    let third = li.deposit(&account, "50").await;
    li.take_back(third.payment).await.unwrap();
    li.deposit(&account, "50").await;
    assert_eq!(city.amount("select sum(balance) from prepaid_balance").await, yuan("250.01"));
    city.check().await;
}

/// A shop pays its fifty yuan, and then leaves as much for the month to come.
#[tokio::test]
async fn a_deposit_of_what_a_bill_just_cost_is_nobodys_question() {
    let city = City::new().await;
    let chen = city.counter().await;
    let shop = city.open("小店", DAOJIAO, |new| new.garbage_class = GarbageClass::Shop).await;
    city.read(&shop, "0").await;
    city.bill().await;
    assert_eq!(chen.collect(&shop, "50").await.receipts[0].amount, yuan("50.00"));
    chen.deposit(&shop, "50").await;
    let twice = chen.submit(chen.deposit_order(&shop, "50").await).await.unwrap_err();
    assert!(matches!(twice, CollectError::JustTaken(_)), "{twice:?}");
    assert_eq!(city.amount("select sum(balance) from prepaid_balance").await, yuan("50.00"));
    city.check().await;
}

#[tokio::test]
async fn of_two_deposits_that_come_at_once_the_second_is_asked_about() {
    let city = City::new().await;
    let chen = city.counter().await;
    let li = city.clerk("li.mei", "李梅", DAOJIAO).await;
    let account = city.household("陈先生").await;
    let (one, other) =
        (chen.deposit_order(&account, "50").await, li.deposit_order(&account, "50").await);
    let (one, other) = tokio::join!(chen.submit(one), li.submit(other));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let refused = one.err().or(other.err()).unwrap();
    assert!(matches!(refused, CollectError::JustTaken(_)), "{refused:?}");
    assert_eq!(city.count("select count(*) from payment").await, 1);
    city.check().await;
}

#[tokio::test]
async fn a_bill_and_its_change_for_the_purse_are_said_to_be_taken_already() {
    let mut city = City::new().await;
    city.counter().await;
    let account = city.household_owing_for("陈先生", "30").await;
    let chen = Till::of(&city, "chen.juan").await;
    let order = Collect { surplus: Surplus::Prepaid, ..chen.order(&account, "150").await };
    let again = Collect { key: new_key(), again: true, ..order.clone() };
    chen.submit(order).await.unwrap();
    let refused = chen.submit(again.clone()).await.unwrap_err().to_string();
    assert_eq!(refused, "所选账单刚刚已收讫：150.00元（10:00，陈娟），请勿重复收款");
    // An hour later it is but an old quote.
    city.at("2026-11-24 11:00");
    let refused = Till::of(&city, "chen.juan").await.submit(again).await.unwrap_err();
    assert!(matches!(refused, CollectError::StaleQuote { .. }), "{refused:?}");
    city.check().await;
}
