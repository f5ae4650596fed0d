//! Numbered paper.

use insta::assert_snapshot;

use super::{WHOLE, answers, books, forged_payment};
use crate::city::City;

#[tokio::test]
async fn paper_is_numbered_by_its_cashier_and_shows_what_was_paid() {
    let mut city = City::new().await;
    books(&mut city).await;
    let receipt = |family: &str, number: &str, amount: &str, line: &str| {
        format!(
            "{};
             with n as (
                update stock_segment s set next_no = next_no + 1 from newest n
                where s.holder_id = n.cashier_id and s.receipt_type = '{family}' returning s.code, s.next_no - 1 as no
             ), r as (
                insert into receipt (receipt_type, code, no, kind, payment_id, account_id, town_id, outlet_id, cashier_id,
                    account_date, issued_at, amount)
                select '{family}', n.code, n.no + {number}, 'blue', p.id, p.account_id, p.town_id, p.outlet_id, p.cashier_id,
                    p.account_date, now(), {amount} from n, payment p where p.idempotency_key = 'forged'
                returning id
             )
             insert into receipt_line (receipt_id, charge_line_id, bill_period, town_id, owner_id, fee_item, amount, late_fee)
             select r.id, l.id, l.bill_period, l.town_id, l.owner_id, l.fee_item, {line}, 0 from r, owed_once l
             where (l.fee_item = 'water') = ('{family}' = 'water_invoice')",
            forged_payment(WHOLE, "l.fee_item, l.amount")
        )
    };
    let water = "(select sum(amount) from owed_once where fee_item = 'water')";
    let attempts = [
        (
            "a number that goes back",
            "update stock_segment set next_no = first_no where next_no > first_no".to_owned(),
        ),
        ("a number that is skipped", "update stock_segment set next_no = next_no + 1".to_owned()),
        ("a receipt over more than its lines", receipt("water_invoice", "0", &format!("{water} + 1"), "l.amount")),
        ("a deposit that nobody made", receipt("prepaid", "0", "500", "l.amount").replace("insert into receipt_line", "-- ")),
        ("a number of nobody", receipt("water_invoice", "4000", water, "l.amount")),
        ("a receipt over other money", receipt("water_invoice", "0", &format!("{water} * 2"), "l.amount * 2")),
        (
            "a receipt for an old payment",
            "insert into receipt (receipt_type, code, no, kind, payment_id, account_id, town_id, outlet_id, cashier_id,
                account_date, issued_at, amount)
             select 'nontax', '4419261', 1, 'blue', id, account_id, town_id, outlet_id, cashier_id, account_date, now(), 1 from newest".to_owned(),
        ),
        (
            "a line for an old receipt",
            "insert into receipt_line (receipt_id, charge_line_id, bill_period, town_id, owner_id, fee_item, amount, late_fee)
             select r.id, -1, 202701, town_id, 1, 'water', 0, 0 from receipt r limit 1".to_owned(),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    a number that goes back: paper_pointer
    a number that is skipped: paper_lost
    a receipt over more than its lines: receipt_amount
    a deposit that nobody made: receipt_amount
    a number of nobody: paper_not_held
    a receipt over other money: receipt_line_unfounded
    a receipt for an old payment: entry_not_whole
    a line for an old receipt: entry_not_whole
    "#);
    city.check().await;
}
