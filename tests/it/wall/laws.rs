//! Whatever decides what the books are is told: nothing in the catalogue changes unsaid, and no id is used up.

use std::collections::{BTreeMap, BTreeSet};

use engine::access::{MarksSought, marks};
use engine::channels::{Settled, Settles};
use engine::reading::{enter, waiting};
use insta::assert_snapshot;
use sqlx::PgConnection;

use super::{answers, books};
use crate::city::{City, broken, yuan};

/// What whoever has the keys of the house does, and of which thing it is told.
const FAULTS: [(&str, &str); 32] = [
    (
        "create or replace view standing_in as
            select * from stand_in where until_at > now() union all select * from stand_in",
        "view public.standing_in",
    ),
    (
        "create or replace view late_fee_in_force as
            select fee_item, valid_from, grace_days, 0::numeric(8,6) as rate_per_day, cap_ratio from late_fee_rule",
        "view public.late_fee_in_force",
    ),
    ("grant set on parameter session_replication_role to weir_app", "database"),
    ("grant weir_owner to weir_app", "role weir_app"),
    ("grant weir_owner to weir_app", "role weir_owner"),
    ("alter role weir_capture bypassrls", "role weir_capture"),
    ("alter role weir_migrator createrole", "role weir_migrator"),
    ("grant usage on sequence reading_id to weir_app", "sequence public.reading_id"),
    (
        "grant execute on function next_payment_id to weir_capture",
        "function public.next_payment_id(timestamp with time zone)",
    ),
    (
        "grant execute on function pg_read_file(text) to weir_app",
        "function pg_catalog.pg_read_file(pg_catalog.text)",
    ),
    ("grant create on schema public to weir_app", "schema public"),
    ("grant update (received) on payment to weir_app", "table public.payment"),
    (
        "do $$ begin execute format('grant create on database %I to weir_app', current_database()); end $$",
        "database",
    ),
    (
        "alter default privileges for role weir_owner in schema public grant all on tables to weir_app",
        "default acl for role weir_owner in schema public on tables",
    ),
    ("alter domain yuan drop constraint yuan_check", "type public.yuan"),
    ("alter table charge_balance alter open_amount set default 0", "table public.charge_balance"),
    ("alter table remittance alter voucher_no drop not null", "table public.remittance"),
    ("create rule quiet as on insert to hold_release do instead nothing", "table public.hold_release"),
    ("create policy nobody on town using (false)", "table public.town"),
    ("alter table village enable row level security", "table public.village"),
    (
        "alter function may(integer, text) owner to weir_app",
        "function public.may(integer,pg_catalog.text)",
    ),
    (
        "alter function leave_mark security definer",
        "function public.leave_mark(integer,pg_catalog.text,pg_catalog.text,pg_catalog.jsonb,timestamp with time zone)",
    ),
    (
        "alter function next_ids set search_path = pg_temp, public",
        "function public.next_ids(pg_catalog.text,bigint)",
    ),
    (
        "create function unseen() returns event_trigger language plpgsql as 'begin end'",
        "function public.unseen()",
    ),
    (
        "create event trigger unseen on ddl_command_end execute function unseen()",
        "event trigger unseen",
    ),
    ("drop index account_version_opening", "table public.account_version"),
    (
        "update pg_index set indisvalid = false where indexrelid = 'tariff_version_held'::regclass",
        "table public.tariff_version",
    ),
    (
        "alter table stock_segment drop constraint stock_segment_receipt_type_code_int8range_excl",
        "table public.stock_segment",
    ),
    ("alter publication weir_pub set (publish = 'insert')", "publication weir_pub"),
    ("create table payment_too (id integer)", "table public.payment_too"),
    ("create schema weir_app", "schema weir_app"),
    (
        "create operator public.=== (function = int4eq, leftarg = integer, rightarg = integer)",
        "operator public.===(integer,integer)",
    ),
];

