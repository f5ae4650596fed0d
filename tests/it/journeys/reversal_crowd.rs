//! Thirty hands at one payment: it goes back once.

use engine::counter::{Reverse, ReverseError, Stands, reverse};
use terms::Money;
use tokio::task::JoinSet;

use crate::city::{City, new_key};

#[tokio::test]
async fn thirty_reversals_of_one_payment_at_once_take_it_back_once() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let paid = till.collect(&account, "110").await;
    city.consent(paid.payment, till.cashier).await;
    let mut hands = JoinSet::new();
    for _ in 0..30 {
        let order = Reverse {
            payment: paid.payment,
            cashier: till.cashier,
            outlet: till.outlet,
            reason: "收错用户".to_owned(),
            key: new_key(),
        };
        let (pool, clock) = (city.pool.clone(), city.clock);
        hands.spawn(async move { reverse(&pool, &clock, order).await });
    }
    let (done, refused): (Vec<_>, Vec<_>) =
        hands.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1, "{done:?} {refused:?}");
    for refused in refused {
        let known = matches!(
            refused,
            Err(ReverseError::Stands(Stands::AlreadyReversed) | ReverseError::Busy)
        );
        assert!(known, "{refused:?}");
    }
    assert_eq!(city.count("select count(*) from payment where kind = 'reversal'").await, 1);
    assert_eq!(city.amount("select sum(net) from payment").await, Money::ZERO);
    assert_eq!(city.amount("select sum(amount) from receipt").await, Money::ZERO);
    assert_eq!(till.quote(&account).await.principal.to_string(), "103.33");
    city.check().await;
}
