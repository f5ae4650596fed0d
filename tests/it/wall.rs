//! The application's own login, with nothing but SQL in its hands: whatever it tries, the books hold.
//!
//! Each attempt is a transaction that breaks one law and no other; the refusal names the law.

use insta::assert_snapshot;
use sqlx::{AssertSqlSafe, PgPool};
use terms::Money;

use crate::city::{City, GAOBU, Till, yuan};

/// What an attempt was answered: the name of the law, or the server's own words.
async fn answer(pool: &PgPool, attempt: &str) -> String {
    let done = sqlx::raw_sql(AssertSqlSafe(attempt.to_owned())).execute(pool).await;
    let Err(refused) = done else { return "taken".to_owned() };
    let said = refused.as_database_error().expect(attempt).message().to_owned();
    let law = said.split(": ").next().unwrap();
    let is_law = law.contains('_') && !law.contains(' ');
    if is_law { law.to_owned() } else { said }
}

async fn answers(pool: &PgPool, attempts: &[(&str, String)]) -> String {
    let mut lines = Vec::new();
    for (what, attempt) in attempts {
        lines.push(format!("{what}: {}", answer(pool, attempt).await));
    }
    lines.join("\n")
}

/// 陈大文 paid November and December, and owes January; 李四 owes January; a deposit stands at 高埗, and its
/// day is closed. The ids are views of the owner, so that the attempts can be read.
async fn books(city: &mut City) {
    let chen = city.household("陈大文").await;
    let li = city.household("李四").await;
    for (wall, index) in [("2026-11-20 10:00", "30"), ("2026-12-20 10:00", "60")] {
        city.at(wall);
        city.read(&chen, index).await;
        city.bill().await;
        if index == "30" {
            city.counter().await.collect(&chen, "110").await;
        } else {
            Till::of(city, "chen.juan").await.collect(&chen, "400").await;
        }
    }
    city.at("2027-01-20 10:00");
    city.read(&chen, "90").await;
    city.read(&li, "40").await;
    city.bill().await;
    let elsewhere = city.clerk("li.mei", "李梅", GAOBU).await;
    let wang = city.open("王五", GAOBU, |_| {}).await;
    let deposit = engine::counter::Collect {
        charges: vec![],
        expected_total: Money::ZERO,
        received: yuan("50"),
        surplus: engine::counter::Surplus::Prepaid,
        ..elsewhere.order(&wang, "0").await
    };
    elsewhere.submit(deposit).await.unwrap();
    elsewhere.close().await;
    sqlx::raw_sql(
        "create view paid as select * from payment p where cashier_id = (select id from app_user where login = 'chen.juan')
             and not exists (select from payment r where r.reverses_id = p.id);
         create view newest as select * from paid order by id desc limit 1;
         create view owed as select l.* from charge_line l join charge_balance b on b.charge_line_id = l.id
             join account a on a.id = l.account_id where a.payer_name = '李四';
         create view owed_too as select l.* from charge_line l join charge_balance b on b.charge_line_id = l.id
             join account a on a.id = l.account_id where a.payer_name = '陈大文';
         create view owed_once as select l.* from charge_line l join account a on a.id = l.account_id where a.payer_name = '李四';
         create view billed as select * from owed_once where amount > 0;
         grant select on paid, newest, owed, owed_too, owed_once, billed to weir_app",
    )
    .execute(&city.owner)
    .await
    .unwrap();
}

