//! Months, holds and vouchers.

use insta::assert_snapshot;
use terms::Role;

use super::{TAKEN, WHOLE, answers, books, forged_payment};
use crate::city::City;

/// Who records vouchers, another who may, and who closes months.
const MAKER: &str = "(select id from app_user where login = 'cai')";
const CHECKER: &str = "(select id from app_user where login = 'cai.er')";
const CLOSER: &str = "(select id from app_user where login = 'manager')";

#[tokio::test]
async fn months_holds_and_vouchers_are_the_databases_own() {
    let mut city = City::new().await;
    books(&mut city).await;
    city.manager().await;
    city.person("cai", "财政", Role::Finance, None, None).await;
    city.person("cai.er", "财政二", Role::Finance, None, None).await;
    // With the mark of an act, or without one.
    let mark = |by: &str| {
        format!(
            "insert into operation_log (user_id, action, subject, details, at)
                values ({by}, 'remittance.voucher.record', 'forged', '{{}}', timestamptz '2027-01-21 12:00+08');"
        )
    };
    let recording = mark(MAKER);
    let month = |kind: &str, period: i32| {
        format!(
            "with c as (
                insert into month_close (organisation_id, kind, period, entries, amount, digest, closed_by, closed_at, before, seal)
                select outlet_id, '{kind}', {period}, 7, 7, 'mine', {CLOSER}, timestamptz '2027-01-21 12:00+08', 'mine', 'mine' from newest
                returning closed_at, seal
             )
             insert into operation_log (user_id, action, subject, details, at)
             select {CLOSER}, 'closing.month.close', 'forged', jsonb_build_object('seal', seal), closed_at from c{TAKEN}"
        )
    };
    let hold = |reference: &str, town: &str| {
        format!(
            "with h as (
                insert into hold (charge_id, bill_period, account_id, town_id, channel_id, reference, placed_by, placed_at, ends_at)
                select distinct charge_id, bill_period, account_id, {town}, (select id from channel where code = 'withhold'),
                    '{reference}', {CLOSER}, now(), now() + interval '1 day' from owed
                returning placed_by
             )
             insert into operation_log (user_id, action, subject, details, at)
             select placed_by, 'channels.hold.place', 'forged', '{{}}', now() from h{TAKEN}"
        )
    };
    let voucher = |kind: &str, amount: i32, reverses: &str| {
        let by = if kind == "reversal" { CHECKER } else { MAKER };
        let recording = mark(by);
        format!(
            "{recording} insert into remittance (kind, town_id, owner_id, fee_item, pay_period, amount, voucher_no, remitted_on, recorded_by, reverses_id, reason)
             select '{kind}', town_id,
                (select min(l.owner_id) from charge_line l where l.fee_item = 'sewage'), 'sewage', 202611, {amount}, 'JK1', '2027-01-21',
                {by}, {reverses},
                case when '{kind}' = 'reversal' then 'x' end from newest{TAKEN}"
        )
    };
    let first = "(select min(id) from remittance)";
    let run = "insert into bill_run (bill_period, state, started_at) values (201611, 'running', timestamptz '2027-01-21 12:00+08')";
    let attempts = [
        ("a month that has not passed", month("pay", 202_701)),
        ("a month typed wrong", month("pay", 206_211)),
        ("a month of before the books", month("read", 201_611)),
        ("a bill run of before the books", run.to_owned()),
        ("the same, however PostgreSQL looks for the first month", format!("set local enable_nestloop = off; {run}")),
        ("a remittance of before the books", voucher("remittance", 5, "null").replace("202611", "201611")),
        (
            "a payment of a day long ago",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("'cash', '2027-01-21'", "'cash', '2016-11-24'"),
        ),
        (
            "a reading of a month long ago",
            "insert into reading (id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period,
                read_at, start_index, end_index, consumption_m3, source, flag, entered_by, entered_at)
             select first_id(202611) + next_ids('reading_id', 1), 202611, meter_id, account_id, town_id, outlet_id, to_date,
                to_date + 300, 202611, read_at + interval '300 days', end_index, end_index, 0, source, 'zero', entered_by,
                entered_at + interval '300 days' from reading where bill_period = 202612".to_owned(),
        ),
        (
            "a channel's day of before the books",
            "with b as (insert into channel_batch (channel_id, batch_no, settled_on)
                select id, 'W1', '2016-11-24' from channel where code = 'wechat' returning id)
             insert into channel_file (batch_id, sha256, items, gross, received_at)
             select id, '', 1, 5, timestamptz '2027-01-21 12:00+08' from b".to_owned(),
        ),
        ("a month with open days", month("pay", 202_612)),
        ("bills before readings", month("bill", 202_611)),
        ("a month closed without a mark", month("read", 202_611).replace("closed_at from c", "closed_at from c where false")),
        ("a month whose mark has another seal", month("read", 202_611).replace("'seal', seal", "'seal', 'mine'")),
        ("a month whose mark is of nobody", month("read", 202_611).replace(&format!("select {CLOSER}"), "select null::integer")),
        ("a month whose mark is of another moment", month("read", 202_611).replace("closed_at from c", "now() from c")),
        ("readings of a month", month("read", 202_611)),
        ("the same once more", month("read", 202_611)),
        ("a pointer set back", "update period_pointer set open_period = 202501".to_owned()),
        (
            "a payment of a day to come",
            forged_payment(WHOLE, "l.fee_item, l.amount").replace("'cash', '2027-01-21'", "'cash', '2062-11-01'"),
        ),
        ("a bill held for nobody of the town", hold("A", "441900999")),
        ("a bill held without a mark", hold("A", "town_id").replace("from h", "from h where false")),
        ("a bill held with the mark of nobody", hold("A", "town_id").replace("select placed_by", "select null::integer")),
        ("a bill held", hold("A", "town_id")),
        ("and held for another", hold("B", "town_id")),
        ("a hold forgotten", "delete from held_charge".to_owned()),
        ("a hold that nobody placed", hold("C", "town_id").replace(CLOSER, "null::integer")),
        ("a month that nobody closes", month("read", 202_612).replace(CLOSER, "null")),
        ("a hold freed without a mark", "insert into hold_release (hold_id, reason, by_user_id, at) select id, 'x', placed_by, now() from hold".to_owned()),
        ("a hold freed twice", "insert into hold_release (hold_id, reason, by_user_id, at) select id, 'x', placed_by, now() from hold, generate_series(1, 2)".to_owned()),
        ("a held bill paid at the counter", forged_payment(WHOLE, "l.fee_item, l.amount").replace("timestamptz '2027-01-21 12:00+08'", "now()").replace("'cash', '2027-01-21'", "'cash', (now() at time zone 'Asia/Shanghai')::date")),
        ("a voucher without a mark", voucher("remittance", 5, "null").replace(&recording, "")),
        ("a voucher with the mark of nobody", voucher("remittance", 5, "null").replace(&recording, &mark("null"))),
        ("a voucher", voucher("remittance", 5, "null")),
        ("the same voucher", voucher("remittance", 6, "null")),
        ("a voucher taken back for less", voucher("reversal", -4, first)),
        ("a voucher taken back by whoever recorded it", voucher("reversal", -5, first).replace(CHECKER, MAKER)),
        ("a voucher taken back", voucher("reversal", -5, first)),
        ("and taken back again", voucher("reversal", -5, first)),
        ("a reversal taken back", voucher("reversal", -5, "(select max(id) from remittance)")),
        ("and recorded anew", voucher("remittance", 6, "null")),
        ("a message forgotten", "delete from outbox_due".to_owned()),
        ("a message changed", "update outbox set body = '{}'".to_owned()),
        (
            "a message delivered twice",
            "insert into outbox_delivery (outbox_id, answer, at) select min(id), 'x', now() from outbox;
             insert into outbox_delivery (outbox_id, answer, at) select min(id), 'x', now() from outbox".to_owned(),
        ),
        ("a remittance of a month to come", voucher("remittance", 6, "null").replace("JK1", "JK2").replace("202611", "206211")),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    a month that has not passed: month_not_over
    a month typed wrong: month_not_over
    a month of before the books: before_books
    a bill run of before the books: before_books
    the same, however PostgreSQL looks for the first month: before_books
    a remittance of before the books: before_books
    a payment of a day long ago: new row for relation "payment_202701" violates check constraint "payment_day_near"
    a reading of a month long ago: new row for relation "reading_202611" violates check constraint "reading_near_its_month"
    a channel's day of before the books: before_books
    a month with open days: month_unfinished
    bills before readings: month_unfinished
    a month closed without a mark: act_unmarked
    a month whose mark has another seal: act_unmarked
    a month whose mark is of nobody: act_unmarked
    a month whose mark is of another moment: act_unmarked
    readings of a month: taken
    the same once more: month_closed
    a pointer set back: permission denied for table period_pointer
    a payment of a day to come: day_ahead
    a bill held for nobody of the town: hold_without_charge
    a bill held without a mark: act_unmarked
    a bill held with the mark of nobody: act_unmarked
    a bill held: taken
    and held for another: already_held
    a hold forgotten: permission denied for table held_charge
    a hold that nobody placed: null value in column "placed_by" of relation "hold" violates not-null constraint
    a month that nobody closes: null value in column "closed_by" of relation "month_close" violates not-null constraint
    a hold freed without a mark: act_unmarked
    a hold freed twice: duplicate key value violates unique constraint "hold_release_pkey"
    a held bill paid at the counter: charge_held
    a voucher without a mark: act_unmarked
    a voucher with the mark of nobody: act_unmarked
    a voucher: taken
    the same voucher: voucher_used
    a voucher taken back for less: reversal_not_a_mirror
    a voucher taken back by whoever recorded it: own_remittance
    a voucher taken back: taken
    and taken back again: duplicate key value violates unique constraint "remittance_reverses_id_key"
    a reversal taken back: reversal_not_a_mirror
    and recorded anew: taken
    a message forgotten: permission denied for table outbox_due
    a message changed: permission denied for table outbox
    a message delivered twice: duplicate key value violates unique constraint "outbox_delivery_pkey"
    a remittance of a month to come: new row for relation "remittance" violates check constraint "remittance_not_ahead"
    "#);
    city.check().await;
}
