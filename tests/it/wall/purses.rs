//! A purse is of who pays for the account now.

use engine::register::{AccountChange, NewPayer, Pays, submit_change};
use insta::assert_snapshot;
use sqlx::AssertSqlSafe;

use super::{answers, on_receipts};
use crate::city::{City, Till};

#[tokio::test]
async fn a_purse_pays_no_bill_of_who_left() {
    let mut city = City::new().await;
    let account = city.reopened_for_who_left().await;
    city.december_of(&account).await;
    Till::of(&city, "chen.juan").await.deposit(&account, "500").await;
    let out_of_the_purse = |of: &str| {
        format!(
            "with b as (
                select b.* from charge_balance b join account a on a.id = b.account_id where {of}
             ), p as (
                insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at, received, net,
                    prepaid_used, idempotency_key, request_hash)
                select next_payment_id('2026-12-20 12:00+08'), 'payment', a.id, a.town_id, a.outlet_id, u.id, 'prepaid', '2026-12-20',
                    timestamptz '2026-12-20 12:00+08', 0, 0, (select sum(open_amount) from b), 'forged', ''
                from account a, app_user u where u.login = 'chen.juan'
                returning *
             ), e as (
                insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta, balance_before, balance_after)
                select p.account_id, p.town_id, p.outlet_id, p.id, 'offset', p.account_date, -p.prepaid_used, h.balance, h.balance - p.prepaid_used
                from p join prepaid_balance h using (account_id)
             )
             insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
                cashier_id, method, account_date, owner_id, fee_item, amount)
             select b.bill_period, p.id, b.charge_id, b.charge_line_id, p.account_id, p.town_id, p.outlet_id, p.cashier_id, p.method,
                p.account_date, b.owner_id, b.fee_item, b.open_amount from p, b"
        )
    };
    let attempts = [
        ("the bill of who left", out_of_the_purse("b.payer_id <> a.payer_id")),
        ("with the own", out_of_the_purse("true")),
        ("the own alone", on_receipts(&out_of_the_purse("b.payer_id = a.payer_id"))),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    the bill of who left: purse_of_another
    with the own: purse_of_another
    the own alone: taken
    ");
    // No mark came with it.
    assert_eq!(city.broken().await, ["17j"]);
}

#[tokio::test]
async fn who_comes_waits_for_what_is_being_left_with_us() {
    let city = City::new().await;
    let account = city.household("陈大文").await;
    let stranger = city.household("王五").await;
    city.counter().await.deposit(&stranger, "50").await;
    let payer = NewPayer { name: "李四".to_owned(), phone: None, document: None };
    let change = AccountChange {
        account_no: account.no.clone(),
        valid_from: city.period().first_day(),
        payer: Some(Pays::New(payer)),
        reason: "房屋买卖过户".to_owned(),
        ..AccountChange::default()
    };
    let (maker, checker) = (city.manager().await, city.second_manager().await.0);
    submit_change(&city.pool, &city.clock, maker, change).await.unwrap();
    // A deposit that nobody has locked the account for.
    let deposit = "with p as (
            insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at, received, net,
                prepaid_in, idempotency_key, request_hash)
            select next_payment_id('2026-11-24 10:00+08'), 'payment', a.id, a.town_id, a.outlet_id, u.id, 'cash', '2026-11-24',
                timestamptz '2026-11-24 10:00+08', 100, 100, 100, 'forged', '' from account a, app_user u
            where u.login = 'chen.juan' and a.payer_name = '陈大文'
            returning *
        ), t as (
            insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, amount)
            select id, 1, account_id, town_id, outlet_id, account_date, method, received from p
        )
        insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta, balance_before, balance_after)
        select account_id, town_id, outlet_id, id, 'deposit', account_date, 100, 0, 100 from p";
    let approval = format!(
        "set local lock_timeout = '300ms';
         insert into account_approval (version_id, town_id, decision, approved_by, approved_at)
         select max(id), max(town_id), 'approved', {checker}, timestamptz '2026-11-24 11:00+08' from account_version"
    );
    let mut leaving = city.pool.begin().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(on_receipts(deposit))).execute(&mut *leaving).await.unwrap();
    let waits = [("while it is being left", approval.clone())];
    assert_snapshot!(answers(&city.pool, &waits).await, @"while it is being left: canceling statement due to lock timeout");
    leaving.commit().await.unwrap();
    let after = [("once it is in the purse", approval)];
    assert_snapshot!(answers(&city.pool, &after).await, @"once it is in the purse: payer_has_purse");
}
