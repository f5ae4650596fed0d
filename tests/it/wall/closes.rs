//! A day closes after all that is being posted on it, whoever closes it and with what.

use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};

use super::{WHOLE, books, forged_payment};
use crate::city::{City, Till};

/// The close of 陈娟's 21 January with its mark; of its sums nothing is asked before the commit.
const CLOSE: &str = "with c as (
        insert into cashier_close (cashier_id, outlet_id, town_id, business_day, closed_at, payments, reversals, water,
            sewage, garbage, overquota, late_fee, prepaid_in, net, digest, prepaid_used, closed_by, no, before, seal)
        select cashier_id, outlet_id, town_id, '2027-01-21', timestamptz '2027-01-21 18:00+08', 0, 0, 0, 0, 0, 0, 0, 0, 0,
            day_digest(cashier_id, outlet_id, '2027-01-21'), 0, cashier_id, 7, 'mine', 'mine' from newest
        returning id, cashier_id, closed_at, seal
    )
    insert into operation_log (user_id, action, subject, details, at)
    select cashier_id, 'closing.day.close', 'forged', jsonb_build_object('close', id, 'seal', seal), closed_at from c";

/// A transaction that waits for nobody longer than a moment.
async fn impatient(pool: &PgPool) -> Transaction<'_, Postgres> {
    let mut tx = pool.begin().await.unwrap();
    sqlx::raw_sql("set local lock_timeout = '300ms'").execute(&mut *tx).await.unwrap();
    tx
}

/// What the database says of a statement.
async fn said(tx: &mut Transaction<'_, Postgres>, statement: String) -> String {
    match sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut **tx).await {
        Ok(_) => "taken".to_owned(),
        Err(refused) => refused.as_database_error().unwrap().message().to_owned(),
    }
}

#[tokio::test]
async fn a_day_and_a_payment_of_it_wait_for_each_other_in_the_database_itself() {
    let mut city = City::new().await;
    books(&mut city).await;
    city.at("2027-01-21 18:00");
    let till = Till::of(&city, "chen.juan").await;
    for day in ["2026-11-20", "2026-12-20"] {
        till.close_on(day.parse().unwrap()).await.unwrap();
    }
    // The day is open already: no key that is looked for holds the cashier in place of the lock.
    till.deposit(&city.household("赵六").await, "50").await;
    let (waits, payment) =
        ("canceling statement due to lock timeout", forged_payment(WHOLE, "l.fee_item, l.amount"));

    let mut posting = impatient(&city.pool).await;
    assert_eq!(said(&mut posting, payment.clone()).await, "taken");
    let mut closing = impatient(&city.pool).await;
    assert_eq!(said(&mut closing, CLOSE.to_owned()).await, waits);
    closing.rollback().await.unwrap();
    posting.rollback().await.unwrap();

    let mut closing = impatient(&city.pool).await;
    assert_eq!(said(&mut closing, CLOSE.to_owned()).await, "taken");
    let mut posting = impatient(&city.pool).await;
    assert_eq!(said(&mut posting, payment.clone()).await, waits);
    posting.rollback().await.unwrap();
    closing.rollback().await.unwrap();
    till.close().await;
    let mut posting = impatient(&city.pool).await;
    let refused = said(&mut posting, payment).await;
    assert!(refused.starts_with("day_closed: "), "{refused}");
    posting.rollback().await.unwrap();
    city.check().await;
}
