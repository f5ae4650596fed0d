//! What looks before it writes sees the present, leaves its mark, and numbers nothing by itself.

use insta::assert_snapshot;

use super::{answers, books, forged_charge};
use crate::city::City;

/// The next number of 陈娟's paper, spoilt.
const SPOILT: &str = "insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, by_user_id, reason, at)
    select 'voided', s.receipt_type, s.code, s.next_no, s.next_no, s.outlet_id, o.town_id, s.holder_id, '破损', timestamptz '2026-11-24 11:00+08'
    from stock_segment s join organisation o on o.id = s.outlet_id join app_user u on u.id = s.holder_id
    where u.login = 'chen.juan' and s.receipt_type = 'nontax'";

/// The last reading, rejected.
const REJECTED: &str =
    "insert into reading_review (reading_id, bill_period, decision, reviewed_by, reviewed_at)
    select r.id, r.bill_period, 'rejected', u.id, now() from reading r, app_user u
    where u.name = '王审核' order by r.id desc limit 1";

fn marked(entry: &str, act: &str, by: &str) -> String {
    format!(
        "{entry}; insert into operation_log (user_id, action, subject, details, at)
         select id, '{act}', 'forged', '{{}}', now() from app_user where name = '{by}'"
    )
}

/// In a transaction that looked at the books before `meanwhile`.
async fn after_looking(city: &City, entry: &str, meanwhile: impl Future<Output = ()>) -> String {
    let mut late = city.pool.begin().await.unwrap();
    let look = "set transaction isolation level repeatable read; select count(*) from reading";
    sqlx::raw_sql(look).execute(&mut *late).await.unwrap();
    meanwhile.await;
    let entry = sqlx::AssertSqlSafe(entry.to_owned());
    let refused = sqlx::raw_sql(entry).execute(&mut *late).await.unwrap_err();
    late.rollback().await.unwrap();
    refused.as_database_error().unwrap().message().to_owned()
}

#[tokio::test]
async fn paper_is_not_spoilt_on_a_day_that_was_closed_meanwhile() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    till.collect(&account, "103.33").await;
    let spoilt = marked(SPOILT, "receipts.number.void", "陈娟");
    let close = async {
        till.close().await;
    };
    let late = after_looking(&city, &spoilt, close).await;
    assert!(late.starts_with("sees_the_past"), "{late}");
    let attempts = [
        ("without a mark", SPOILT.to_owned()),
        (
            "with the mark of nobody",
            marked(SPOILT, "receipts.number.void", "陈娟")
                .replace("select id,", "select null::integer,"),
        ),
        ("with that of another act", marked(SPOILT, "counter.payment.collect", "陈娟")),
        ("on the next day", spoilt),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    without a mark: act_unmarked
    with the mark of nobody: act_unmarked
    with that of another act: act_unmarked
    on the next day: taken
    ");
    let next =
        "select count(*) from receipt_event where event = 'voided' and business_day = '2026-11-25'";
    assert_eq!(city.count(next).await, 1);
    city.check().await;
}

#[tokio::test]
async fn a_reading_is_not_rejected_that_was_billed_meanwhile() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    city.read(&account, "30").await;
    city.somebody("王审核").await;
    let rejected = marked(REJECTED, "reading.reading.review", "王审核");
    let bill = async {
        city.bill().await;
    };
    let late = after_looking(&city, &rejected, bill).await;
    assert!(late.starts_with("sees_the_past"), "{late}");
    let billed = answers(&city.pool, &[("billed", rejected.clone())]).await;
    assert_eq!(billed, "billed: review_too_late");
    let unused = city.household("李四").await;
    city.read(&unused, "0").await;
    let attempts = [("without a mark", REJECTED.to_owned()), ("with it", rejected)];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    without a mark: act_unmarked
    with it: taken
    ");
    city.check().await;
}

#[tokio::test]
async fn ids_are_those_that_the_database_gave() {
    let mut city = City::new().await;
    books(&mut city).await;
    let attempts = [
        ("a deposit under the last number there is", "insert into prepaid_entry (id, account_id) values (9223372036854775806, 1)".to_owned()),
        ("money settled under a number to come", "insert into allocation (id, account_id) values (999999, 1)".to_owned()),
        ("a hold under one, whoever says that he may", "insert into hold (id, charge_id) overriding system value values (999999, 1)".to_owned()),
        ("a mark under one", "insert into operation_log (id, action) values (first_id(month_of(now())) + 999999, 'forged')".to_owned()),
        ("a bill under one", forged_charge("true").replace("901", "999999")),
        ("a bill under none", forged_charge("true").replace("901", "-1")),
        (
            "a line under one",
            forged_charge("true")
                .replace("insert into charge_line (bill_period", "insert into charge_line (id, bill_period")
                .replace("select bill_period, 901", "select 999999 + id, bill_period, 901"),
        ),
        (
            "a bill under one of another month",
            forged_charge("true").replace("901", "(select min(id) from charge)"),
        ),
        (
            "a line under one of another month",
            forged_charge("id = (select min(id) from owed)")
                .replace("insert into charge_line (bill_period", "insert into charge_line (id, bill_period")
                .replace("select bill_period, 901", "select (select min(id) from charge_line), bill_period, 901"),
        ),
        ("a payer under one", "insert into payer (id, town_id, name) select 999999, town_id, '王五' from payer limit 1".to_owned()),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    a deposit under the last number there is: permission denied for table prepaid_entry
    money settled under a number to come: permission denied for table allocation
    a hold under one, whoever says that he may: permission denied for table hold
    a mark under one: permission denied for table operation_log
    a bill under one: id_not_given
    a bill under none: id_not_given
    a line under one: id_not_given
    a bill under one of another month: id_of_another_month
    a line under one of another month: id_of_another_month
    a payer under one: id_not_given
    ");
    city.check().await;
}
