//! An entry comes whole: nothing stands half, and nothing is added later.

use insta::assert_snapshot;

use super::{GIVEN, WHOLE, answers, books, forged_charge, forged_payment, on_receipts};
use crate::city::City;

/// A reversal of 陈大文's newest payment, at this town, with this in place of its allocations; its cashier's mark is left.
fn forged_reversal(town: &str, allocations: &str) -> String {
    format!(
        "select leave_mark(cashier_id, 'counter.payment.reverse', 'x', '{{}}', timestamptz '2027-01-21 12:00+08') from newest;
         with p as (
            insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at,
                received, change_given, net, late_fee, reverses_id, reason, idempotency_key, request_hash)
            select next_payment_id('2027-01-21 12:00+08'), 'reversal', account_id, {town}, outlet_id, cashier_id, method, '2027-01-21', timestamptz '2027-01-21 12:00+08',
                -received, -change_given, -net, -late_fee, id, 'forged', 'forged', '' from newest
            returning *
        ), t as (
            insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, amount)
            select id, 1, account_id, town_id, outlet_id, account_date, method, received from p
        )
        insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
            cashier_id, method, account_date, owner_id, fee_item, amount, late_fee)
        select l.bill_period, p.id, l.charge_id, l.charge_line_id, p.account_id, p.town_id, p.outlet_id, p.cashier_id,
            p.method, p.account_date, l.owner_id, l.fee_item, l.amount, l.late_fee from p, ({allocations}) l"
    )
}

const MIRROR: &str = "select bill_period, charge_id, charge_line_id, owner_id, fee_item, -amount as amount, -late_fee as late_fee
    from allocation where payment_id = (select id from newest)";

