//! Documents, their numbers, and the paper in the stores.

use insta::assert_snapshot;
use terms::ReceiptType;

use super::{TAKEN, WHOLE, answers, books, forged_payment, on_receipts};
use crate::city::{City, GAOBU, Till};

/// A payment with a receipt on paper: its number as the law asks for it, its amount and that of its lines.
fn receipt(family: &str, number: &str, amount: &str, line: &str) -> String {
    format!(
        "{};
         with r as (
            insert into receipt (id, receipt_type, medium, ordinal, kind, payment_id, account_id, town_id, outlet_id, cashier_id,
                account_date, issued_at, amount)
            select receipt_of(p.id, 1), '{family}', 'paper', 1, 'blue', p.id, p.account_id, p.town_id, p.outlet_id, p.cashier_id,
                p.account_date, p.posted_at, {amount} from payment p where p.idempotency_key = 'forged'
            returning *
         ), n as (
            insert into receipt_number (receipt_id, receipt_type, code, no, paper_no, town_id, outlet_id, assigned_at)
            select r.id, r.receipt_type, s.code, {number}, r.town_id, r.outlet_id, r.issued_at
            from r, stock_segment s where s.holder_id = r.cashier_id and s.receipt_type = '{family}'
         )
         insert into receipt_line (receipt_id, charge_line_id, bill_period, town_id, owner_id, fee_item, amount, late_fee)
         select r.id, l.id, l.bill_period, l.town_id, l.owner_id, l.fee_item, {line}, 0 from r, owed_once l
         where (l.fee_item = 'water') = ('{family}' = 'water_invoice')",
        forged_payment(WHOLE, "l.fee_item, l.amount")
    )
}

/// The next number of a cashier's paper, and one that is `more` behind it.
fn number(more: i32) -> String {
    format!("lpad((s.next_no + {more})::text, 8, '0'), s.next_no + {more}")
}