/// A payment of 李四's bill, with these allocations and receipt lines in place of the right ones.
fn forged_payment(net: &str, allocation: &str) -> String {
    format!(
        "with p as (
            insert into payment (kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at,
                received, net, idempotency_key, request_hash)
            select 'payment', o.account_id, o.town_id, n.outlet_id, n.cashier_id, 'cash', '2027-01-21', timestamptz '2027-01-21 12:00+08', {net}, {net},
                'forged', '' from (select distinct account_id, town_id, charge_id from owed) o, newest n
            returning *
        ), t as (
            insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, amount)
            select id, 1, account_id, town_id, outlet_id, account_date, method, received from p where received <> 0
        )
        insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
            cashier_id, method, account_date, owner_id, fee_item, amount)
        select l.bill_period, p.id, l.charge_id, l.id, p.account_id, p.town_id, p.outlet_id, p.cashier_id, p.method,
            p.account_date, l.owner_id, {allocation} from p, owed l"
    )
}

const WHOLE: &str = "(select sum(amount) from owed)";

/// A reversal of 陈大文's newest payment, at this town, with this in place of its allocations.
fn forged_reversal(town: &str, allocations: &str) -> String {
    format!(
        "with p as (
            insert into payment (kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at,
                received, change_given, net, late_fee, reverses_id, reason, idempotency_key, request_hash)
            select 'reversal', account_id, {town}, outlet_id, cashier_id, method, '2027-01-21', timestamptz '2027-01-21 12:00+08',
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
        ("a charge with half of its lines", forged_charge("fee_item = 'water'")),
        (
            "a payment without use",
            "insert into payment (kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at,
                received, net, idempotency_key, request_hash)
             select 'payment', account_id, town_id, outlet_id, cashier_id, 'cash', '2027-01-21', timestamptz '2027-01-21 12:00+08', 5, 5, 'forged', ''
             from newest".to_owned(),
        ),
        ("a payment used for less", forged_payment(&format!("{WHOLE} + 1"), "l.fee_item, l.amount")),
        ("a line under another fee", forged_payment(WHOLE, "'garbage', l.amount")),
        (
            "all on one line",
            forged_payment(WHOLE, "l.fee_item, case when l.id = (select min(id) from owed) then (select sum(amount) from owed) else 0 end"),
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
            "a payment of a closed day",
            "insert into payment (kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at,
                received, net, idempotency_key, request_hash)
             select 'payment', n.account_id, n.town_id, c.outlet_id, c.cashier_id, 'cash', c.business_day, c.closed_at, 0, 0,
                'forged', '' from newest n, cashier_close c".to_owned(),
        ),
        (
            "a payment put into a closed close",
            "insert into close_item (close_id, payment_id) select c.id, n.id from cashier_close c, newest n".to_owned(),
        ),
        ("a close without its payments", forged_close("0", "false")),
        ("a close with sums of its own", forged_close("90000", "true")),
        (
            "one's own reading reviewed",
            "insert into reading_review (reading_id, decision, reviewed_by, reviewed_at)
             select id, 'accepted', entered_by, now() from reading limit 1".to_owned(),
        ),
        ("and a payment that is whole", forged_payment(WHOLE, "l.fee_item, l.amount")),
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
    a charge with half of its lines: charge_total
    a payment without use: payment_not_used_up
    a payment used for less: payment_not_used_up
    a line under another fee: allocation_not_of_its_line
    all on one line: new row for relation "charge_balance" violates check constraint "charge_paid_at_most_once"
    a payment at another outlet than its allocations: allocation_not_of_its_payment
    a reversal in another town: reversal_not_a_mirror
    a reversal without one line: payment_not_used_up
    a reversal with two lines more: reversal_not_a_mirror
    a payment of a closed day: day_closed
    a payment put into a closed close: entry_not_whole
    a close without its payments: close_incomplete
    a close with sums of its own: close_sums
    one's own reading reviewed: own_review
    and a payment that is whole: taken
    "#);
    city.check().await;
}

