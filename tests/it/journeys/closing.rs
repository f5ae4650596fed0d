//! 日结: a cashier's day is added up and sealed.

use engine::closing::CloseError;
use engine::counter::{CollectError, ReverseError};
use insta::assert_snapshot;
use tokio::task::JoinSet;

use crate::city::{City, yuan};

#[tokio::test]
async fn a_closed_day_adds_up_and_takes_no_entry() {
    let city = City::new().await;
    let till = city.counter().await;
    let (first, second) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "45").await,
    );
    let paid = till.collect(&first, "110").await;
    let back = till.collect(&second, "300").await;
    till.take_back(back.payment).await.unwrap();
    let closed = till.close().await;
    let sums = closed.sheet.total;
    assert_snapshot!(
        format!(
            "缴费 {} 笔 冲正 {} 笔 水费 {} 污水 {} 垃圾 {} 实收 {}",
            sums.payments, sums.reversals, sums.water, sums.sewage, sums.garbage, sums.net
        ),
        @"缴费 2 笔 冲正 1 笔 水费 58.48 污水 25.65 垃圾 19.20 实收 103.33"
    );
    let order = till.order(&second, "300").await;
    let refused = till.submit(order).await.unwrap_err();
    assert!(matches!(refused, CollectError::DayClosed), "{refused:?}");
    let refused = till.take_back(paid.payment).await.unwrap_err();
    assert!(matches!(refused, ReverseError::DayClosed), "{refused:?}");
    let refused = till.close_on(city.today()).await.unwrap_err();
    assert!(matches!(refused, CloseError::AlreadyClosed), "{refused:?}");
    city.check().await;
}

#[tokio::test]
async fn every_payment_made_while_the_day_closes_is_in_the_close_or_refused() {
    let city = City::new().await;
    let till = city.counter().await;
    let mut orders = Vec::new();
    for n in 0..20 {
        let account = city.household_owing_for(&format!("住户{n}"), "30").await;
        orders.push(till.order(&account, "103.33").await);
    }
    let mut payers = JoinSet::new();
    for order in orders {
        let (pool, clock) = (city.pool.clone(), city.clock);
        payers.spawn(async move { engine::counter::collect(&pool, &clock, order).await });
    }
    // The clerk closes while the queue is being served.
    let closed = till.close().await;
    let answers = payers.join_all().await;
    let taken = answers.iter().filter(|answer| answer.is_ok()).count();
    assert!(answers.iter().all(|a| matches!(a, Ok(_) | Err(CollectError::DayClosed))));
    assert_eq!(usize::try_from(closed.sheet.total.payments).unwrap(), taken);
    assert_eq!(closed.sheet.total.net.fen(), yuan("103.33").fen() * i64::try_from(taken).unwrap());
    city.check().await;
}

#[tokio::test]
async fn a_forgotten_day_is_closed_first() {
    let mut city = City::new().await;
    city.counter().await;
    let (first, second) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "45").await,
    );
    crate::city::Till::of(&city, "chen.juan").await.collect(&first, "110").await;
    let forgotten = city.today();
    city.at("2026-11-26 09:00");
    let till = crate::city::Till::of(&city, "chen.juan").await;
    till.collect(&second, "300").await;
    let today = city.today();
    let refused = till.close_on(today).await.unwrap_err();
    assert!(matches!(refused, CloseError::EarlierOpen { day } if day == forgotten), "{refused:?}");
    assert!(refused.to_string().contains("2026-11-24"));
    let late = till.close_on(forgotten).await.unwrap();
    assert_eq!((late.sheet.total.payments, late.sheet.total.net), (1, yuan("103.33")));
    // The 25th had no payments and stands in nobody's way.
    till.close_on(today).await.unwrap();
    city.check().await;
}
