//! What the laws cannot forbid the owner of the database: a month taken out, emptied of a bill and put back, or money of
//! an open day. The nightly check names it, and so does the comparison with the warehouse.

use engine::channels::{Settled, Settles};
use engine::check::{Part, run, run_part};

use crate::city::{City, broken, yuan};

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
    city.close_whole_month(202_611).await;
    let books = city.captured().await;
    books.up_to_now().await;
    books.verify().await;
    city.check().await;

    sqlx::raw_sql(sqlx::AssertSqlSafe(emptied())).execute(&city.owner).await.unwrap();
    let mut connection = city.owner.acquire().await.unwrap();
    let broken: Vec<_> = broken(run(&mut connection).await.unwrap());
    assert_eq!(broken.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["21g", "21m", "6a"]);
    let verdict = ingest::verify(&city.capture_config(), true).await.unwrap();
    assert!(!verdict.equal(), "{verdict}");
    let different: Vec<_> =
        verdict.tables.iter().filter(|table| !table.equal).map(|table| table.name).collect();
    assert_eq!(different, ["charge", "charge_reading", "charge_line"]);
    books.stop().await;
}

/// Behind every law: what came without a till is taken out, and all that was open before is open again.
const UNPOSTED: &str = "set session_replication_role = replica;
    create temporary table gone as select id from payment where cashier_id is null;
    delete from allocation where payment_id in (select id from gone);
    delete from prepaid_entry where payment_id in (select id from gone);
    delete from payment_key where payment_id in (select id from gone);
    delete from payment where id in (select id from gone);
    update prepaid_balance set balance = 500;
    insert into charge_balance select * from kept.owed_before;
    insert into channel_item_open (item_id, batch_id, state, refusal, reason, since)
        select id, batch_id, 'suspense', 'differs', '金额不符', now() from channel_item;
    set session_replication_role = origin";

/// What came without a till bears another key, say all books.
const KEYED_OTHERWISE: &str = "set local session_replication_role = replica;
    update payment_key k set key = k.key || 'x' from payment p where p.id = k.payment_id and p.cashier_id is null;
    update payment set idempotency_key = idempotency_key || 'x' where cashier_id is null";

#[tokio::test]
async fn what_came_without_a_till_and_was_taken_out_of_an_open_month_is_named() {
    let city = City::new().await;
    city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    let li = city.household_owing_for("李四", "30").await;
    crate::city::Till::of(&city, "chen.juan").await.deposit(&li, "500").await;
    let kept = "create schema kept; create table kept.owed_before as select * from charge_balance;
        select tell_laws('{laws}')";
    sqlx::raw_sql(kept).execute(&city.owner).await.unwrap();
    let item = Settled {
        account: chen.id,
        settles: Settles::UpTo(city.period()),
        serial: "1".to_owned(),
        gross: yuan("103.33"),
    };
    assert_eq!(city.settle("wechat", "W1", vec![item]).await.posted, 1);
    assert_eq!(city.offset().await.charges, 1);
    city.check().await;

    let mut owner = city.owner.acquire().await.unwrap();
    let tonight = Part::of(city.today());
    assert_eq!(broken(run_part(&mut owner, tonight).await.unwrap()), []);
    // Under which key each was ordered is kept too, or what is sent again would be posted again.
    let mut keyed = city.owner.begin().await.unwrap();
    sqlx::raw_sql(KEYED_OTHERWISE).execute(&mut *keyed).await.unwrap();
    assert_eq!(broken(run(&mut keyed).await.unwrap()), [("17h", 2)]);
    keyed.rollback().await.unwrap();
    sqlx::raw_sql(UNPOSTED).execute(&mut *owner).await.unwrap();
    assert_eq!(broken(run(&mut owner).await.unwrap()), [("17h", 2)]);
    assert_eq!(broken(run_part(&mut owner, tonight).await.unwrap()), [("17h", 2)]);
}
