//! A new month opens while the city goes on.

use std::time::Duration;

use engine::channels::{ChannelBatch, Settled, Settles, post_batch};
use insta::assert_snapshot;
use terms::PaymentId;
use tokio::time::timeout;

use crate::city::{City, Till, yuan};

#[tokio::test]
async fn a_month_opens_under_a_long_reader_and_no_till_waits() {
    let mut city = City::new().await;
    city.counter().await;
    let (one, two) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "45").await,
    );
    let partitions = "select count(*) from pg_inherits where inhparent = 'charge'::regclass";
    assert_eq!(city.count(partitions).await, 3, "two months ahead");

    // Somebody asks the whole history, and takes a long time over it.
    let mut reader = city.owner.begin().await.unwrap();
    sqlx::query("select count(*) from charge, charge_line").execute(&mut *reader).await.unwrap();
    city.at("2027-03-02 09:00");
    let till = Till::of(&city, "chen.juan").await;
    // Whoever waited for the reader would wait until it ends, which is below.
    let opening = async {
        let (opened, paid) = tokio::join!(
            engine::room::open_months(&city.pool, city.period()),
            till.order(&one, "400"),
        );
        opened.unwrap();
        till.submit(paid).await.unwrap();
    };
    timeout(Duration::from_secs(60), opening).await.expect("nobody waits for the reader");
    assert_eq!(city.count(partitions).await, 6);

    // And the month takes bills, under the same reader.
    let billing = async {
        city.read(&two, "80").await;
        city.bill().await;
    };
    timeout(Duration::from_secs(60), billing).await.expect("nobody waits for the reader");
    reader.rollback().await.unwrap();
    assert_eq!(city.count("select count(*) from charge where bill_period = 202703").await, 1);
    city.check().await;
}

#[tokio::test]
async fn each_month_has_a_room_of_its_own_for_what_is_paid_in_it() {
    let mut city = City::new().await;
    city.counter().await;
    let (one, two) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "45").await,
    );
    let till = Till::of(&city, "chen.juan").await;
    let november = till.collect(&one, "110").await;
    // The minute of the first payment of a month, at two tills: nobody fails, no number is given twice.
    city.at("2026-12-01 00:00");
    let till = Till::of(&city, "chen.juan").await;
    let stranger = city.household("王五").await;
    let (paid, stored, back) = tokio::join!(
        till.collect(&two, "400"),
        till.deposit(&stranger, "50"),
        till.take_back(november.payment),
    );
    let back = back.unwrap();
    assert_snapshot!(room_of(&city, &[november.payment]).await, @"payment_202611 allocation_202611 payment_tender_202611 receipt_202611 receipt_line_202611");
    // A reversal lies where it was made, not where its original lies.
    assert_snapshot!(room_of(&city, &[paid.payment, back.payment]).await, @"payment_202612 allocation_202612 payment_tender_202612 receipt_202612 receipt_line_202612");
    assert_snapshot!(room_of(&city, &[stored.payment]).await, @"payment_202612 payment_tender_202612 receipt_202612");
    // Whose clock is behind gets a number of the new month; the order of the numbers stays an order in time.
    let newest = city.count("select max(id) from payment").await;
    city.at("2026-11-30 23:59");
    let late = Till::of(&city, "chen.juan").await.deposit(&stranger, "10").await;
    assert!(late.payment.0 > newest);
    assert_snapshot!(room_of(&city, &[late.payment]).await, @"payment_202612 payment_tender_202612 receipt_202612");
    // A month that is over can be frozen, moved and taken out: nothing holds on to it but what says so.
    sqlx::query("vacuum (freeze) payment_202611").execute(&city.owner).await.unwrap();
    let mut taking = city.owner.begin().await.unwrap();
    sqlx::query("alter table payment detach partition payment_202611")
        .execute(&mut *taking)
        .await
        .unwrap();
    sqlx::query("drop table payment_202611").execute(&mut *taking).await.unwrap();
    taking.rollback().await.unwrap();
    city.check().await;
}

#[tokio::test]
async fn what_a_channel_settled_in_a_month_lies_there_whenever_it_comes() {
    let mut city = City::new().await;
    city.counter().await;
    let chen = city.household_owing_for("陈大文", "30").await;
    let month = city.period();
    let bring = || ChannelBatch {
        channel: "wechat".to_owned(),
        batch_no: "W1130".to_owned(),
        settled_on: "2026-11-30".parse().unwrap(),
        items: vec![Settled {
            account: chen.id,
            settles: Settles::UpTo(month),
            serial: "1".to_owned(),
            gross: yuan("103.33"),
        }],
    };
    let mut outcomes = Vec::new();
    for moment in ["2026-12-02 09:00", "2027-01-02 09:00"] {
        city.at(moment);
        let outcome = post_batch(&city.pool, &city.clock, bring()).await.unwrap();
        outcomes.push((outcome.posted, outcome.already));
    }
    assert_eq!(outcomes, [(1, 0), (0, 1)]);
    let lies =
        "select concat_ws(' ', i.tableoid::regclass, month_of_id(i.id), p.tableoid::regclass)
        from channel_item i join payment p on p.channel_item_id = i.id";
    let lies: String = sqlx::query_scalar(lies).fetch_one(&city.owner).await.unwrap();
    assert_eq!(lies, "channel_item_202611 202611 payment_202612");
    city.check().await;
}

/// In month 36 a chunk of bills must not be checked against all that was ever billed.
#[tokio::test]
async fn a_bill_run_looks_through_no_bills_of_the_months_before() {
    let mut city = City::new().await;
    city.counter().await;
    let (one, two) = (
        city.household_owing_for("陈大文", "30").await,
        city.household_owing_for("李四", "45").await,
    );
    city.at("2026-12-05 09:00");
    engine::room::open_months(&city.pool, city.period()).await.unwrap();
    city.read(&one, "50").await;
    city.read(&two, "80").await;
    sessions_end(&city).await;
    city.pool = engine::connect(city.database.application()).await.unwrap();
    let looked_through = "with told as materialized (select pg_stat_force_next_flush())
        select sum(seq_scan)::bigint from pg_stat_user_tables, told
        where relname in ('charge_202611', 'charge_line_202611')";
    let before = city.count(looked_through).await;
    assert_eq!(city.bill().await.charges, 2);
    sessions_end(&city).await;
    assert_eq!(city.count(looked_through).await, before);
    assert_eq!(city.count("select count(*) from charge where bill_period = 202612").await, 2);
}

/// What a session of the application counted is told when it ends.
async fn sessions_end(city: &City) {
    city.pool.close().await;
    let at_work = "select count(*) from pg_stat_activity where datname = current_database() and usename = 'weir_app'";
    while city.count(at_work).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// In which partitions payments lie, with what they settle and what was handed over.
async fn room_of(city: &City, payments: &[PaymentId]) -> String {
    let ids: Vec<i64> = payments.iter().map(|payment| payment.0).collect();
    let lies = "select string_agg(distinct concat_ws(' ', p.tableoid::regclass, a.tableoid::regclass, t.tableoid::regclass,
            r.tableoid::regclass, l.tableoid::regclass), ', ')
        from payment p join payment_tender t on t.payment_id = p.id left join allocation a on a.payment_id = p.id
        left join receipt r on r.payment_id = p.id left join receipt_line l on l.receipt_id = r.id
        where p.id = any($1)";
    sqlx::query_scalar(lies).bind(ids).fetch_one(&city.owner).await.unwrap()
}
