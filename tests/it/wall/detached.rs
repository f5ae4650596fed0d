//! What the laws cannot forbid the owner of the database: a month taken out, emptied of a bill and put back. The nightly
//! check names it, and so does the comparison with the warehouse.

use engine::closing::{CloseMonth, PeriodKind, close_month};
use terms::BillPeriod;

use crate::city::{City, DAOJIAO};

/// Takes the rows of the bill that nobody has paid out of each table of the month.
fn emptied() -> String {
    let tables = [("charge_line", "charge_id"), ("charge_reading", "charge_id"), ("charge", "id")];
    let acts = tables.map(|(table, charge)| {
        format!(
            "alter table {table} detach partition {table}_202611;
             alter table {table}_202611 disable trigger user;
             delete from {table}_202611 where {charge} in (select charge_id from charge_balance);
             alter table {table}_202611 enable trigger user;
             alter table {table} attach partition {table}_202611 for values in (202611);"
        )
    });
    acts.concat() + "delete from charge_balance"
}

#[tokio::test]
async fn a_bill_that_the_owner_took_out_of_a_closed_month_is_named() {
    let mut city = City::new().await;
    let till = city.counter().await;
    let paid = city.household_owing_for("陈大文", "30").await;
    city.household_owing_for("李四", "30").await;
    till.collect(&paid, "110").await;
    till.close().await;
    city.at("2026-12-02 09:00");
    let (organisation, _) = city.outlet(DAOJIAO).await;
    let (period, by) = (BillPeriod::from_number(202_611).unwrap(), city.manager().await);
    for &kind in PeriodKind::ALL {
        let order = CloseMonth { organisation, kind, period, by };
        close_month(&city.pool, &city.clock, order).await.unwrap();
    }
    let books = city.captured().await;
    books.up_to_now().await;
    books.verify().await;
    city.check().await;

    sqlx::raw_sql(sqlx::AssertSqlSafe(emptied())).execute(&city.owner).await.unwrap();
    let mut connection = city.owner.acquire().await.unwrap();
    let findings = engine::check::run(&mut connection).await.unwrap();
    let broken: Vec<_> = findings.iter().filter(|finding| !finding.holds()).map(|f| f.id).collect();
    assert_eq!(broken, ["21g", "6a"]);
    let verdict = ingest::verify(&city.capture_config(), true).await.unwrap();
    assert!(!verdict.equal(), "{verdict}");
    let different: Vec<_> =
        verdict.tables.iter().filter(|table| !table.equal).map(|table| table.name).collect();
    assert_eq!(different, ["charge", "charge_reading", "charge_line"]);
    books.stop().await;
}
