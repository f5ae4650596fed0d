//! What is read and billed is entered with the mark of its act, left by who enters it: one for all of a transaction.

use insta::assert_snapshot;

use super::{TAKEN, answers, books};
use crate::city::City;

#[tokio::test]
async fn readings_and_issues_come_with_the_mark_of_who_enters_them() {
    let mut city = City::new().await;
    books(&mut city).await;
    sqlx::query("select ensure_month(202702, 'readings')").execute(&city.owner).await.unwrap();
    let readings = "insert into reading (id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period,
            read_at, start_index, end_index, consumption_m3, source, flag, entered_by, entered_at)
         select first_id(202702) + next_ids('reading_id', 1), 202702, meter_id, account_id, town_id, outlet_id, to_date, '2027-01-21',
            202701, '2027-01-21 10:00+08', end_index, end_index + 5, 5, source, 'none', entered_by, entered_at
         from reading where bill_period = 202701";
    let mark = |by: &str, act: &str| {
        format!(
            "; insert into operation_log (user_id, action, subject, details, at)
               select {by}, '{act}', 'x', '{{}}', now() from reading where bill_period = 202701 limit 1"
        )
    };
    let issue = "insert into bill_issue (run_id, bill_period, bill_date, due_date, made_by, made_at)
         select run_id, bill_period, bill_date, due_date + 1, made_by, made_at from bill_issue limit 1";
    let attempts = [
        ("readings without a mark", readings.to_owned()),
        ("with that of the machine", readings.to_owned() + &mark("null", "reading.file.import")),
        ("with that of a review", readings.to_owned() + &mark("null", "reading.reading.review")),
        (
            "asked before it is left",
            format!(
                "{readings}; set constraints all immediate{}",
                mark("entered_by", "reading.reading.enter")
            ),
        ),
        (
            "all with that of their reader",
            readings.to_owned() + &mark("entered_by", "reading.reading.enter"),
        ),
        ("an issue without a mark", issue.to_owned()),
        ("an issue with that of its run", issue.to_owned() + &mark("null", "billing.run.begin")),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    readings without a mark: act_unmarked
    with that of the machine: act_unmarked
    with that of a review: act_unmarked
    asked before it is left: act_unmarked
    all with that of their reader: taken
    an issue without a mark: act_unmarked
    an issue with that of its run: taken
    ");
    city.check().await;
}

#[tokio::test]
async fn nothing_is_entered_without_a_mark_after_it() {
    let mut city = City::new().await;
    books(&mut city).await;
    let channel = "insert into channel (code, name, method, serial_scope) values ('ghost', '幽灵', 'wechat', 'batch')";
    let attempts = [
        ("a channel", channel.to_owned()),
        (
            "a day off",
            "insert into calendar_day (day, kind, name) values ('2026-12-07', 'holiday', 'x')"
                .to_owned(),
        ),
        (
            "a payer",
            "insert into payer (town_id, name) select town_id, '王五' from payer limit 1".to_owned(),
        ),
        (
            "a message delivered",
            "insert into outbox_delivery (outbox_id, answer, at) select min(id), 'x', now() from outbox"
                .to_owned(),
        ),
        (
            "with a mark before it",
            format!(
                "select leave_mark(null, 'channels.channel.add', 'x', '{{}}', now()); {channel}"
            ),
        ),
        ("with one after it", channel.to_owned() + TAKEN),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @"
    a channel: act_unmarked
    a day off: act_unmarked
    a payer: act_unmarked
    a message delivered: act_unmarked
    with a mark before it: act_unmarked
    with one after it: taken
    ");
    city.check().await;
}

/// A great city leaves a million marks a month, and each act in it asks for its own.
#[tokio::test]
async fn the_mark_of_an_act_is_found_behind_thousands_of_others() {
    let city = City::new().await;
    let others = "select leave_mark(null, 'reading.reading.enter', 'x', '{}', now()) from generate_series(1, 3000);
        analyze operation_log";
    sqlx::raw_sql(others).execute(&city.owner).await.unwrap();
    let mut tx = city.owner.begin().await.unwrap();
    let read =
        "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0)::bigint from pg_stat_xact_all_tables
        where relname like 'operation_log_2%'";
    let before: i64 = sqlx::query_scalar(read).fetch_one(&mut *tx).await.unwrap();
    for _ in 0..10 {
        let own = "select leave_mark(null, 'reading.reading.enter', 'x', '{}', now())";
        sqlx::query(own).execute(&mut *tx).await.unwrap();
        let marked = "select is_marked(null, array['reading.reading.enter'])";
        assert!(sqlx::query_scalar::<_, bool>(marked).fetch_one(&mut *tx).await.unwrap());
    }
    let after: i64 = sqlx::query_scalar(read).fetch_one(&mut *tx).await.unwrap();
    assert!((10..500).contains(&(after - before)), "{} marks were read", after - before);
}