fn forged_charge(lines: &str) -> String {
    format!(
        "insert into charge (id, bill_period, account_id, town_id, outlet_id, kind, service_period, issue_id, bill_date,
            due_date, from_date, to_date, months, volume_m3, used_before_m3, use_class, sewage_class, garbage_class,
            persons, quota_m3, levy_ratio, total, created_at)
         select -1, bill_period, account_id, town_id, outlet_id, kind, service_period, issue_id, bill_date,
            due_date, from_date, to_date, months, volume_m3, used_before_m3, use_class, sewage_class, garbage_class,
            persons, quota_m3, levy_ratio, total, timestamptz '2027-01-21 12:00+08'
         from charge where id in (select charge_id from owed);
         insert into charge_line (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity,
            unit_price, amount, tariff_version_id, basis)
         select bill_period, -1, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity, unit_price, amount, tariff_version_id, basis
         from owed where {lines}"
    )
}

/// A reversal of 李四's bill, with these figures and lines in place of the mirrored ones.
fn forged_charge_reversal(period: &str, total: &str, line: &str) -> String {
    forged_charge_reversal_of("(select distinct charge_id from owed)", period, total, line)
}

fn forged_charge_reversal_of(charge: &str, period: &str, total: &str, line: &str) -> String {
    format!(
        "with r as (
            insert into charge (bill_period, account_id, town_id, outlet_id, kind, service_period, bill_date, due_date,
                from_date, to_date, months, volume_m3, used_before_m3, use_class, sewage_class, garbage_class, persons,
                quota_m3, levy_ratio, total, created_at, reverses_id, reason)
            select {period}, account_id, town_id, outlet_id, 'reversal', service_period, '2027-01-21', '2027-01-21',
                from_date, to_date, months, -volume_m3, used_before_m3, use_class, sewage_class, garbage_class, persons,
                quota_m3, levy_ratio, {total}, '2027-01-21 10:00+08', id, 'forged'
            from charge where id = {charge}
            returning *
         )
         insert into charge_line (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity,
            unit_price, amount, tariff_version_id, basis)
         select r.bill_period, r.id, l.account_id, l.town_id, l.outlet_id, l.owner_id, l.fee_item, l.tier, {line}
         from r join charge_line l on l.charge_id = r.reverses_id"
    )
}

const MIRRORED: &str = "-l.quantity, l.unit_price, -l.amount, l.tariff_version_id, l.basis";