/// Each of a part alone, whose root knows nothing of it.
const PARTS: [&str; 9] = [
    "grant update on payment_202701 to weir_app",
    "grant update (amount) on charge_line_202701 to weir_app",
    "create rule quiet as on insert to allocation_202701 do instead nothing",
    "alter table reading_202701 alter flag set default 'none'",
    "alter table prepaid_entry_202701 owner to weir_app",
    "alter table close_item_202701 enable row level security",
    "create policy nobody on receipt_202701 using (false)",
    "alter table channel_item_202701 add constraint one check (id is not null)",
    "create index more on operation_log_202701 (door)",
];

/// How whoever owns the database would make the laws tell of themselves what they no longer are, and what says so.
const LIARS: [(&str, &[(&str, i64)]); 3] = [
    // What was marked, whatever stands now.
    (
        "create or replace function laws() returns table (kind text, what text, law text) language sql stable as $$
            select k.kind, e.key, e.value from (values ('rights'), ('laws')) k (kind)
            cross join lateral (
                select l.details->k.kind as said from operation_log l
                where l.chain = 0 and l.action = 'register.reference.load' and l.details ? k.kind order by l.no desc limit 1) l
            cross join lateral jsonb_each_text(l.said) e
        $$;
        drop trigger append_only on charge_reversal;",
        &[("31c", 1)],
    ),
    // Functions that fit better than the server's of the same name, and tell neither of themselves nor of a right.
    (
        "create function concat_ws(text, text, text) returns text language sql as $$
            select case when $3 like 'public.concat_ws(%' then (
                    select 'function ' || i.identity from pg_identify_object('pg_proc'::regclass, 'access_of'::regproc, 0) i)
                else pg_catalog.concat_ws($1, $2, $3) end
        $$;
        create function concat_ws(text, text, regrole, text) returns text language sql as $$
            select case when $2 like '% FUNCTION public.concat_ws(%' then (
                    select pg_catalog.concat_ws($1, pg_get_functiondef(p.oid), p.proowner::regrole, access_of(p.proacl, 'f', p.proowner))
                    from pg_proc p where p.oid = 'access_of'::regproc)
                else pg_catalog.concat_ws($1, $2, $3, $4) end
        $$;
        create function concat_ws(text, regrole, text, boolean) returns text language sql as $$
            select case when ($2::text, $3) <> ('weir_app', 'TRUNCATE') then pg_catalog.concat_ws($1, $2, $3, $4) end
        $$;
        grant truncate on payment to weir_app;",
        &[("31b", 4)],
    ),
    // A sign that stands before the server's, as for each session where the database is set so, and finds all equal.
    (
        "set local search_path = public, pg_catalog;
        create function always(text, text) returns boolean language sql immutable as 'select true';
        create operator public.= (function = always, leftarg = text, rightarg = text, hashes, merges);
        drop trigger append_only on charge_reversal",
        &[("31b", 3)],
    ),
];

async fn laws(connection: &mut PgConnection) -> BTreeMap<String, String> {
    let laws = "select what, law from laws() where kind = 'laws'";
    let laws: Vec<(String, String)> = sqlx::query_as(laws).fetch_all(connection).await.unwrap();
    laws.into_iter().collect()
}

/// How often the laws about laws do not hold.
async fn unsaid(connection: &mut PgConnection) -> Vec<(&'static str, i64)> {
    let mut found = broken(engine::check::run(connection).await.unwrap());
    found.retain(|(id, _)| id.starts_with("31"));
    found
}

#[tokio::test]
async fn nothing_that_decides_what_the_books_are_changes_unsaid() {
    let city = City::new().await;
    sqlx::query("select ensure_month(202701)").execute(&city.owner).await.unwrap();
    let mut owner = city.owner.begin().await.unwrap();
    let before = laws(&mut owner).await;
    let mut done = "";
    for (fault, _) in FAULTS {
        if fault != done {
            sqlx::raw_sql(fault).execute(&mut *owner).await.unwrap();
        }
        done = fault;
    }
    let after = laws(&mut owner).await;
    let all: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let told = all.into_iter().filter(|what| before.get(*what) != after.get(*what));
    let told: BTreeSet<&str> = told.map(String::as_str).collect();
    assert_eq!(told, FAULTS.iter().map(|(_, what)| *what).collect::<BTreeSet<_>>());
    assert_eq!(unsaid(&mut owner).await, [("31b", 31)]);
    owner.rollback().await.unwrap();

    let mut owner = city.owner.begin().await.unwrap();
    for fault in PARTS {
        sqlx::raw_sql(fault).execute(&mut *owner).await.unwrap();
    }
    assert_eq!(unsaid(&mut owner).await, [("31a", 9)]);
    owner.rollback().await.unwrap();
    // A month that comes is nothing to be said.
    sqlx::query("select ensure_month(202702)").execute(&city.pool).await.unwrap();
    city.check().await;
}

