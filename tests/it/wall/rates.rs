//! Rates hold by two persons.

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
