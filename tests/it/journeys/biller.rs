//! Who had the bills made is on the books: in the issue, and in the mark.

use chrono::Days;
use engine::billing::{self, BillError, BillRun};

use crate::city::City;

#[tokio::test]
async fn a_bill_run_bears_the_name_of_who_ordered_it() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    city.read(&account, "30").await;
    let order = |by| BillRun {
        period: city.period(),
        bill_date: city.today(),
        due_date: city.today() + Days::new(20),
        workers: 1,
        by: Some(by),
    };
    // Who takes money makes no bills, and nothing of the run is left behind.
    let clerk = city.counter().await.cashier;
    let refused = billing::run(&city.pool, &city.clock, order(clerk), |_| {}).await.unwrap_err();
    assert!(
        matches!(&refused, BillError::Database(error) if engine::access::is_refused(error)),
        "{refused:?}"
    );
    assert_eq!(city.count("select count(*) from bill_issue").await, 0);
    let by = city.manager().await;
    let run = billing::run(&city.pool, &city.clock, order(by), |_| {}).await.unwrap();
    assert_eq!(run.charges, 1);
    assert_eq!(city.count("select made_by::bigint from bill_issue").await, i64::from(by.0));
    let marks = "select count(*) from operation_log m join bill_issue i on i.made_by = m.user_id
        where m.action = 'billing.run.begin' and not m.details ? 'digest'";
    assert_eq!(city.count(marks).await, 1);
    city.check().await;
}