#[tokio::test]
async fn what_tells_the_laws_is_not_taken_at_its_word() {
    let city = City::new().await;
    for (liar, found) in LIARS {
        let mut owner = city.owner.begin().await.unwrap();
        sqlx::raw_sql(liar).execute(&mut *owner).await.unwrap();
        assert_eq!(unsaid(&mut owner).await, found, "{liar}");
        owner.rollback().await.unwrap();
    }
    city.check().await;
}

/// A database that was restored from a backup has the laws that its marks say, and the rows, whatever numbers its server
/// gives to transactions.
#[tokio::test]
async fn a_restored_database_tells_the_same_laws() {
    let mut city = City::new().await;
    books(&mut city).await;
    let copy = format!("{}_restored", city.database.name);
    let server = &city.database.server;
    server.psql("postgres", &["-c", &format!("create database {copy} owner weir_owner")]).unwrap();
    server.restore(&city.database.name, &copy).unwrap();
    let options = city.database.options().database(&copy);
    let mut restored = sqlx::ConnectOptions::connect(&options).await.unwrap();
    let was = laws(&mut city.owner.acquire().await.unwrap()).await;
    let found = broken(engine::check::run(&mut restored).await.unwrap());
    assert_eq!((laws(&mut restored).await, found), (was, vec![]));
    sqlx::Connection::close(restored).await.unwrap();
    server.psql("postgres", &["-c", &format!("drop database {copy}")]).unwrap();
}

#[tokio::test]
async fn no_id_is_used_up() {
    let mut city = City::new().await;
    books(&mut city).await;
    let given = "select next_payment_id('2027-01-21 12:00+08')";
    let drawn = "select from next_ids('reading_id', 1) r, next_ids('channel_item_id', 1) i";
    for draw in [given, drawn] {
        sqlx::query(draw).execute(&city.pool).await.unwrap();
    }
    // What was drawn and undone is gone all the same: so it stands after most of a day's have been.
    let most = "select setval('reading_id', nextval('reading_id') + 49999000),
        setval('payment_id', nextval('payment_id') + 29999000)";
    sqlx::query(most).execute(&city.owner).await.unwrap();
    let attempts = [
        ("a reading's", "select nextval('reading_id')"),
        ("a person's", "select nextval('app_user_id_seq')"),
        ("a mark's", "select nextval('mark_id')"),
        ("marks'", "select next_ids('mark_id', 1)"),
        ("payments'", "select next_ids('payment_id', 1)"),
        ("more than a day's at once", "select next_ids('channel_item_id', 50000001)"),
        ("some of a day's", "select from next_ids('reading_id', 500)"),
        ("and more than a day's", "select from next_ids('reading_id', 500)"),
        (
            "more payments' than a day's",
            "select next_payment_id('2027-01-21 12:00+08') from generate_series(1, 1000)",
        ),
    ];
    let attempts = attempts.map(|(whose, attempt)| (whose, attempt.to_owned()));
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    a reading's: permission denied for sequence reading_id
    a person's: permission denied for sequence app_user_id_seq
    a mark's: permission denied for sequence mark_id
    marks': relation "mark_id_today" does not exist
    payments': relation "payment_id_today" does not exist
    more than a day's at once: ids_used_up
    some of a day's: taken
    and more than a day's: ids_used_up
    more payments' than a day's: ids_used_up
    "#);
}