#[tokio::test]
async fn a_charge_is_taken_back_whole_and_once_and_frees_what_it_took() {
    let mut city = City::new().await;
    books(&mut city).await;
    let again = "insert into charge_reading (reading_id, turn, charge_id, bill_period, volume_m3)";
    let attempts = [
        ("in another month", forged_charge_reversal("202702", "-total", MIRRORED)),
        ("for less", forged_charge_reversal("202701", "-total + 1", MIRRORED)),
        (
            "with other lines",
            forged_charge_reversal(
                "202701",
                "-total",
                "-l.quantity * 2, l.unit_price / 2, -l.amount, l.tariff_version_id, l.basis",
            ),
        ),
        (
            "without lines",
            forged_charge_reversal("202701", "-total", MIRRORED) + " where false",
        ),
        (
            "of a paid one",
            forged_charge_reversal_of(
                "(select min(charge_id) from allocation)",
                "202701",
                "-total",
                MIRRORED,
            ),
        ),
        (
            "a reversal written down alone",
            "insert into charge_reversal select id, bill_period, account_id, service_period, -1, bill_period from charge"
                .to_owned(),
        ),
        ("a reading taken again", format!("{again} select reading_id, 2, charge_id, bill_period, volume_m3 from charge_reading")),
        (
            "a month of another charge",
            "insert into charge_month (account_id, fee_item, month, charge_id, bill_period)
             select account_id, 'garbage', bill_period, charge_id, bill_period from owed_once limit 1".to_owned(),
        ),
        (
            "a billed reading put right",
            "insert into reading (bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period,
                read_at, start_index, end_index, consumption_m3, source, flag, entered_by, entered_at, supersedes_id)
             select bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period, read_at,
                start_index, end_index, consumption_m3, source, flag, null, entered_at, id
             from reading order by id desc limit 1".to_owned(),
        ),
        ("as it is", forged_charge_reversal("202701", "-total", MIRRORED)),
        ("a second time", forged_charge_reversal_of("(select max(reverses_id) from charge)", "202701", "-total", MIRRORED)),
        (
            "a payment of it",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("owed", "billed"),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    in another month: reversal_not_a_mirror
    for less: reversal_not_a_mirror
    with other lines: reversal_not_a_mirror
    without lines: entry_not_whole
    of a paid one: charge_paid
    a reversal written down alone: permission denied for table charge_reversal
    a reading taken again: reading_not_standing
    a month of another charge: month_not_of_charge
    a billed reading put right: reading_stands
    as it is: taken
    a second time: duplicate key value violates unique constraint "charge_reversal_pkey"
    a payment of it: charge_paid_at_most_once
    "#);
    city.check().await;
}

#[tokio::test]
async fn an_account_changes_by_two_persons_and_by_nothing_else() {
    let mut city = City::new().await;
    books(&mut city).await;
    let version = |submitted: &str, town: &str| {
        format!(
            "insert into account_version (account_id, town_id, valid_from, use_class, sewage_class, garbage_class, persons,
                supplier_id, reason, submitted_by, recorded_at)
             select id, {town}, opened_on, use_class, 'exempt', garbage_class, persons, supplier_id,
                case when {submitted} is not null then 'forged' end, {submitted}, now() from account limit 1"
        )
    };
    let me = "(select min(id) from app_user)";
    let decide = |by: &str| {
        format!(
            "insert into account_approval (version_id, town_id, decision, approved_by, approved_at)
             select max(id), max(town_id), 'approved', {by}, now() from account_version where submitted_by is not null"
        )
    };
    let attempts = [
        ("the account itself", "update account set sewage_class = 'exempt'".to_owned()),
        ("a change by nobody", version("null::int", "town_id")),
        ("a change in another town", version(me, "441900999")),
        ("a change", version(me, "town_id")),
        ("one's own change approved", decide(me)),
        ("approved by another person", decide("(select max(id) from app_user)")),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    the account itself: permission denied for table account
    a change by nobody: change_without_person
    a change in another town: change_of_no_account
    a change: taken
    one's own change approved: own_change
    approved by another person: taken
    ");
    assert_eq!(city.count("select count(*) from account where sewage_class = 'exempt'").await, 1);
    city.check().await;
}

fn forged_close(water: &str, items: &str) -> String {
    format!(
        "with c as (
            insert into cashier_close (cashier_id, outlet_id, town_id, business_day, closed_at, payments, reversals, water,
                sewage, garbage, overquota, late_fee, prepaid_in, net, digest, prepaid_used)
            select cashier_id, outlet_id, town_id, account_date, now(), 1, 0, {water}, 0, 0, 0, 0, 0, {water}, '', 0 from newest
            returning id
         )
         insert into close_item (close_id, payment_id) select c.id, n.id from c, newest n where {items}"
    )
}

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

