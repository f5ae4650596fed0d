//! The word of the second person.

use engine::counter::Collect;
use insta::assert_snapshot;

use super::{answers, books};
use crate::city::{City, Till, yuan};

#[tokio::test]
async fn nobody_is_the_second_person_of_oneself() {
    let mut city = City::new().await;
    books(&mut city).await;
    let request = |cashier: &str, day: &str| {
        format!(
            "insert into reversal_request (payment_id, town_id, outlet_id, asked_by, reason, asked_on, asked_at)
             select n.id, n.town_id, n.outlet_id, u.id, 'x', '{day}', timestamptz '{day} 12:00+08'
             from newest n, app_user u where u.login = '{cashier}'"
        )
    };
    let attempts = [
        ("of another outlet's payment", request("li.mei", "2027-01-22")),
        ("asked twice on a day", request("chen.juan", "2027-01-21")),
        (
            "for another day than it is",
            request("chen.juan", "2027-01-22").replace(", '2027-01-22',", ", '2027-01-23',"),
        ),
        ("without a mark", request("chen.juan", "2027-01-22")),
        (
            "with the mark of nobody",
            format!("{}; select leave_mark(null, 'counter.reversal.request', 'x', '{{}}', now())", request("chen.juan", "2027-01-22")),
        ),
        (
            "with the mark of another",
            format!(
                "{}; select leave_mark(id, 'counter.reversal.request', 'x', '{{}}', now()) from app_user where login = 'li.mei'",
                request("chen.juan", "2027-01-22")
            ),
        ),
        (
            "answered twice",
            "insert into reversal_answer select request_id, true, answered_by, null, answered_at from reversal_answer limit 1".to_owned(),
        ),
        ("a no turned round", "update reversal_answer set approved = true".to_owned()),
        ("a request forgotten", "delete from reversal_request".to_owned()),
        (
            "a yes given away by hand",
            "insert into reversal_approved select request_id, 1 from reversal_answer limit 1".to_owned(),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    of another outlet's payment: request_elsewhere
    asked twice on a day: already_asked
    for another day than it is: new row for relation "reversal_request" violates check constraint "reversal_request_check"
    without a mark: act_unmarked
    with the mark of nobody: act_unmarked
    with the mark of another: act_unmarked
    answered twice: duplicate key value violates unique constraint "reversal_answer_pkey"
    a no turned round: permission denied for table reversal_answer
    a request forgotten: permission denied for table reversal_request
    a yes given away by hand: permission denied for table reversal_approved
    "#);
    city.check().await;
}

#[tokio::test]
async fn what_a_purse_paid_at_a_till_goes_back_by_its_cashier_and_another() {
    let mut city = City::new().await;
    let account = city.household_owing_for("陈先生", "30").await;
    let till = city.counter().await;
    till.collect_and_keep(&account, "300").await;
    city.at("2026-12-10 10:00");
    city.read(&account, "60").await;
    city.bill().await;
    let till = Till::of(&city, "chen.juan").await;
    let purse = Collect { prepaid_used: yuan("103.33"), ..till.order(&account, "0").await };
    till.submit(purse).await.unwrap();
    let back = |cashier: &str| {
        format!(
            "select leave_mark({cashier}, 'counter.payment.reverse', 'x', '{{}}', now()) from app_user where login = 'chen.juan';
             with p as (
                insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at, received, net,
                    prepaid_used, reverses_id, reason, idempotency_key, request_hash)
                select next_payment_id(posted_at), 'reversal', account_id, town_id, outlet_id, {by}, method, account_date, posted_at,
                    0, 0, -prepaid_used, id, 'forged', 'forged', '' from payment where method = 'prepaid'
                returning *
             ), e as (
                insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta, balance_before, balance_after)
                select p.account_id, p.town_id, p.outlet_id, p.id, 'offset', p.account_date, -p.prepaid_used, b.balance, b.balance - p.prepaid_used
                from p join prepaid_balance b using (account_id)
             )
             insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
                cashier_id, method, account_date, owner_id, fee_item, amount)
             select a.bill_period, p.id, a.charge_id, a.charge_line_id, p.account_id, p.town_id, p.outlet_id, p.cashier_id, p.method,
                p.account_date, a.owner_id, a.fee_item, -a.amount from p join allocation a on a.payment_id = p.reverses_id",
            by = cashier.replace("id", "cashier_id")
        )
    };
    let attempts = [("by nobody", back("null::integer")), ("by its cashier alone", back("id"))];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    by nobody: reversal_not_a_mirror
    by its cashier alone: reversal_not_approved
    ");
    city.check().await;
}