/// Whoever has the application's login and a month draws all there are; what was drawn is not given back.
#[tokio::test]
async fn numbers_that_ran_out_begin_anew() {
    let city = City::new().await;
    let end = "select setval('reading_id', 999999999), setval('channel_item_id', 999999999)";
    sqlx::query(end).execute(&city.owner).await.unwrap();
    city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let item = Settled {
        account: account.id,
        settles: Settles::UpTo(city.period()),
        serial: "1".to_owned(),
        gross: yuan("103.33"),
    };
    assert_eq!(city.settle("wechat", "W1", vec![item]).await.posted, 1);
    city.check().await;
    let attempts = [
        ("some of a day's", "select count(*) from next_ids('reading_id', 500)"),
        ("more than a day's", "select count(*) from next_ids('reading_id', 50000000)"),
    ];
    let attempts = attempts.map(|(whose, attempt)| (whose, attempt.to_owned()));
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    some of a day's: taken
    more than a day's: ids_used_up
    "#);
    let ending = "select relname::text from pg_sequence join pg_class on oid = seqrelid
        where relnamespace = 'public'::regnamespace and seqmax < 2147483647 and not seqcycle";
    let ending: Vec<String> = sqlx::query_scalar(ending).fetch_all(&city.owner).await.unwrap();
    assert!(ending.is_empty(), "{ending:?}");
}

/// What is entered together is numbered together: the numbers do not end between the first and the last of it.
#[tokio::test]
async fn what_comes_together_is_taken_where_the_numbers_run_out() {
    let city = City::new().await;
    let both = [city.household("陈大文").await, city.household("李四").await];
    let end = "select setval('reading_id', 999999998), setval('channel_item_id', 999999998)";
    sqlx::query(end).execute(&city.owner).await.unwrap();
    let by = Some(city.somebody("李抄表").await);
    let seen = both.iter().map(|account| city.seen(account, "30")).collect();
    let entered = enter(&city.pool, &city.clock, city.period(), by, seen).await.unwrap();
    assert_eq!(entered.readings, 2);
    assert_eq!(city.bill().await.charges, 2);
    let items = both.iter().map(|account| Settled {
        account: account.id,
        settles: Settles::UpTo(city.period()),
        serial: account.no.clone(),
        gross: yuan("103.33"),
    });
    assert_eq!(city.settle("wechat", "W1", items.collect()).await.posted, 2);
    city.check().await;
}

/// The numbers of readings and of marks ran out within the month: those below the old ones are later all the same.
#[tokio::test]
async fn what_was_written_after_numbers_began_anew_is_the_last() {
    let mut city = City::new().await;
    let (first, second) = (city.household("陈大文").await, city.household("李四").await);
    let by = Some(city.somebody("李抄表").await);
    for (wall, account, begin) in [
        (
            "2026-11-24 11:00",
            &first,
            "select setval(s, 999990000) from unnest(array['reading_id', 'mark_id']) s",
        ),
        (
            "2026-11-24 12:00",
            &second,
            "select setval(s, 400000) from unnest(array['reading_id', 'mark_id']) s",
        ),
    ] {
        city.at(wall);
        sqlx::query(begin).execute(&city.owner).await.unwrap();
        let seen = vec![city.seen(account, "250")];
        enter(&city.pool, &city.clock, city.period(), by, seen).await.unwrap();
    }
    let mut connection = city.pool.acquire().await.unwrap();
    let oldest = waiting(&mut connection, city.period(), None, 10).await.unwrap();
    let oldest: Vec<_> = oldest.iter().map(|reading| reading.account).collect();
    assert_eq!(oldest, [first.id, second.id]);
    let action = Some("reading.reading.enter".to_owned());
    let mut sought = MarksSought { action, most: 1, ..MarksSought::default() };
    let newest = marks(&mut connection, &sought).await.unwrap().remove(0);
    sought.before = Some(newest.id);
    let before = marks(&mut connection, &sought).await.unwrap().remove(0);
    assert!(newest.id < before.id && newest.at > before.at, "{newest:?} {before:?}");
    assert_eq!(newest.at, city.clock.0);
    drop(connection);
    city.check().await;
}
