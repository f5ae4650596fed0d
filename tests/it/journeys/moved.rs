//! A clerk goes to another outlet, and the paper of the first stays unused until they are back.

use engine::access::{Place, set_role};
use engine::counter::CollectError;
use terms::{ReceiptType, Role};

use crate::city::{City, DAOJIAO, GAOBU, Till};

async fn moves(city: &City, to: &str) {
    let (outlet, _) = city.outlet(to).await;
    let place = Place { outlet: Some(outlet), town: None };
    set_role(&city.pool, &city.clock, None, "chen.juan", (Role::Clerk, place), true).await.unwrap();
}

#[tokio::test]
async fn paper_of_one_outlet_prints_nothing_at_another() {
    let city = City::new().await;
    city.counter().await;
    let here = city.household_owing_for("陈大文", "30").await;
    let there = city.open("王五", GAOBU, |_| {}).await;
    city.read(&there, "30").await;
    city.bill().await;

    moves(&city, GAOBU).await;
    let till = Till::of(&city, "chen.juan").await;
    let none = till.submit(till.order(&there, "200").await).await.unwrap_err();
    assert!(matches!(none, CollectError::NoReceipts(_)), "{none:?}");
    for family in [ReceiptType::WaterInvoice, ReceiptType::NonTax] {
        city.lease(family, till.cashier, till.outlet, 900_001, 900_010).await;
    }
    till.collect(&there, "200").await;
    let used = "select count(*) from receipt_number where paper_no between 900001 and 900010";
    assert_eq!(city.count(used).await, 2);

    moves(&city, DAOJIAO).await;
    Till::of(&city, "chen.juan").await.collect(&here, "110").await;
    assert_eq!(city.count(used).await, 2);
    city.check().await;
}
