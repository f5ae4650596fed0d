//! Rates hold by two persons.

use engine::tariff::{RateKind, read_rows};
use insta::assert_snapshot;

use super::{TAKEN, answers, books};
use crate::city::City;

#[tokio::test]
async fn rates_hold_by_two_persons_and_by_nothing_else() {
    let mut city = City::new().await;
    books(&mut city).await;
    let maker = city.manager().await;
    let order = |by: &str, kind: &str| {
        format!(
            "insert into operation_log (user_id, action, subject, details, at)
                select {by}, 'tariff.order.submit', 'x', '{{}}', now();
             insert into rate_order (kind, reason, submitted_by, recorded_at) values ('{kind}', 'x', {by}, now());
             insert into fee_owner (town_id, fee_item, valid_from, owner_id, order_id)
             select town_id, fee_item, '2027-03-01', owner_id, (select max(id) from rate_order) from fee_owner limit 1{TAKEN}"
        )
    };
    let maker = maker.0.to_string();
    let decide = format!(
        "insert into operation_log (user_id, action, subject, details, at)
            select {maker}, 'tariff.order.decide', 'x', '{{}}', now();
         insert into rate_decision select max(id), 'approved', {maker}, now() from rate_order"
    );
    let decide_elsewhere = format!("{}; {decide}", order(&maker, "owner"));
    let clerk = "(select id from app_user where login = 'chen.juan')";
    let later = "insert into fee_owner (town_id, fee_item, valid_from, owner_id, order_id)
        select town_id, fee_item, '2027-04-01', owner_id, (select max(id) from rate_order) from fee_owner limit 1";
    let unmarked = format!(
        "insert into rate_order (kind, reason, submitted_by, recorded_at) values ('owner', 'x', {maker}, now())"
    );
    let attempts = [
        ("a clerk's order", order(clerk, "owner")),
        ("an order of something else", order(&maker, "quota")),
        ("an order without a mark", unmarked),
        ("one's own order approved", decide_elsewhere),
        ("an order of one", order(&maker, "owner")),
        ("a row that comes later", later.to_owned()),
        ("approved by hand", "update fee_owner set approved_at = now()".to_owned()),
        ("a decision turned round", "update rate_decision set decision = 'approved'".to_owned()),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    a clerk's order: user 2 has no right to tariff.order.submit
    an order of something else: entry_not_whole
    an order without a mark: act_unmarked
    one's own order approved: own_rate
    an order of one: taken
    a row that comes later: entry_not_whole
    approved by hand: permission denied for table fee_owner
    a decision turned round: permission denied for table rate_decision
    ");
    let held = "select count(*) from fee_owner where approved_at is not null and valid_from > '2027-01-01'";
    assert_eq!(city.count(held).await, 0);
    city.check().await;
}

/// 行政强制法 §45: a late fee is never more than what it is late on, whatever two persons say.
#[tokio::test]
async fn no_rule_lets_a_late_fee_grow_beyond_what_is_owed() {
    let city = City::new().await;
    let maker = city.manager().await.0;
    let rule = |cap: &str| {
        format!(
            "insert into operation_log (user_id, action, subject, details, at)
                select {maker}, 'tariff.order.submit', 'x', '{{}}', now();
             insert into rate_order (kind, reason, submitted_by, recorded_at) values ('late_fee', 'x', {maker}, now());
             insert into late_fee_rule (fee_item, valid_from, grace_days, rate_per_day, cap_ratio, source, status, order_id)
             select 'water', '2027-03-01', 10, 0.0005, {cap}, 'x', 'official', max(id) from rate_order{TAKEN}"
        )
    };
    let attempts = [
        ("half as much again", rule("1.5")),
        ("a little more", rule("1.0001")),
        ("less than nothing", rule("-0.5")),
        ("no number", rule("'NaN'")),
        ("as much as is owed", rule("1")),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    half as much again: new row for relation "late_fee_rule" violates check constraint "late_fee_rule_cap_ratio_check"
    a little more: new row for relation "late_fee_rule" violates check constraint "late_fee_rule_cap_ratio_check"
    less than nothing: new row for relation "late_fee_rule" violates check constraint "late_fee_rule_cap_ratio_check"
    no number: new row for relation "late_fee_rule" violates check constraint "late_fee_rule_cap_ratio_check"
    as much as is owed: taken
    "#);
    // Nor is one offered to them: the table that brings it is not read.
    let head = "fee_item,valid_from,grace_days,rate_per_day,cap_ratio,status,doc_no,source";
    for (cap, is_read) in [("1.5", false), ("1", true)] {
        let table = format!("{head}\nwater,2027-03-01,10,0.0005,{cap},official,,文件\n");
        let mut connection = city.pool.acquire().await.unwrap();
        let read = read_rows(&mut connection, RateKind::LateFee, &table).await;
        let said = read.map_or_else(|wrong| wrong.to_string(), |_| "read".to_owned());
        assert_eq!(
            (said == "read", said.contains("上限应为零至一")),
            (is_read, !is_read),
            "{said}"
        );
    }
    city.check().await;
}
