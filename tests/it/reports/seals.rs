//! 封账: what the warehouse holds of a closed day and month makes the digest that the close kept.

use engine::closing::{CloseMonth, PeriodKind, close_month};
use terms::BillPeriod;

use crate::city::{City, DAOJIAO, Till};

/// A day of November and the month itself are closed, with a payment taken back and one out of the purse.
async fn closed(city: &mut City) {
    city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    let till = Till::of(city, "chen.juan").await;
    let paid = till.collect(&chen, "110").await;
    till.take_back(paid.payment).await.unwrap();
    till.deposit(&chen, "500").await;
    city.offset().await;
    till.close().await;
    city.at("2026-12-02 09:00");
    let (organisation, _) = city.outlet(DAOJIAO).await;
    let (period, by) = (BillPeriod::from_number(202_611).unwrap(), city.manager().await);
    for &kind in PeriodKind::ALL {
        let order = CloseMonth { organisation, kind, period, by };
        close_month(&city.pool, &city.clock, order).await.unwrap();
    }
}

#[tokio::test]
async fn what_was_closed_stands_in_the_warehouse_as_it_was() {
    let mut city = City::new().await;
    closed(&mut city).await;
    let books = city.captured().await;
    let seals = reports::seals::compare(&books.live().await).await.unwrap();
    assert_eq!((seals.compared, seals.broken.as_slice()), (5, &[][..]));
    books.stop().await;
    city.check().await;
}

#[tokio::test]
async fn what_was_changed_after_its_close_is_named_by_the_warehouse_too() {
    let mut city = City::new().await;
    closed(&mut city).await;
    sqlx::raw_sql(
        "alter table payment disable trigger user;
         update payment set method = 'pos' where kind = 'payment' and cashier_id is not null;
         alter table payment enable trigger user",
    )
    .execute(&city.owner)
    .await
    .unwrap();
    let books = city.captured().await;
    let seals = reports::seals::compare(&books.live().await).await.unwrap();
    assert_eq!(seals.broken.len(), 2, "the day and the month of payments: {seals:?}");
    books.stop().await;
}
