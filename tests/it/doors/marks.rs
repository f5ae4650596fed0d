//! 操作日志: every act leaves its mark, and a mark that is changed is found.

use insta::assert_snapshot;

use crate::city::{City, broken};

#[tokio::test]
async fn a_day_at_the_counter_leaves_its_marks() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let paid = till.collect(&account, "110").await;
    till.take_back(paid.payment).await.unwrap();
    let order = till.order(&account, "1").await;
    till.submit(order).await.unwrap_err();
    till.close().await;
    let marks: Vec<(String, String, bool)> = sqlx::query_as(
        "select action, door, user_id is not null from operation_log where action !~ '^(access|reading)' order by id",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    let lines: Vec<_> =
        marks.iter().map(|(act, door, known)| format!("{act} {door} {known}")).collect();
    // What was refused is no act.
    assert_snapshot!(lines.join("\n"), @"
    register.reference.load command false
    register.reference.load command false
    register.reference.load command false
    tariff.version.set command false
    register.reference.load command false
    receipts.segment.receive command true
    receipts.segment.lease command true
    receipts.segment.receive command true
    receipts.segment.lease command true
    receipts.segment.receive command true
    receipts.segment.lease command true
    register.book.open command false
    register.account.open command false
    billing.run.begin command false
    billing.run.begin command false
    counter.payment.collect command true
    counter.reversal.request command true
    counter.reversal.approve command true
    counter.payment.reverse command true
    closing.day.close command true
    ");
    city.check().await;
}

#[tokio::test]
async fn a_mark_that_was_changed_or_taken_out_is_found() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    till.collect(&account, "110").await;
    till.close().await;
    for forged in [
        "update operation_log set details = '{}' where action = 'counter.payment.collect'",
        "update operation_log set at = at - interval '1 microsecond' where action = 'closing.day.close'",
        "update operation_log set door = 'page' where action = 'receipts.segment.lease'",
        "update operation_log set user_id = null where action = 'counter.payment.collect'",
        "delete from operation_log where action = 'counter.payment.collect'",
        "delete from operation_log where action = 'closing.day.close'",
        "delete from operation_log where chain > 0",
        "delete from operation_chain where chain > 0",
    ] {
        let mut tx = city.owner.begin().await.unwrap();
        for statement in ["alter table operation_log disable trigger user", forged] {
            sqlx::raw_sql(statement).execute(&mut *tx).await.unwrap();
        }
        let broken = broken(engine::check::run(&mut tx).await.unwrap());
        assert!(broken.iter().any(|(id, _)| id.starts_with("27")), "{forged}: {broken:?}");
        tx.rollback().await.unwrap();
    }
    city.check().await;
}

#[tokio::test]
async fn the_application_cannot_write_a_chain_of_its_own() {
    let city = City::new().await;
    city.counter().await;
    for forged in [
        "update operation_chain set digest = ''",
        "insert into operation_chain values (9, 0, '')",
        "delete from operation_chain",
    ] {
        let refused = sqlx::raw_sql(forged).execute(&city.pool).await.expect_err(forged);
        assert!(refused.to_string().contains("permission denied"), "{forged}: {refused}");
    }
    // What it says of place and digest counts for nothing: the trigger knows better.
    sqlx::raw_sql(
        "insert into operation_log (chain, no, action, subject, details, at, before, digest)
         values (7, 99, 'access.session.close', 'x', '{}', now(), '\\x01', '\\x02')",
    )
    .execute(&city.pool)
    .await
    .unwrap();
    city.check().await;
}

#[tokio::test]
async fn nobody_numbers_a_mark_or_leaves_one_in_another_month() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    sqlx::query("select ensure_month(202601)").execute(&city.owner).await.unwrap();
    for forged in [
        // Numbers to come, of which the next act would have one.
        "insert into operation_log (id, action, subject, details, at)
         select (select max(id) from operation_log) + g, 'access.session.close', 'x', '{}', now() from generate_series(1, 40) g",
        "insert into operation_log (id, action, subject, details, at)
         values (first_id(202601) + 1, 'access.session.close', 'x', '{}', now())",
        "select nextval('mark_id')",
    ] {
        let refused = sqlx::raw_sql(forged).execute(&city.pool).await.expect_err(forged);
        assert!(refused.to_string().contains("permission denied"), "{forged}: {refused}");
    }
    till.collect(&account, "110").await;
    city.check().await;
}

