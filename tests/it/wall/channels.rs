//! What a channel brings.

use insta::assert_snapshot;

use super::{answers, books};
use crate::city::{City, yuan};

/// The mark of the forged payment.
const MARK: &str = "; insert into operation_log (action, subject, details, at)
    select 'channels.batch.post', 'forged', jsonb_build_object('posted', jsonb_build_object('payments', ids::text,
        'digest', posting_digest(ids))), posted_at
    from (select int8multirange(int8range(id, id, '[]')) as ids, posted_at from payment where idempotency_key = 'forged') p";

/// Cash that nobody brought, handed over with it.
const CASH: &str = "
    insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, amount)
    select id, 1, account_id, town_id, outlet_id, account_date, 'cash', 9999 from payment where idempotency_key = 'forged'";

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
                insert into payment (id, kind, account_id, town_id, outlet_id, method, channel_item_id, account_date, posted_at,
                    received, net, prepaid_in, idempotency_key, request_hash)
                select next_payment_id('2027-01-21 12:00+08'), 'payment', a.id, a.town_id, a.outlet_id, {method}, {item}, '2027-01-21', timestamptz '2027-01-21 12:00+08', {gross}, {gross}, {gross}, 'forged', ''
                from account a where a.id = {chen} returning *
             )
             insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta, balance_before, balance_after)
             select p.account_id, p.town_id, p.outlet_id, p.id, 'deposit', p.account_date, p.net, b.balance, b.balance + p.net
             from p, (select coalesce(max(balance), 0) as balance from prepaid_balance where account_id = {chen}) b"
        )
    };
    let first = "(select id from channel_item where not is_contested)";
    let second = "(select id from channel_item where is_contested)";
    let item = |id: &str, month: i32, unique_in: &str| {
        format!(
            "with f as (insert into channel_file (batch_id, sha256, items, gross, received_at)
                select id, '', 1, 5, timestamptz '2027-01-21 12:00+08' from channel_batch returning *)
             insert into channel_item (id, settled_period, file_id, batch_id, channel_id, unique_in, serial, account_no, gross, up_to, hash)
             select {id}, {month}, f.id, b.id, b.channel_id, {unique_in}, '1', 'x', 5, 202701, ''
             from f join channel_batch b on b.id = f.batch_id"
        )
    };
    let attempts = [
        ("a payment of a channel without an item", pay("null", "'wechat'", "5")),
        ("cash with an item", pay(first, "'cash'", "0.01")),
        (
            "an item in a till",
            pay(first, "'wechat'", "0.01").replace("outlet_id, method", "outlet_id, cashier_id, method").replace("a.outlet_id, 'wechat'", "a.outlet_id, (select min(id) from app_user), 'wechat'"),
        ),
        ("an item under another channel's name", pay(first, "'alipay'", "0.01")),
        ("more than the item brought", pay(first, "'wechat'", "5")),
        ("one of two under the same serial", pay(second, "'wechat'", "0.02")),
        (
            "an item added to an old file",
            "insert into channel_item (id, settled_period, file_id, batch_id, channel_id, unique_in, serial, account_no, gross, up_to, hash)
             select first_id(202701) + next_ids('channel_item_id', 1), 202701, file_id, batch_id, channel_id, unique_in, '2', account_no, 500, up_to, '' from channel_item limit 1".to_owned(),
        ),
        (
            "an item of another day",
            item("first_id(202701) + next_ids('channel_item_id', 1)", 202_701, "'2026-01-01'"),
        ),
        (
            "an item in another month than its batch",
            item("first_id(202702) + next_ids('channel_item_id', 1)", 202_702, "b.settled_on::text"),
        ),
        ("an item that bears another month", item("first_id(202702)", 202_701, "b.settled_on::text")),
        ("an item that numbers itself", item("first_id(202701) + 999999", 202_701, "b.settled_on::text").replace("'1', 'x'", "'9', 'x'")),
        (
            "a paid item once more in the month",
            item("first_id(202701) + next_ids('channel_item_id', 1)", 202_701, "b.settled_on::text"),
        ),
        ("an item forgotten", "delete from channel_item_open".to_owned()),
        (
            "an item sent back twice",
            format!("insert into channel_item_event (by_user_id, item_id, event, reason, at) select (select min(id) from app_user), {second}, 'returned', 'x', now() from generate_series(1, 2)"),
        ),
        (
            "a file that no mark tells of",
            "insert into channel_file (batch_id, sha256, items, gross, received_at)
             select id, '', 0, 0, timestamptz '2027-01-21 12:00+08' from channel_batch limit 1".to_owned(),
        ),
        ("one that no mark tells of", pay(first, "'wechat'", "0.01")),
        (
            "one that goes to another account",
            pay(first, "'wechat'", "0.01").replace(&format!("a.id = {chen}"), "a.payer_name = '李四'").replace(
                &format!("account_id = {chen}"), "account_id = (select id from account where payer_name = '李四')") + MARK,
        ),
        ("one that cash is handed over for", pay(first, "'wechat'", "0.01") + MARK + ";" + CASH),
        ("and one that is right", pay(first, "'wechat'", "0.01") + MARK),
        (
            "money taken back before it came",
            "select leave_mark(null, 'channels.payment.reverse', 'x', '{}', now());
             with p as (
                insert into payment (id, kind, account_id, town_id, outlet_id, method, channel_item_id, account_date, posted_at,
                    received, net, prepaid_in, reverses_id, reason, idempotency_key, request_hash)
                select next_payment_id(posted_at), 'reversal', account_id, town_id, outlet_id, method, channel_item_id, account_date - 1, posted_at,
                    -received, -net, -prepaid_in, id, 'forged', 'forged back', '' from payment where idempotency_key = 'forged'
                returning *
             )
             insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta, balance_before, balance_after)
             select p.account_id, p.town_id, p.outlet_id, p.id, 'deposit', p.account_date, p.net, b.balance, b.balance + p.net
             from p join prepaid_balance b using (account_id)".to_owned(),
        ),
        ("the same once more", pay(first, "'wechat'", "0.01").replace("'forged'", "'forged too'")),
        (
            "what was posted, sent back",
            format!("insert into channel_item_event (by_user_id, item_id, event, reason, at) values ((select min(id) from app_user), {first}, 'returned', 'x', now())"),
        ),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    a payment of a channel without an item: new row for relation "payment_202701" violates check constraint "payment_cashier"
    cash with an item: new row for relation "payment_202701" violates check constraint "payment_channel_item"
    an item in a till: new row for relation "payment_202701" violates check constraint "payment_cashier"
    an item under another channel's name: item_not_open
    more than the item brought: item_not_open
    one of two under the same serial: item_not_open
    an item added to an old file: entry_not_whole
    an item of another day: item_not_of_its_batch
    an item in another month than its batch: item_not_of_its_batch
    an item that bears another month: new row for relation "channel_item_202701" violates check constraint "item_bears_month"
    an item that numbers itself: id_not_given
    a paid item once more in the month: duplicate key value violates unique constraint "channel_item_202701_channel_id_unique_in_serial_settled_per_idx"
    an item forgotten: permission denied for table channel_item_open
    an item sent back twice: item_not_open
    a file that no mark tells of: act_unmarked
    one that no mark tells of: act_unmarked
    one that goes to another account: item_of_another
    one that cash is handed over for: payment_without_tender
    and one that is right: taken
    money taken back before it came: reversal_not_a_mirror
    the same once more: item_not_open
    what was posted, sent back: item_not_open
    "#);
    city.check().await;
    // Behind every law it is found.
    let forged = format!(
        "set session_replication_role = replica; {CASH}; set session_replication_role = origin"
    );
    let mut owner = city.owner.acquire().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(forged)).execute(&mut *owner).await.unwrap();
    drop(owner);
    assert_eq!(city.broken().await, ["8d"]);
}