#[tokio::test]
async fn paper_is_numbered_by_its_cashier_and_shows_what_was_paid() {
    let mut city = City::new().await;
    books(&mut city).await;
    let water = "(select sum(amount) from owed_once where fee_item = 'water')";
    let invoice =
        |number: &str, amount: &str, line: &str| receipt("water_invoice", number, amount, line);
    let late = |table: &str, rest: &str| format!("insert into {table} {rest}");
    let attempts = [
        ("a number that goes back", "update stock_segment set next_no = first_no".to_owned()),
        ("a number that is used without a receipt", "update stock_segment set next_no = next_no + 1".to_owned()),
        ("a receipt over more than its lines", invoice(&number(0), &format!("{water} + 1"), "l.amount")),
        (
            "a deposit that nobody made",
            receipt("prepaid", &number(0), "500", "l.amount").replace("insert into receipt_line", "-- "),
        ),
        ("fees on the paper of a deposit", receipt("prepaid", &number(0), "10", "l.amount")),
        (
            "fees of another town",
            invoice(&number(0), water, "l.amount").replace("l.bill_period, l.town_id, l.owner_id, l.fee_item, l.amount, 0", "l.bill_period, 441900999, l.owner_id, l.fee_item, l.amount, 0"),
        ),
        ("a number that comes later than its paper", invoice(&number(0), water, "l.amount").replace("r.issued_at", "r.issued_at + interval '1 minute'")),
        ("fees that are on no paper", invoice(&number(0), water, "l.amount")),
        ("a number that is skipped", invoice(&number(1), water, "l.amount")),
        ("a number without its zeros", invoice("s.next_no::text, s.next_no", water, "l.amount")),
        ("paper without a place in the stock", invoice("lpad(s.next_no::text, 8, '0'), null::bigint", water, "l.amount")),
        ("a receipt over other money", invoice(&number(0), &format!("{water} * 2"), "l.amount * 2")),
        (
            "a receipt that bears another's id",
            invoice(&number(0), water, "l.amount").replace("receipt_of(p.id, 1)", "receipt_of(p.id, 2)"),
        ),
        (
            "a receipt for an old payment",
            late("receipt", "(id, receipt_type, medium, ordinal, kind, payment_id, account_id, town_id, outlet_id, cashier_id,
                account_date, issued_at, amount)
             select receipt_of(id, 9), 'nontax', 'electronic', 9, 'blue', id, account_id, town_id, outlet_id, cashier_id, account_date, now(), 1 from newest"),
        ),
        (
            "a line for an old receipt",
            late("receipt_line", "(receipt_id, charge_line_id, bill_period, town_id, owner_id, fee_item, amount, late_fee)
             select r.id, -1, 202701, town_id, 1, 'water', 0, 0 from receipt r limit 1"),
        ),
        (
            "a second number for a receipt",
            late("receipt_number", "select receipt_id, receipt_type, code, '99999999', null, town_id, outlet_id, now() from receipt_number limit 1"),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    a number that goes back: permission denied for table stock_segment
    a number that is used without a receipt: permission denied for table stock_segment
    a receipt over more than its lines: receipt_amount
    a deposit that nobody made: receipt_amount
    fees on the paper of a deposit: line_not_of_its_receipt
    fees of another town: line_not_of_its_receipt
    a number that comes later than its paper: number_not_of_its_receipt
    fees that are on no paper: payment_without_receipt
    a number that is skipped: paper_not_next
    a number without its zeros: paper_not_next
    paper without a place in the stock: number_not_of_its_receipt
    a receipt over other money: receipt_line_unfounded
    a receipt that bears another's id: new row for relation "receipt_202701" violates check constraint "receipt_bears_payment"
    a receipt for an old payment: entry_not_whole
    a line for an old receipt: entry_not_whole
    a second number for a receipt: duplicate key value violates unique constraint "receipt_number_202611_pkey"
    "#);
    city.check().await;
}

#[tokio::test]
async fn what_is_not_on_paper_gets_its_number_when_its_platform_answers() {
    let mut city = City::new().await;
    books(&mut city).await;
    let other = "(select sum(amount) from owed_once where fee_item <> 'water')";
    let whole = receipt("nontax", "'', null::bigint", other, "l.amount");
    let (before, after) = whole.split_once(", n as (").unwrap();
    let unnumbered = format!(
        "{before}\n insert into receipt_line{}",
        after.split_once("insert into receipt_line").unwrap().1
    );
    let assign = |code: &str, no: &str| {
        format!(
            "insert into receipt_number (receipt_id, receipt_type, code, no, paper_no, town_id, outlet_id, assigned_at)
             select id, receipt_type, '{code}', '{no}', null, town_id, outlet_id, issued_at + interval '1 minute' from receipt where medium <> 'paper' and receipt_type = 'nontax'"
        )
    };
    let waits = [
        ("paper that waits for its number", unnumbered),
        (
            "fiscal documents that wait for their numbers",
            on_receipts(&forged_payment(WHOLE, "l.fee_item, l.amount")),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &waits).await, @r"
    paper that waits for its number: paper_without_number
    fiscal documents that wait for their numbers: taken
    ");
    assert!(!city.broken().await.contains(&"14e"));
    let attempts = [
        ("a number with letters", assign("44190126", "A1")),
        ("a number of twenty-one digits", assign("44190126", "000000000000000000001")),
        ("its number, a minute later", assign("44190126", "0000012345")),
        ("another number", assign("44190126", "0000012346")),
        (
            "a number that is taken back",
            "delete from receipt_number where no = '0000012345'".to_owned(),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    a number with letters: new row for relation "receipt_number_202701" violates check constraint "receipt_number_no_check"
    a number of twenty-one digits: new row for relation "receipt_number_202701" violates check constraint "receipt_number_no_check"
    its number, a minute later: taken
    another number: duplicate key value violates unique constraint "receipt_number_202701_pkey"
    a number that is taken back: permission denied for table receipt_number
    "#);
    assert!(!city.broken().await.contains(&"14e"));
    for fault in [
        "update receipt_number set assigned_at = assigned_at - interval '1 hour' where paper_no is null",
        "update receipt_number set outlet_id = outlet_id + 1 where paper_no is null",
        "update receipt_number set receipt_type = 'water_invoice' where paper_no is null",
        "update receipt_number set paper_no = 1 where paper_no is null",
        "update receipt_number set assigned_at = assigned_at + interval '1 minute' where paper_no is not null",
        "delete from receipt_number where paper_no is not null",
    ] {
        city.finds(fault, "14e").await;
    }
    let lost =
        "delete from receipt_line where receipt_id = (select min(receipt_id) from receipt_line)";
    city.finds(lost, "14a").await;
}

/// Ten thousand leases of one code, each with a paper: no invariant compares each with all.
#[tokio::test]
async fn thousands_of_segments_are_asked_in_a_moment() {
    let city = City::new().await;
    let account = city.household_owing_for("陈大文", "30").await;
    city.counter().await.collect(&account, "110").await;
    let mut owner = city.owner.begin().await.unwrap();
    sqlx::raw_sql(
        "set local session_replication_role = replica;
         insert into receipt_event (event, receipt_type, code, first_no, last_no, digits, outlet_id, town_id, holder_id, by_user_id, at, business_day)
         select event, 'nontax', 'S26', n * 100 + 1, n * 100 + 100, case event when 'received' then 8 end, 1, 1,
             case event when 'leased' then 1 end, 1, now(), current_date
         from generate_series(0, 9999) n, unnest(array['received', 'leased']) event order by event desc, n;
         insert into stock_segment (receipt_type, code, first_no, last_no, next_no, digits, outlet_id, holder_id, moved_at)
         select receipt_type, code, first_no, last_no, last_no + 1, 8, outlet_id, holder_id, at from receipt_event
         where event = 'leased' and code = 'S26';
         insert into receipt (id, receipt_type, medium, ordinal, kind, payment_id, account_id, town_id, outlet_id, cashier_id,
             account_date, receipt_period, issued_at, amount)
         select receipt_of(p, 1), 'nontax', 'paper', 1, 'blue', p, 1, 1, 1, 1, '2026-11-24', 202611, now(), 1
         from generate_series(first_id(202611) + 100001, first_id(202611) + 110000) p;
         insert into receipt_number (receipt_id, receipt_type, code, no, paper_no, town_id, outlet_id, assigned_at)
         select id, receipt_type, 'S26', lpad(n::text, 8, '0'), n, 1, 1, issued_at
         from (select *, (payment_id - first_id(202611) - 100000) * 100 - 7 as n from receipt where payment_id > first_id(202611) + 100000) r;
         analyze stock_segment, receipt_event, receipt, receipt_number;
         set local statement_timeout = '6s'",
    )
    .execute(&mut *owner)
    .await
    .unwrap();
    let findings = engine::check::run(&mut owner).await.unwrap();
    let late: Vec<_> = findings.iter().filter(|found| found.failure.is_some()).collect();
    assert!(late.is_empty(), "{late:?}");
    for id in ["13a", "13b", "13e"] {
        assert!(findings.iter().any(|found| found.id == id && found.holds()), "{id}");
    }
}

#[tokio::test]
async fn paper_is_where_its_events_say() {
    let mut city = City::new().await;
    books(&mut city).await;
    let event = |event: &str, range: (i32, i32), more: &str| {
        let (holder, by, act) = match event {
            "leased" => ("cashier_id", "900000", "receipts.segment.lease"),
            "returned" => ("cashier_id", "900000", "receipts.segment.return"),
            "voided" => ("null", "cashier_id", "receipts.number.void"),
            _ => ("null", "900000", "receipts.segment.receive"),
        };
        let digits = if event == "received" { "8" } else { "null" };
        let (first, last) = range;
        format!(
            "with e as (
                insert into receipt_event (event, receipt_type, code, first_no, last_no, digits, outlet_id, town_id, holder_id, by_user_id, at)
                select '{event}', 'nontax', 'N26', {first}, {last}, {digits}, outlet_id, town_id, {holder}, {by}, now() from newest {more}
                returning by_user_id
             )
             insert into operation_log (user_id, action, subject, details, at) select by_user_id, '{act}', 'forged', '{{}}', now() from e{TAKEN}"
        )
    };
    let attempts = [
        ("handed out before it came in", event("leased", (1, 100), "")),
        ("came in", event("received", (1, 100), "")),
        ("came in twice", event("received", (50, 150), "")),
        ("handed out in part", event("leased", (11, 20), "")),
        ("handed out twice", event("leased", (15, 25), "")),
        ("to another store, with what is out", event("issued", (1, 100), "")),
        ("to another store", event("issued", (21, 100), "")),
        ("spoilt out of order", event("voided", (12, 12), "")),
        ("spoilt two at once", event("voided", (11, 12), "")),
        ("spoilt", event("voided", (11, 11), "")),
        ("brought back, used ones too", event("returned", (11, 20), "")),
        (
            "brought back by another",
            event("returned", (16, 20), "")
                .replace("cashier_id, 900000", "(select max(id) from app_user), 900000"),
        ),
        ("brought back", event("returned", (16, 20), "")),
        ("written off before it is used up", event("written_off", (11, 15), "")),
        ("written off", event("written_off", (11, 11), "")),
        ("written off twice", event("written_off", (11, 11), "")),
        ("paper moved by hand", "update stock_segment set outlet_id = outlet_id".to_owned()),
        ("paper forgotten", "delete from stock_segment".to_owned()),
        (
            "paper without an event",
            "insert into stock_segment select * from stock_segment".to_owned(),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    handed out before it came in: paper_not_there
    came in: taken
    came in twice: conflicting key value violates exclusion constraint "stock_segment_receipt_type_code_int8range_excl"
    handed out in part: taken
    handed out twice: paper_not_there
    to another store, with what is out: paper_not_there
    to another store: taken
    spoilt out of order: paper_not_next
    spoilt two at once: new row for relation "receipt_event" violates check constraint "receipt_event_check2"
    spoilt: taken
    brought back, used ones too: paper_not_there
    brought back by another: paper_not_there
    brought back: taken
    written off before it is used up: paper_not_there
    written off: taken
    written off twice: paper_not_there
    paper moved by hand: permission denied for table stock_segment
    paper forgotten: permission denied for table stock_segment
    paper without an event: permission denied for table stock_segment
    "#);
    let lies: Vec<String> = sqlx::query_scalar(
        "select concat_ws(' ', first_no, last_no, next_no, case when written_off then 'written off' when holder_id is null then 'in store' else 'out' end)
         from stock_segment where code = 'N26' order by first_no",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    assert_snapshot!(lies.join("\n"), @"
    1 10 1 in store
    11 11 12 written off
    12 15 12 out
    16 20 16 in store
    21 100 21 in store
    ");
    city.check().await;
}

#[tokio::test]
async fn paper_is_used_where_it_was_handed_out() {
    let mut city = City::new().await;
    books(&mut city).await;
    let (gaobu, _) = city.outlet(GAOBU).await;
    let chen = Till::of(&city, "chen.juan").await;
    city.lease(ReceiptType::WaterInvoice, chen.cashier, gaobu, 900_001, 900_010).await;
    let water = "(select sum(amount) from owed_once where fee_item = 'water')";
    let elsewhere = receipt("water_invoice", &number(0), water, "l.amount").replace(
        "s.holder_id = r.cashier_id",
        "s.holder_id = r.cashier_id and s.outlet_id <> r.outlet_id",
    );
    let attempts = [("paper of another outlet", elsewhere)];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"paper of another outlet: paper_not_next");
    city.check().await;
}