#[tokio::test]
async fn what_a_channel_brings_is_posted_once_and_to_the_fen() {
    let mut city = City::new().await;
    books(&mut city).await;
    let sql = "select id from account where payer_name = '陈大文'";
    let chen: i64 = sqlx::query_scalar(sql).fetch_one(&city.owner).await.unwrap();
    let bring = |serial: &str, gross: &str| engine::channels::Settled {
        account: terms::AccountId(chen),
        settles: engine::channels::Settles::UpTo(city.period()),
        serial: serial.to_owned(),
        gross: yuan(gross),
    };
    let outcome = city.settle("wechat", "W1", vec![bring("1", "0.01"), bring("1", "0.02")]).await;
    assert_eq!(outcome.refused.len(), 2, "{outcome:?}");
    let pay = |item: &str, method: &str, gross: &str| {
        format!(
            "with p as (
                insert into payment (kind, account_id, town_id, outlet_id, method, channel_item_id, account_date, posted_at,
                    received, net, prepaid_in, idempotency_key, request_hash)
                select 'payment', a.id, a.town_id, a.outlet_id, {method}, {item}, '2027-01-21', timestamptz '2027-01-21 12:00+08', {gross}, {gross}, {gross}, 'forged', ''
                from account a where a.id = {chen} returning *
             )
             insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta, balance_before, balance_after)
             select p.account_id, p.town_id, p.outlet_id, p.id, 'deposit', p.account_date, p.net, b.balance, b.balance + p.net
             from p, (select coalesce(max(balance), 0) as balance from prepaid_balance where account_id = {chen}) b"
        )
    };
    let first = "(select id from channel_item where not is_contested)";
    let second = "(select id from channel_item where is_contested)";
    let attempts = [
        ("a payment of a channel without an item", pay("null", "'wechat'", "5")),
        ("cash with an item", pay(first, "'cash'", "0.01")),
        ("an item under another channel's name", pay(first, "'alipay'", "0.01")),
        ("more than the item brought", pay(first, "'wechat'", "5")),
        ("one of two under the same serial", pay(second, "'wechat'", "0.02")),
        (
            "an item added to an old file",
            "insert into channel_item (file_id, batch_id, channel_id, unique_in, serial, account_no, gross, up_to, hash)
             select file_id, batch_id, channel_id, unique_in, '2', account_no, 500, up_to, '' from channel_item limit 1".to_owned(),
        ),
        (
            "an item of another day",
            "with f as (insert into channel_file (batch_id, sha256, items, gross, received_at)
                select id, '', 1, 5, now() from channel_batch returning *)
             insert into channel_item (file_id, batch_id, channel_id, unique_in, serial, account_no, gross, up_to, hash)
             select f.id, b.id, b.channel_id, '2026-01-01', '1', 'x', 5, 202701, '' from f join channel_batch b on b.id = f.batch_id".to_owned(),
        ),
        ("an item forgotten", "delete from channel_item_open".to_owned()),
        (
            "an item sent back twice",
            format!("insert into channel_item_event (item_id, event, reason, at) select {second}, 'returned', 'x', now() from generate_series(1, 2)"),
        ),
        ("and one that is right", pay(first, "'wechat'", "0.01")),
        ("the same once more", pay(first, "'wechat'", "0.01").replace("'forged'", "'forged too'")),
        (
            "what was posted, sent back",
            format!("insert into channel_item_event (item_id, event, reason, at) values ({first}, 'returned', 'x', now())"),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    a payment of a channel without an item: new row for relation "payment" violates check constraint "payment_channel_item"
    cash with an item: new row for relation "payment" violates check constraint "payment_channel_item"
    an item under another channel's name: item_not_open
    more than the item brought: item_not_open
    one of two under the same serial: item_not_open
    an item added to an old file: entry_not_whole
    an item of another day: item_not_of_its_batch
    an item forgotten: permission denied for table channel_item_open
    an item sent back twice: item_not_open
    and one that is right: taken
    the same once more: item_not_open
    what was posted, sent back: item_not_open
    "#);
    city.check().await;
}

