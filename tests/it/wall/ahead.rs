//! No act has a moment that has not come by the clock of the database itself, whatever its caller says.

use insta::assert_snapshot;

use super::{acts_at, answers, books, settled};
use crate::city::City;

#[tokio::test]
async fn nothing_happens_ahead_of_the_clock_of_the_database() {
    let mut city = City::new().await;
    books(&mut city).await;
    city.keeps_to_the_clock().await;
    sqlx::query("select ensure_month(month_of(now()))").execute(&city.owner).await.unwrap();
    let soon = "now() + interval '2 minutes'";
    let to_come = [
        (
            "numbers of months to come",
            "select next_payment_id(now() + interval '200 days')".to_owned(),
        ),
        ("room for them", "select ensure_month(month_of(now() + interval '200 days'))".to_owned()),
    ];
    let others = [
        (
            "a change approved",
            format!("insert into account_approval (version_id, town_id, decision, approved_by, approved_at)
                select 1, town_id, 'approved', cashier_id, {soon} from newest"),
        ),
        (
            "rates approved",
            format!("insert into rate_decision select 1, 'approved', cashier_id, {soon} from newest"),
        ),
        (
            "a correction",
            format!("insert into payer_version (payer_id, town_id, valid_from, name, phone, reason, submitted_by, recorded_at, waits, held_before)
                select p.id, p.town_id, '2026-11-24', p.name, '1', 'x', n.cashier_id, {soon}, false, 0 from payer p, newest n limit 1"),
        ),
        (
            "a reading",
            format!("insert into reading (id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period,
                    read_at, start_index, end_index, consumption_m3, source, flag, entered_by, entered_at, supersedes_id)
                select first_id(bill_period) + next_ids('reading_id', 1), bill_period, meter_id, account_id, town_id, outlet_id, from_date,
                    to_date, since_period, read_at, start_index, end_index, consumption_m3, source, flag, null, {soon}, id
                from reading order by id limit 1"),
        ),
        (
            "a reading looked at",
            format!("insert into reading_review (reading_id, bill_period, decision, reviewed_by, reviewed_at)
                select r.id, r.bill_period, 'accepted', n.cashier_id, {soon} from reading r, newest n limit 1"),
        ),
        (
            "a bill held",
            format!("insert into hold (charge_id, bill_period, account_id, town_id, channel_id, reference, placed_by, placed_at, ends_at)
                select distinct charge_id, bill_period, account_id, town_id, 1, 'A', 1, {soon}, {soon} + interval '1 day' from owed"),
        ),
        (
            "a held bill settled before the end of its hold",
            format!("insert into hold (charge_id, bill_period, account_id, town_id, channel_id, reference, placed_by, placed_at, ends_at)
                select distinct o.charge_id, o.bill_period, o.account_id, o.town_id, (select min(id) from channel), 'A', n.cashier_id, now(),
                    now() + interval '40 seconds' from owed o, newest n;
                {}", settled("now() + interval '50 seconds'")),
        ),
        (
            "paper spoilt",
            format!("insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, by_user_id, at)
                select 'voided', 'nontax', 'N26', 1, 1, outlet_id, town_id, cashier_id, {soon} from newest"),
        ),
        (
            "an account that opens",
            "insert into account (no, payer_id, service_point_id, town_id, village_code, outlet_id, supplier_id, book_id, book_seq, payer_name,
                phone, address, use_class, sewage_class, garbage_class, persons, pay_method, opened_on)
             select 'X1', payer_id, service_point_id, town_id, village_code, outlet_id, supplier_id, book_id, 999, payer_name,
                phone, address, use_class, sewage_class, garbage_class, persons, pay_method, '2062-03-01' from account order by id limit 1".to_owned(),
        ),
        (
            "a meter put in",
            "insert into meter (service_point_id, account_id, serial_no, caliber_mm, max_range, start_index, installed_on)
             select service_point_id, account_id, 'X1', caliber_mm, max_range, 0, '2062-03-01' from meter order by id limit 1".to_owned(),
        ),
        (
            "money passed on",
            "insert into remittance (kind, town_id, owner_id, fee_item, pay_period, amount, voucher_no, remitted_on, recorded_by)
             select 'remittance', town_id, 1, 'sewage', 202611, 5, 'JK1', ((now() + interval '2 days') at time zone 'Asia/Shanghai')::date,
                cashier_id from newest".to_owned(),
        ),
        (
            "money taken back",
            "insert into remittance (kind, town_id, owner_id, fee_item, pay_period, amount, voucher_no, remitted_on, recorded_by, reverses_id, reason)
             select 'reversal', town_id, 1, 'sewage', 202611, -5, 'JK1', '2031-05-05', cashier_id, 1, 'x' from newest".to_owned(),
        ),
    ];
    let attempts: Vec<_> =
        to_come.into_iter().chain(acts_at(soon, "now()")).chain(others).collect();
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    numbers of months to come: month_ahead
    room for them: month_ahead
    a mark: moment_ahead
    a payment: moment_ahead
    a bill issue: moment_ahead
    a day that closes: moment_ahead
    a month that closes: moment_ahead
    what a channel brings: moment_ahead
    a change approved: moment_ahead
    rates approved: moment_ahead
    a correction: moment_ahead
    a reading: moment_ahead
    a reading looked at: moment_ahead
    a bill held: moment_ahead
    a held bill settled before the end of its hold: charge_held
    paper spoilt: moment_ahead
    an account that opens: day_ahead
    a meter put in: day_ahead
    money passed on: day_ahead
    money taken back: day_ahead
    "#);
    city.check().await;
}
