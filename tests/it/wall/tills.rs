//! What goes over a till: change out of cash alone, by who collects there, and on the day on which it is handed over.

use insta::assert_snapshot;
use terms::Role;

use super::{WHOLE, answers, books, forged_payment, on_receipts};
use crate::city::{City, DAOJIAO, Till};

const TENDER: &str = "method, amount)
            select id, 1, account_id, town_id, outlet_id, account_date, method, received from p where received <> 0";

/// A payment of 李四's bill that was handed `more` than it comes to, and gives that back.
fn with_change(more: &str) -> String {
    forged_payment(WHOLE, "l.fee_item, l.amount")
        .replace("received, net, idempotency_key", "received, change_given, net, idempotency_key")
        .replace(
            &format!("12:00+08', {WHOLE}, {WHOLE}"),
            &format!("12:00+08', {WHOLE} + {more}, {more}, {WHOLE}"),
        )
}

#[tokio::test]
async fn change_is_given_out_of_cash_by_who_collects_there() {
    let mut city = City::new().await;
    books(&mut city).await;
    let card = "method, reference, slip_day, slip_total, amount)
            select id, 1, account_id, town_id, outlet_id, account_date, method, 'FAKE-2', account_date, received, received from p";
    let in_parts = "method, reference, slip_total, amount)
            select id, n, account_id, town_id, outlet_id, account_date, case n when 1 then 'cash' else 'cheque' end,
                case n when 2 then 'FAKE-1' end, case n when 2 then 9999 end, case n when 1 then 3 else received - 3 end
            from p, generate_series(1, 2) n";
    let change_alone = forged_payment("0", "l.fee_item, l.amount")
        .replace("received, net, idempotency_key", "received, change_given, net, idempotency_key")
        .replace("12:00+08', 0, 0", "12:00+08', 5, 5, 0");
    let attempts = [
        (
            "change for a card",
            with_change("5")
                .replace("'cash', '2027-01-21'", "'pos', '2027-01-21'")
                .replace(TENDER, card),
        ),
        (
            "change beyond the cash beside a cheque",
            with_change("5")
                .replace("'cash', '2027-01-21'", "'mixed', '2027-01-21'")
                .replace(TENDER, in_parts),
        ),
        ("a payment for its change alone", change_alone),
        (
            "through the till of somebody elsewhere",
            with_change("5")
                .replace("n.cashier_id", "(select id from app_user where login = 'li.mei')"),
        ),
        ("and change out of cash", on_receipts(&with_change("5"))),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    change for a card: change_of_cash
    change beyond the cash beside a cheque: change_of_cash
    a payment for its change alone: new row for relation "payment_202701" violates check constraint "payment_pays"
    through the till of somebody elsewhere: no_cashier_here
    and change out of cash: taken
    "#);
    // Behind every law, three yuan of it become cash and the rest a cheque.
    sqlx::raw_sql(
        "set session_replication_role = replica;
         update payment set method = 'mixed' where idempotency_key = 'forged';
         update payment_tender t set amount = 3 from payment p where p.id = t.payment_id and p.idempotency_key = 'forged';
         insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, reference, slip_total, amount)
             select id, 2, account_id, town_id, outlet_id, account_date, 'cheque', 'FAKE-1', 9999, received - 3
             from payment where idempotency_key = 'forged';
         set session_replication_role = origin",
    )
    .execute(&mut *city.owner.acquire().await.unwrap())
    .await
    .unwrap();
    let findings = engine::check::run(&mut city.owner.acquire().await.unwrap()).await.unwrap();
    assert!(findings.iter().any(|found| found.id == "8d" && found.violations == 1));
}

#[tokio::test]
async fn a_till_takes_money_on_the_day_on_which_it_is_handed_over_and_never_goes_back() {
    let mut city = City::new().await;
    books(&mut city).await;
    city.at("2027-01-21 11:00");
    let till = Till::of(&city, "chen.juan").await;
    for day in ["2026-11-20", "2026-12-20"] {
        till.close_on(day.parse().unwrap()).await.unwrap();
    }
    let whole = || forged_payment(WHOLE, "l.fee_item, l.amount");
    let beside = "(select id from app_user where login = 'beside')";
    let (outlet, _) = city.outlet(DAOJIAO).await;
    city.person("beside", "邻窗", Role::Clerk, Some(outlet), None).await;
    let attempts = [
        (
            "on a day before its moment",
            whole().replace("'cash', '2027-01-21'", "'cash', '2027-01-20'"),
        ),
        ("before a day that it has closed", whole().replace("2027-01-21", "2026-12-10")),
        (
            "before a day that the till beside it has closed",
            whole().replace("2027-01-21", "2026-12-10").replace("n.cashier_id", beside),
        ),
        ("and on its day", on_receipts(&whole())),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    on a day before its moment: day_over
    before a day that it has closed: day_closed
    before a day that the till beside it has closed: day_closed
    and on its day: taken
    ");
    assert_eq!(city.broken().await, ["17j"]);
}
