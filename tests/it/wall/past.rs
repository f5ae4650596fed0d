//! No act of a house that is open for real has a moment that is over by the clock of the database, whatever its caller says;
//! what is played in the past is never a real house's.

use insta::assert_snapshot;

use super::{acts_at, answers, books};
use crate::city::City;

#[tokio::test]
async fn nothing_happens_behind_the_clock_of_the_database() {
    let mut city = City::new().await;
    books(&mut city).await;
    sqlx::query("select ensure_month(month_of(now()))").execute(&city.owner).await.unwrap();
    let (maker, checker) = (city.manager().await.0, city.second_manager().await.0);
    city.opens_for_real().await;
    let gone = "now() - interval '11 minutes'";
    let others = [
        (
            "what a channel gets back",
            "insert into channel_item_event (by_user_id, item_id, event, reason, at)
             select cashier_id, 1, 'returned', 'x', '2020-01-01' from newest".to_owned(),
        ),
        (
            "a message that is said to be delivered",
            "insert into outbox_delivery (outbox_id, answer, at) select min(id), 'ok', '2001-01-01' from outbox".to_owned(),
        ),
        (
            "a stand-in of long ago",
            "insert into stand_in (user_id, role, outlet_id, from_at, until_at, reason, recorded_at)
             select cashier_id, 'clerk', outlet_id, now() - interval '50 days', now() + interval '1 day', 'x', now() - interval '50 days'
             from newest".to_owned(),
        ),
        (
            "a stand-in said now, from long ago on",
            "insert into stand_in (user_id, role, outlet_id, from_at, until_at, reason, recorded_at)
             select cashier_id, 'clerk', outlet_id, now() - interval '50 days', now() + interval '1 day', 'x', now()
             from newest".to_owned(),
        ),
        (
            "a change approved",
            format!("insert into account_approval (version_id, town_id, decision, approved_by, approved_at)
                select 1, town_id, 'approved', cashier_id, {gone} from newest"),
        ),
        (
            "paper spoilt",
            format!("insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, by_user_id, at)
                select 'voided', 'nontax', 'N26', 1, 1, outlet_id, town_id, cashier_id, {gone} from newest"),
        ),
        (
            "a reading of long ago, told today",
            "select ensure_month(201005, 'readings');
             insert into reading (id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period, read_at,
                start_index, end_index, consumption_m3, source, flag, entered_by, entered_at)
             select first_id(201005) + next_ids('reading_id', 1), 201005, meter_id, account_id, town_id, outlet_id, '2010-04-20', '2010-05-20',
                201004, '2010-05-20 10:00+08', 0, 1, 1, 'amr', 'none', null, now()
             from reading order by id limit 1".to_owned(),
        ),
        (
            "a meter put in long ago, told then",
            format!("insert into meter (service_point_id, account_id, serial_no, caliber_mm, max_range, start_index, installed_on, recorded_at)
                select service_point_id, account_id, 'X1', caliber_mm, max_range, 0, installed_on, {gone} from meter order by id limit 1"),
        ),
        (
            "rates approved before others that hold",
            format!("insert into rate_order (kind, reason, submitted_by, recorded_at)
                select 'owner', 'x', {maker}, now() from generate_series(1, 2);
                insert into fee_owner (town_id, fee_item, valid_from, owner_id, order_id)
                select f.town_id, f.fee_item, '2040-01-01', f.owner_id, o.id
                from (select * from fee_owner order by id limit 1) f, (select id from rate_order order by id desc limit 2) o;
                insert into rate_decision select max(id), 'approved', {checker}, now() from rate_order;
                insert into rate_decision select max(id) - 1, 'approved', {checker}, now() - interval '5 minutes' from rate_order"),
        ),
        ("books that are played again", "select play()".to_owned()),
        ("the same, said by hand", "insert into played values (true)".to_owned()),
        (
            "a mark of nine minutes ago",
            "insert into operation_log (user_id, action, subject, details, at)
             values (null, 'ops.status.read', 'late', '{}', now() - interval '9 minutes')".to_owned(),
        ),
    ];
    let attempts: Vec<_> = acts_at(gone, gone).into_iter().chain(others).collect();
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    a mark: moment_past
    a payment: moment_past
    a bill issue: moment_past
    a day that closes: moment_past
    a month that closes: moment_past
    what a channel brings: moment_past
    what a channel gets back: moment_past
    a message that is said to be delivered: moment_past
    a stand-in of long ago: moment_past
    a stand-in said now, from long ago on: new row for relation "stand_in" violates check constraint "stand_in_not_past"
    a change approved: moment_past
    paper spoilt: moment_past
    a reading of long ago, told today: before_books
    a meter put in long ago, told then: moment_past
    rates approved before others that hold: new row for relation "fee_owner" violates check constraint "rate_overtaken"
    books that are played again: books_in_use
    the same, said by hand: permission denied for table played
    a mark of nine minutes ago: taken
    "#);
    city.check().await;
}