#[tokio::test]
async fn months_holds_and_vouchers_are_the_databases_own() {
    let mut city = City::new().await;
    books(&mut city).await;
    let outlet = "(select outlet_id from newest)";
    let month = |kind: &str, period: i32| {
        format!(
            "insert into month_close (organisation_id, kind, period, entries, amount, digest, closed_at)
             values ({outlet}, '{kind}', {period}, 7, 7, 'mine', timestamptz '2027-01-21 12:00+08')"
        )
    };
    let hold = |reference: &str, town: &str| {
        format!(
            "insert into hold (charge_id, bill_period, account_id, town_id, channel_id, reference, placed_at, ends_at)
             select distinct charge_id, bill_period, account_id, {town}, (select id from channel where code = 'withhold'),
                '{reference}', now(), now() + interval '1 day' from owed"
        )
    };
    let voucher = |kind: &str, amount: i32, reverses: &str| {
        format!(
            "insert into remittance (kind, town_id, fee_item, pay_period, amount, voucher_no, remitted_on, recorded_by, reverses_id, reason)
             select '{kind}', town_id, 'sewage', 202611, {amount}, 'JK1', '2027-01-21', cashier_id, {reverses},
                case when '{kind}' = 'reversal' then 'x' end from newest"
        )
    };
    let first = "(select min(id) from remittance)";
    let attempts = [
        ("a month that has not passed", month("pay", 202_701)),
        ("a month typed wrong", month("pay", 206_211)),
        ("a month with open days", month("pay", 202_612)),
        ("bills before readings", month("bill", 202_611)),
        ("readings of a month", month("read", 202_611)),
        ("the same once more", month("read", 202_611)),
        ("a pointer set back", "update period_pointer set open_period = 202501".to_owned()),
        (
            "a payment of a day to come",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("'cash', '2027-01-21'", "'cash', '2062-11-01'"),
        ),
        ("a bill held for nobody of the town", hold("A", "441900999")),
        ("a bill held", hold("A", "town_id")),
        ("and held for another", hold("B", "town_id")),
        ("a hold forgotten", "delete from held_charge".to_owned()),
        ("a hold freed twice", "insert into hold_release (hold_id, reason, at) select id, 'x', now() from hold, generate_series(1, 2)".to_owned()),
        ("a held bill paid at the counter", forged_payment(WHOLE, "l.fee_item, l.amount").replace("timestamptz '2027-01-21 12:00+08'", "now()").replace("'cash', '2027-01-21'", "'cash', '2026-11-01'")),
        ("a voucher", voucher("remittance", 5, "null")),
        ("the same voucher", voucher("remittance", 6, "null")),
        ("a voucher taken back for less", voucher("reversal", -4, first)),
        ("a voucher taken back", voucher("reversal", -5, first)),
        ("and taken back again", voucher("reversal", -5, first)),
        ("a reversal taken back", voucher("reversal", -5, "(select max(id) from remittance)")),
        ("and recorded anew", voucher("remittance", 6, "null")),
        ("a remittance of a month to come", voucher("remittance", 6, "null").replace("JK1", "JK2").replace("202611", "206211")),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    a month that has not passed: month_not_over
    a month typed wrong: month_not_over
    a month with open days: month_unfinished
    bills before readings: month_unfinished
    readings of a month: taken
    the same once more: month_closed
    a pointer set back: permission denied for table period_pointer
    a payment of a day to come: day_ahead
    a bill held for nobody of the town: hold_without_charge
    a bill held: taken
    and held for another: already_held
    a hold forgotten: permission denied for table held_charge
    a hold freed twice: duplicate key value violates unique constraint "hold_release_pkey"
    a held bill paid at the counter: charge_held
    a voucher: taken
    the same voucher: voucher_used
    a voucher taken back for less: reversal_not_a_mirror
    a voucher taken back: taken
    and taken back again: duplicate key value violates unique constraint "remittance_reverses_id_key"
    a reversal taken back: reversal_not_a_mirror
    and recorded anew: taken
    a remittance of a month to come: new row for relation "remittance" violates check constraint "remittance_not_ahead"
    "#);
    city.check().await;
}

#[tokio::test]
async fn the_login_of_the_application_is_nobody_else() {
    let mut city = City::new().await;
    books(&mut city).await;
    let attempts = [
        ("become the owner", "set role weir".to_owned()),
        ("be what one was", "reset role; update charge_balance set open_amount = 0".to_owned()),
        ("be somebody else", "set session authorization weir".to_owned()),
        ("a bill forgiven", "update charge_balance set open_amount = 0".to_owned()),
        ("a balance made up", "update prepaid_balance set balance = 1000".to_owned()),
        ("a cheap tier", "update tariff_tier set unit_price = 0.01".to_owned()),
        ("a tier more", "insert into tariff_tier (version_id, tier, unit_price) select id, 90, 0 from tariff_version limit 1".to_owned()),
        ("a rate approved", "update tariff_version set approved_by = 1, status = 'official'".to_owned()),
        ("a late fee waived", "update late_fee_rule set rate_per_day = 0".to_owned()),
        ("a sequence set back", "select setval('payment_id_seq', 1)".to_owned()),
        ("a quota moved", "update overquota_plan set quota_m3 = 1".to_owned()),
        ("a cheaper class", "update account set use_class = 'resident'".to_owned()),
        ("a meter set back", "update meter set start_index = 0".to_owned()),
        ("what is unfinished, finished", "delete from unfinished".to_owned()),
        ("a partition itself", "insert into charge_202701 select * from charge_202701".to_owned()),
        ("a trigger put to sleep", "alter table payment disable trigger all".to_owned()),
        ("all of them put to sleep", "set session_replication_role = replica".to_owned()),
        ("a table of one's own", "create table public.payment_too (id int)".to_owned()),
        ("a function of one's own", "create function public.is_new(text) returns boolean language sql as 'select true'".to_owned()),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    become the owner: permission denied to set role "weir"
    be what one was: permission denied for table charge_balance
    be somebody else: permission denied to set session authorization "weir"
    a bill forgiven: permission denied for table charge_balance
    a balance made up: permission denied for table prepaid_balance
    a cheap tier: permission denied for table tariff_tier
    a tier more: entry_not_whole
    a rate approved: permission denied for table tariff_version
    a late fee waived: permission denied for table late_fee_rule
    a sequence set back: permission denied for sequence payment_id_seq
    a quota moved: permission denied for table overquota_plan
    a cheaper class: permission denied for table account
    a meter set back: permission denied for table meter
    what is unfinished, finished: permission denied for table unfinished
    a partition itself: permission denied for table charge_202701
    a trigger put to sleep: must be owner of table payment
    all of them put to sleep: permission denied to set parameter "session_replication_role"
    a table of one's own: permission denied for schema public
    a function of one's own: permission denied for schema public
    "#);
    let member = "select count(*) from pg_auth_members where member = 'weir_app'::regrole";
    assert_eq!(city.count(member).await, 0);
    let more = "select count(*) from pg_roles where rolname = 'weir_app'
        and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)";
    assert_eq!(city.count(more).await, 0);
    let set: Vec<String> = sqlx::query_scalar(
        "select current_setting(n) from unnest(array['statement_timeout', 'lock_timeout',
            'default_transaction_isolation', 'idle_in_transaction_session_timeout']) as n",
    )
    .fetch_all(&city.pool)
    .await
    .unwrap();
    assert_eq!(set, ["30min", "5s", "read committed", "1min"]);
    city.check().await;
}

#[tokio::test]
async fn even_the_owner_meets_the_laws_in_a_partition() {
    let mut city = City::new().await;
    books(&mut city).await;
    let attempts = [(
        "lines a second time, in the partition",
        "insert into charge_line_202701 (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity,
            unit_price, amount, tariff_version_id, basis)
         select bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity, unit_price, amount,
            tariff_version_id, basis from owed".to_owned(),
    )];
    assert_snapshot!(answers(&city.owner, &attempts).await, @r#"
    lines a second time, in the partition: entry_not_whole
    "#);
    // What the owner can do after all, the nightly check tells.
    sqlx::raw_sql("delete from charge_balance").execute(&city.owner).await.unwrap();
    let mut connection = city.owner.acquire().await.unwrap();
    let findings = engine::check::run(&mut connection).await.unwrap();
    let broken: Vec<_> = findings.iter().filter(|finding| !finding.holds()).map(|f| f.id).collect();
    assert_eq!(broken, ["8a"]);
}