/// Four windows of each cashier begin the chain at once and lengthen it in turn. Each takes from an account of its own: of
/// thirty-two that wait for one account, the last may wait longer than a till does.
#[tokio::test]
async fn thirty_two_tills_chain_side_by_side() {
    let city = City::new().await;
    let mut tills = Vec::new();
    for n in 0..8 {
        tills.push(city.clerk(&format!("till.{n}"), "陈娟", crate::city::DAOJIAO).await);
    }
    let mut deposits = Vec::new();
    for till in &tills {
        for _ in 0..4 {
            let account = city.household("陈大文").await;
            deposits.push(till.deposit_order(&account, "1").await);
        }
    }
    let mut work = tokio::task::JoinSet::new();
    for deposit in deposits {
        let (pool, clock) = (city.pool.clone(), city.clock);
        work.spawn(async move { engine::counter::collect(&pool, &clock, deposit).await });
    }
    let refused: Vec<_> = work.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    let marks = "select count(*) from operation_log where action = 'counter.payment.collect'";
    assert_eq!(city.count(marks).await, 32);
    city.check().await;
}

/// A column that is misspelt would name nobody, and anybody's mark would do.
#[tokio::test]
async fn what_asks_for_a_mark_says_which_column_names_the_person() {
    let city = City::new().await;
    let asked: Vec<(String, String, bool)> = sqlx::query_as(
        "select distinct c.relname::text, w.person, exists (
             select from pg_attribute a where a.attrelid = c.oid and a.attname = w.person and a.atttypid = 'integer'::regtype)
         from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_proc p on p.oid = t.tgfoid
         cross join lateral (select split_part(encode(t.tgargs, 'escape'), '\\000', 1) as person) w
         where p.proname = 'require_mark' and t.tgparentid = 0 order by 1",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    let (of_nobody, of_somebody): (Vec<_>, Vec<_>) =
        asked.iter().partition(|(_, person, _)| person.is_empty());
    let of_nobody: Vec<_> = of_nobody.iter().map(|(table, ..)| table.as_str()).collect();
    assert_eq!(
        of_nobody.join(" "),
        "app_user credential fee_apart fee_owner late_fee_rule tariff_version"
    );
    assert!(of_somebody.len() > 10, "{of_somebody:?}");
    for (table, person, is_there) in of_somebody {
        assert!(is_there, "{table} has no column {person}");
    }
}

#[tokio::test]
async fn what_is_entered_in_the_ledger_asks_for_its_mark_or_says_here_why_it_does_not() {
    let city = City::new().await;
    let unasked: Vec<String> = sqlx::query_scalar(
        "select c.relname::text from pg_class c
         join pg_trigger l on l.tgrelid = c.oid and l.tgname = 'append_only'
         where not c.relispartition and has_any_column_privilege('weir_app', c.oid, 'insert') and not exists (
             select from pg_trigger t join pg_proc p on p.oid = t.tgfoid
             where t.tgrelid = c.oid and t.tgtype & 4 > 0 and p.proname in ('require_mark', 'require_sealed_mark'))
         order by 1",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    let (own, of_another): (Vec<_>, Vec<_>) =
        unasked.iter().map(String::as_str).partition(|table| ASKED_OTHERWISE.contains(table));
    assert_eq!(own, ASKED_OTHERWISE);
    // These come with what is asked for its own.
    assert_snapshot!(of_another.join(" "), @"allocation cash_count channel_batch channel_item charge_line charge_month charge_reading close_item payment_tender prepaid_entry receipt receipt_line receipt_number surcharge_step tariff_tier");
}

/// The first channels stand before anybody works; bills have the mark of their chunk, which is found missing at night; a
/// mark is its own; what was sent is said by the machine; and readings are asked for theirs at the commit, all at once.
const ASKED_OTHERWISE: [&str; 5] =
    ["channel", "charge", "operation_log", "outbox_delivery", "reading"];
