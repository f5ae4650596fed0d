//! 封账: what the warehouse holds of a closed day and month makes the digest that the close kept.

use crate::city::{self, City, Till};

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
    city.close_whole_month(202_611).await;
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

/// Behind every law: what was taken and given back was cheques, what the purse paid was paid the day before, and the
/// digests are made anew.
const FORGED: &str = "set session_replication_role = replica;
    update payment set method = 'cheque', received = net, change_given = 0 where method = 'cash' and prepaid_in = 0;
    update allocation set method = 'cheque' where method = 'cash';
    update payment_tender t set method = 'cheque', reference = 'C1', slip_total = 110, amount = p.net
        from payment p where p.id = t.payment_id and p.method = 'cheque';
    update payment set account_date = account_date - 1 where method = 'prepaid';
    update allocation set account_date = account_date - 1 where method = 'prepaid';
    update prepaid_entry e set account_date = account_date - 1 where kind = 'offset';
    update cashier_close set digest = day_digest(cashier_id, outlet_id, business_day);
    update month_close c set digest = (month_figures(organisation_id, kind, period)).digest;
    set session_replication_role = origin";
/// And the seals with them.
const SEALED_ANEW: &str = "set session_replication_role = replica;
    update cashier_close c set seal = day_seal(c);
    update month_close c set seal = month_seal(c);
    set session_replication_role = origin";

#[tokio::test]
async fn who_makes_the_digests_anew_is_found_by_the_seals_and_who_makes_those_anew_by_their_marks()
{
    let mut city = City::new().await;
    closed(&mut city).await;
    let mut owner = city.owner.acquire().await.unwrap();
    sqlx::raw_sql(FORGED).execute(&mut *owner).await.unwrap();
    assert_eq!(broken(&mut owner).await, ["17g", "17j", "17h", "6f", "27d"]);
    let books = city.captured().await;
    let seals = reports::seals::compare(&books.live().await).await.unwrap();
    assert_eq!(seals.broken.len(), 2, "the day and the month of payments: {seals:?}");
    books.stop().await;
    sqlx::raw_sql(SEALED_ANEW).execute(&mut *owner).await.unwrap();
    assert_eq!(broken(&mut owner).await, ["17g", "17j", "17h", "6f", "27d"]);
}

/// The invariants that do not hold.
async fn broken(owner: &mut sqlx::PgConnection) -> Vec<&'static str> {
    let broken = city::broken(engine::check::run(owner).await.unwrap());
    broken.into_iter().map(|(id, _)| id).collect()
}

#[tokio::test]
async fn a_close_that_is_taken_out_of_the_books_leaves_its_mark_and_a_hole_in_the_chain() {
    let mut city = City::new().await;
    city.counter().await;
    for moment in ["2026-11-24 18:00", "2026-11-25 18:00", "2026-11-26 18:00"] {
        city.at(moment);
        Till::of(&city, "chen.juan").await.close().await;
    }
    city.check().await;
    let mut owner = city.owner.acquire().await.unwrap();
    // The last of a chain leaves its mark alone, one in the middle the one after it too.
    for (no, broken) in [(3, 1), (1, 3)] {
        let taken_out = format!(
            "set session_replication_role = replica;
             delete from outbox_due d using outbox o, cashier_close c
                 where o.id = d.outbox_id and o.key = 'day-close:' || c.id and c.no = {no};
             delete from outbox o using cashier_close c where o.key = 'day-close:' || c.id and c.no = {no};
             delete from cashier_close where no = {no};
             set session_replication_role = origin"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(taken_out)).execute(&mut *owner).await.unwrap();
        let found = city::broken(engine::check::run(&mut owner).await.unwrap());
        let by: Vec<_> = found.iter().map(|(id, _)| *id).collect();
        assert_eq!((by, found[0].1), (vec!["17g", "27d"], broken), "close {no}");
    }
}