#[tokio::test]
async fn an_entry_comes_whole_and_nothing_is_added_to_it() {
    let mut city = City::new().await;
    books(&mut city).await;
    // January began longer ago than any payment of before is under way.
    sqlx::query("select setval('month_begun', 1)").execute(&city.owner).await.unwrap();
    let attempts = [
        (
            "another's bill settled by an old payment",
            "insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
                cashier_id, method, account_date, owner_id, fee_item, amount)
             select l.bill_period, n.id, l.charge_id, l.id, l.account_id, l.town_id, n.outlet_id, n.cashier_id, n.method,
                n.account_date, l.owner_id, l.fee_item, l.amount from owed l, newest n".to_owned(),
        ),
        (
            "the same, with a temporary table in the way",
            "create temporary table payment as select * from public.payment;
             insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
                cashier_id, method, account_date, owner_id, fee_item, amount)
             select l.bill_period, n.id, l.charge_id, l.id, l.account_id, l.town_id, n.outlet_id, n.cashier_id, n.method,
                n.account_date, l.owner_id, l.fee_item, l.amount from owed l, newest n".to_owned(),
        ),
        (
            "prepaid money out of nothing",
            "insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta, balance_before, balance_after)
             select account_id, town_id, outlet_id, id, 'deposit', account_date, 1000, 0, 1000 from newest".to_owned(),
        ),
        (
            "a bill paid out of a purse that does not move",
            forged_payment("0", "l.fee_item, l.amount").replace("request_hash)", "request_hash, prepaid_used)")
                .replace("'cash', '2027-01-21'", "'prepaid', '2027-01-21'")
                .replace("'forged', ''", &format!("'forged', '', {WHOLE}")),
        ),
        (
            "money handed over twice",
            "insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, amount)
             select id, 2, account_id, town_id, outlet_id, account_date, 'cash', 100 from newest".to_owned(),
        ),
        (
            "a payment that nobody handed anything over for",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("where received <> 0", "where false"),
        ),
        (
            "cash that is booked as a card",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("'cash', '2027-01-21'", "'pos', '2027-01-21'")
                .replace("account_date, method, received from p", "account_date, 'cash', received from p"),
        ),
        (
            "lines a second time",
            "insert into charge_line (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity,
                unit_price, amount, tariff_version_id, basis)
             select bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity, unit_price, amount,
                tariff_version_id, basis from owed".to_owned(),
        ),
        ("a charge without lines", forged_charge("false")),
        (
            "a charge without lines beside one with lines twice",
            format!("{}; {}", forged_charge("true"), forged_charge("true").replace("select 901,", "select 902,")
                .replace("id in (select charge_id from owed)", "id = 901").replace("from owed where", "from charge_line where charge_id = 901 and")),
        ),
        ("a charge with half of its lines", forged_charge("fee_item = 'water'")),
        (
            "a payment without use",
            "insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at,
                received, net, idempotency_key, request_hash)
             select next_payment_id('2027-01-21 12:00+08'), 'payment', account_id, town_id, outlet_id, cashier_id, 'cash', '2027-01-21', timestamptz '2027-01-21 12:00+08', 5, 5, 'forged', ''
             from newest".to_owned(),
        ),
        (
            "a payment under a number to come",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace(GIVEN, "first_id(202701) + 500"),
        ),
        (
            "a payment under a number of a month before its own",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace(GIVEN, "first_id(202611) + 500"),
        ),
        (
            "a payment dated back into a month that is over",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace(GIVEN, "first_id(202611) + 500")
                .replace("2027-01-21", "2026-11-30"),
        ),
        ("numbers of a year to come", "select next_payment_id('2029-01-01')".to_owned()),
        (
            "a payment of nobody's account",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("o.account_id, o.town_id", "-1, o.town_id"),
        ),
        ("a payment used for less", forged_payment(&format!("{WHOLE} + 1"), "l.fee_item, l.amount")),
        ("a line under another fee", forged_payment(WHOLE, "'garbage', l.amount")),
        (
            "all on one line",
            forged_payment(WHOLE, "l.fee_item, (select sum(amount) from owed)") + " where l.id = (select min(id) from owed)",
        ),
        (
            "a payment at another outlet than its allocations",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("p.outlet_id, p.cashier_id, p.method", "p.outlet_id + 1, p.cashier_id, p.method"),
        ),
        ("a reversal in another town", forged_reversal("441900999", MIRROR)),
        (
            "a reversal without one line",
            forged_reversal("town_id", &format!("{MIRROR} and charge_line_id <> (select min(charge_line_id) from allocation where payment_id = (select id from newest))")),
        ),
        (
            "a reversal with two lines more",
            forged_reversal("town_id", &format!("{MIRROR}
                union all (select bill_period, charge_id, charge_line_id, owner_id, fee_item, -5, 0 from allocation
                    where payment_id = (select min(id) from paid) order by id limit 1)
                union all (select bill_period, charge_id, id, owner_id, fee_item, 5, 0 from owed_too order by id limit 1)")),
        ),
        (
            "a reversal without a mark",
            forged_reversal("town_id", MIRROR).replacen("from newest", "from newest where false", 1),
        ),
        (
            "a reversal with the mark of nobody",
            forged_reversal("town_id", MIRROR).replacen("leave_mark(cashier_id", "leave_mark(null", 1),
        ),
        (
            "a reversal out of nobody's till",
            forged_reversal("town_id", MIRROR).replace("outlet_id, cashier_id, method, '2027", "outlet_id, null::integer, method, '2027"),
        ),
        (
            "cash that nobody took",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("n.outlet_id, n.cashier_id", "n.outlet_id, null::integer"),
        ),
        (
            "a payment that opens what was paid, and puts it into the purse",
            forged_reversal("town_id", MIRROR).replace("'reversal'", "'payment'")
                .replace("net, late_fee, reverses_id", "net, prepaid_in, reverses_id")
                .replace("-received, -change_given, -net, -late_fee, id, 'forged', 'forged', ''", "0.01, 0, 0.01, net + 0.01, null, null, 'forged', ''"),
        ),
        (
            "a payment that hands money out too",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace(
                "select id, 1, account_id, town_id, outlet_id, account_date, method, received from p where received <> 0",
                "select id, n, account_id, town_id, outlet_id, account_date, method, case n when 1 then received + 5 else -5 end from p, generate_series(1, 2) n",
            ),
        ),
        (
            "a bill with a line below nothing",
            forged_charge("true
                union all select bill_period, 901, account_id, town_id, outlet_id, owner_id, fee_item, tier, n * quantity, unit_price,
                    n * amount, tariff_version_id, basis from owed, (values (1), (-1)) v (n) where fee_item = 'water'"),
        ),
        (
            "a payment of a closed day",
            "insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at,
                received, net, idempotency_key, request_hash)
             select next_payment_id(c.closed_at), 'payment', a.id, a.town_id, c.outlet_id, c.cashier_id, 'cash', c.business_day, c.closed_at, 0, 0,
                'forged', '' from account a, cashier_close c where a.payer_name = '王五'".to_owned(),
        ),
        (
            "a payment put into a closed close",
            "insert into close_item (close_id, payment_id) select c.id, n.id from cashier_close c, newest n".to_owned(),
        ),
        ("a close without its payments", forged_close("0", "false")),
        ("a close with sums of its own", forged_close("90000", "true")),
        ("a close over a day that is open", forged_close("0", "true").replace("order by id limit 1", "order by id desc limit 1")),
        (
            "a close by somebody of another outlet",
            forged_close("0", "true")
                .replace("0, cashier_id from earliest", "0, (select id from app_user where login = 'li.mei'), '代结' from earliest")
                .replace("prepaid_used, closed_by)", "prepaid_used, closed_by, reason)"),
        ),
        ("a close by another who does not say why", forged_close("0", "true").replace("0, cashier_id from earliest", "0, 900000 from earliest")),
        ("paper put onto a sheet", "insert into close_paper select * from close_paper".to_owned()),
        ("an open day forgotten", "delete from open_day".to_owned()),
        (
            "a payment behind a savepoint",
            "do $$ begin
                begin
                    insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at,
                        received, net, idempotency_key, request_hash)
                    select next_payment_id('2027-01-21 12:00+08'), 'payment', account_id, town_id, outlet_id, cashier_id, 'cash', '2027-01-21',
                        timestamptz '2027-01-21 12:00+08', 1000, 1000, 'forged', '' from newest;
                exception when division_by_zero then null;
                end;
             end $$".to_owned(),
        ),
        (
            "a bill behind a savepoint that takes nothing",
            format!("do $$ begin begin {}; exception when division_by_zero then null; end; end $$", forged_charge("false")
                .replace("use_class, sewage_class, garbage_class,\n            persons, quota_m3, levy_ratio, total, timestamptz",
                    "'self_supplied', 'exempt', 'none', persons, quota_m3, null, 0, timestamptz")),
        ),
        (
            "lines behind a savepoint",
            forged_charge("true").replace("insert into charge_line", "do $$ begin begin insert into charge_line")
                + "; exception when division_by_zero then null; end; end $$",
        ),
        (
            "a payment that sees the past",
            format!("set transaction isolation level repeatable read; {}", forged_payment(WHOLE, "l.fee_item, l.amount")),
        ),
        (
            "money that counts in another town",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("o.town_id, n.outlet_id", "441900999, n.outlet_id"),
        ),
        (
            "money that counts at another outlet",
            forged_payment(WHOLE, "l.fee_item, l.amount")
                .replace("o.town_id, n.outlet_id", "o.town_id, (select outlet_id from cashier_close limit 1)"),
        ),
        (
            "one's own reading reviewed",
            "insert into reading_review (reading_id, bill_period, decision, reviewed_by, reviewed_at)
             select id, bill_period, 'accepted', entered_by, now() from reading limit 1".to_owned(),
        ),
        (
            "a reading accepted that waits for nobody",
            "insert into reading_review (reading_id, bill_period, decision, reviewed_by, reviewed_at)
             select id, bill_period, 'accepted', (select max(id) from app_user), now() from reading limit 1".to_owned(),
        ),
        (
            "a reading rejected under its bill",
            "insert into reading_review (reading_id, bill_period, decision, reviewed_by, reviewed_at)
             select reading_id, service_period, 'rejected', (select max(id) from app_user), now() from charge_reading limit 1".to_owned(),
        ),
        ("a payment that nobody has a receipt of", forged_payment(WHOLE, "l.fee_item, l.amount")),
        ("and a payment that is whole", on_receipts(&forged_payment(WHOLE, "l.fee_item, l.amount"))),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    another's bill settled by an old payment: entry_not_whole
    the same, with a temporary table in the way: entry_not_whole
    prepaid money out of nothing: entry_not_whole
    a bill paid out of a purse that does not move: payment_without_prepaid
    money handed over twice: entry_not_whole
    a payment that nobody handed anything over for: payment_without_tender
    cash that is booked as a card: payment_without_tender
    lines a second time: entry_not_whole
    a charge without lines: entry_not_whole
    a charge without lines beside one with lines twice: entry_not_whole
    a charge with half of its lines: charge_total
    a payment without use: payment_not_used_up
    a payment under a number to come: id_not_given
    a payment under a number of a month before its own: id_not_given
    a payment dated back into a month that is over: id_not_given
    numbers of a year to come: month_ahead
    a payment of nobody's account: payment_of_another_place
    a payment used for less: payment_not_used_up
    a line under another fee: allocation_not_of_its_line
    all on one line: new row for relation "charge_balance" violates check constraint "charge_paid_at_most_once"
    a payment at another outlet than its allocations: allocation_not_of_its_payment
    a reversal in another town: reversal_not_a_mirror
    a reversal without one line: payment_not_used_up
    a reversal with two lines more: money_turned
    a reversal without a mark: act_unmarked
    a reversal with the mark of nobody: act_unmarked
    a reversal out of nobody's till: new row for relation "payment_202701" violates check constraint "payment_cashier"
    cash that nobody took: new row for relation "payment_202701" violates check constraint "payment_cashier"
    a payment that opens what was paid, and puts it into the purse: money_turned
    a payment that hands money out too: money_turned
    a bill with a line below nothing: charge_total
    a payment of a closed day: day_closed
    a payment put into a closed close: entry_not_whole
    a close without its payments: close_incomplete
    a close with sums of its own: close_sums
    a close over a day that is open: earlier_open
    a close by somebody of another outlet: close_elsewhere
    a close by another who does not say why: new row for relation "cashier_close" violates check constraint "cashier_close_check"
    paper put onto a sheet: permission denied for table close_paper
    an open day forgotten: permission denied for table open_day
    a payment behind a savepoint: entry_not_whole
    a bill behind a savepoint that takes nothing: entry_not_whole
    lines behind a savepoint: entry_not_whole
    a payment that sees the past: sees_the_past
    money that counts in another town: payment_of_another_place
    money that counts at another outlet: payment_of_another_place
    one's own reading reviewed: own_review
    a reading accepted that waits for nobody: review_not_waiting
    a reading rejected under its bill: review_too_late
    a payment that nobody has a receipt of: payment_without_receipt
    and a payment that is whole: taken
    "#);
    // Money that a till took without a mark breaks no law, and is found by the check.
    assert_eq!(city.broken().await, ["17j"]);
}

/// A close of the first day of 陈大文's payments.
fn forged_close(water: &str, items: &str) -> String {
    format!(
        "with earliest as (select * from paid order by id limit 1), c as (
            insert into cashier_close (cashier_id, outlet_id, town_id, business_day, closed_at, payments, reversals, water,
                sewage, garbage, overquota, late_fee, prepaid_in, net, digest, prepaid_used, closed_by)
            select cashier_id, outlet_id, town_id, account_date, (account_date + 1)::timestamptz, 1, 0, {water}, 0, 0, 0, 0, 0, {water}, '', 0, cashier_id from earliest
            returning id
         )
         insert into close_item (close_id, payment_id) select c.id, n.id from c, earliest n where {items}"
    )
}
