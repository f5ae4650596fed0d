//! The logins themselves, and the owner.

use insta::assert_snapshot;
use sqlx::PgPool;

use super::{answers, books};
use crate::city::City;

#[tokio::test]
async fn the_login_of_the_application_is_nobody_else() {
    let mut city = City::new().await;
    books(&mut city).await;
    let attempts = [
        ("become the owner", "set role weir_owner".to_owned()),
        ("become a superuser", "set role weir".to_owned()),
        ("become who migrates", "set role weir_migrator".to_owned()),
        ("become who captures", "set role weir_capture".to_owned()),
        ("be what one was", "reset role; update charge_balance set open_amount = 0".to_owned()),
        ("be somebody else", "set session authorization weir".to_owned()),
        ("a bill forgiven", "update charge_balance set open_amount = 0".to_owned()),
        ("a balance made up", "update prepaid_balance set balance = 1000".to_owned()),
        ("a cheap tier", "update tariff_tier set unit_price = 0.01".to_owned()),
        ("a tier more", "insert into tariff_tier (version_id, tier, unit_price) select id, 90, 0 from tariff_version limit 1".to_owned()),
        ("a rate approved", "update tariff_version set status = 'official'".to_owned()),
        ("a late fee waived", "update late_fee_rule set rate_per_day = 0".to_owned()),
        ("a sequence set back", "select setval('payment_id', 1)".to_owned()),
        ("a number taken", "select nextval('payment_id')".to_owned()),
        ("a quota moved", "update overquota_plan set quota_m3 = 1".to_owned()),
        ("a cheaper class", "update account set use_class = 'resident'".to_owned()),
        ("an account closed", "update account set status = 'closed'".to_owned()),
        ("a meter set back", "update meter set start_index = 0".to_owned()),
        ("what is unfinished, finished", "delete from unfinished".to_owned()),
        ("a partition itself", "insert into charge_202701 select * from charge_202701".to_owned()),
        ("a trigger put to sleep", "alter table payment disable trigger all".to_owned()),
        ("all of them put to sleep", "set session_replication_role = replica".to_owned()),
        ("a table of one's own", "create table public.payment_too (id int)".to_owned()),
        ("a function of one's own", "create function public.is_new(text) returns boolean language sql as 'select true'".to_owned()),
    ];
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    become the owner: permission denied to set role "weir_owner"
    become a superuser: permission denied to set role "weir"
    become who migrates: permission denied to set role "weir_migrator"
    become who captures: permission denied to set role "weir_capture"
    be what one was: permission denied for table charge_balance
    be somebody else: permission denied to set session authorization "weir"
    a bill forgiven: permission denied for table charge_balance
    a balance made up: permission denied for table prepaid_balance
    a cheap tier: permission denied for table tariff_tier
    a tier more: entry_not_whole
    a rate approved: permission denied for table tariff_version
    a late fee waived: permission denied for table late_fee_rule
    a sequence set back: permission denied for sequence payment_id
    a number taken: permission denied for sequence payment_id
    a quota moved: permission denied for table overquota_plan
    a cheaper class: permission denied for table account
    an account closed: permission denied for table account
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
async fn who_captures_reads_what_is_published_and_writes_nothing() {
    let mut city = City::new().await;
    books(&mut city).await;
    let capture = city.database.options().username(engine::CAPTURE);
    let capture = PgPool::connect_with(capture).await.unwrap();
    let attempts = [
        ("become the owner", "set role weir_owner"),
        ("become the application", "set role weir_app"),
        ("a payment added", "insert into payment select * from payment limit 1"),
        ("a payment changed", "update payment set net = 0"),
        ("a payment gone", "delete from payment"),
        ("a bill forgiven", "update charge_balance set open_amount = 0"),
        ("a month emptied", "truncate charge_202701"),
        ("a mark", "select leave_mark(null, 'x', 'x', '{}', now())"),
        ("room for a month", "select ensure_month(202712)"),
        ("a number taken", "select nextval('payment_id')"),
        ("a sequence set back", "select setval('payment_id', 1)"),
        ("a table shut", "select 1; lock table payment in access exclusive mode"),
        ("a pass word read", "select password_hash from credential"),
        ("a key read", "select idempotency_key from payment"),
        ("a session read", "select token_hash from session"),
        ("a mark read", "select details from operation_log"),
        ("a document read", "select document from payer"),
        ("a column unpublished", "alter publication weir_pub drop table payment"),
        ("a table of one's own", "create table public.payment_too (id int)"),
        ("what is published", "select id, net from payment"),
    ]
    .map(|(name, sql)| (name, sql.to_owned()));
    assert_snapshot!(answers(&capture, &attempts).await, @r#"
    become the owner: permission denied to set role "weir_owner"
    become the application: permission denied to set role "weir_app"
    a payment added: permission denied for table payment
    a payment changed: permission denied for table payment
    a payment gone: permission denied for table payment
    a bill forgiven: permission denied for table charge_balance
    a month emptied: permission denied for table charge_202701
    a mark: permission denied for function leave_mark
    room for a month: permission denied for function ensure_month
    a number taken: permission denied for sequence payment_id
    a sequence set back: permission denied for sequence payment_id
    a table shut: permission denied for table payment
    a pass word read: permission denied for table credential
    a key read: permission denied for table payment
    a session read: permission denied for table session
    a mark read: permission denied for table operation_log
    a document read: permission denied for table payer
    a column unpublished: must be owner of publication weir_pub
    a table of one's own: permission denied for schema public
    what is published: taken
    "#);
    // A copy of a database has no grants of its own: the one that was migrated tells.
    let temporary = "select count(*) from pg_database d, (values ('weir_app'), ('weir_capture'), ('weir_migrator')) l (login)
        where d.oid = (select max(oid) from pg_database where datname like 'template\\_%') and has_database_privilege(l.login, d.oid, 'temporary')";
    assert_eq!(city.count(temporary).await, 0);
    // Column by column it may read what is published, and no table or column more.
    let apart = "with granted as (select table_name::text, column_name::text from information_schema.role_column_grants
                where grantee = 'weir_capture' and privilege_type = 'SELECT'),
            published as (select tablename::text, unnest(attnames)::text from pg_publication_tables where pubname = 'weir_pub')
        select count(*) from ((table granted except table published) union all (table published except table granted)) x";
    assert_eq!(city.count(apart).await, 0);
    let other = "select count(*) from information_schema.role_column_grants
        where grantee = 'weir_capture' and privilege_type <> 'SELECT'";
    assert_eq!(city.count(other).await, 0);
}

#[tokio::test]
async fn who_migrates_may_nothing_before_it_takes_the_owners_role_and_nobody_is_the_owner() {
    let mut city = City::new().await;
    books(&mut city).await;
    let login = |name: &str| city.database.options().username(name);
    let refused = PgPool::connect_with(login(engine::OWNER)).await.unwrap_err().to_string();
    assert!(refused.contains("not permitted to log in"), "{refused}");
    let migrator = PgPool::connect_with(login(engine::MIGRATOR)).await.unwrap();
    let attempts = [
        ("the books read", "select * from public.payment"),
        ("a bill forgiven", "update public.charge_balance set open_amount = 0"),
        ("a bill gone", "delete from public.charge"),
        ("a trigger put to sleep", "alter table public.payment disable trigger all"),
        ("a sequence set back", "select setval('public.payment_id', 1)"),
        ("a table of one's own", "create table public.payment_too (id int)"),
        ("become the application", "set role weir_app"),
        ("become a superuser", "set role weir"),
        ("a role of one's own", "create role another"),
        ("the log followed", "select pg_create_logical_replication_slot('another', 'pgoutput')"),
        (
            "all triggers asleep, as the owner",
            "set role weir_owner; set session_replication_role = replica",
        ),
        ("a payment gone, as the owner", "set role weir_owner; delete from payment"),
    ]
    .map(|(name, sql)| (name, sql.to_owned()));
    assert_snapshot!(answers(&migrator, &attempts).await, @r#"
    the books read: permission denied for schema public
    a bill forgiven: permission denied for schema public
    a bill gone: permission denied for schema public
    a trigger put to sleep: permission denied for schema public
    a sequence set back: permission denied for schema public
    a table of one's own: permission denied for schema public
    become the application: permission denied to set role "weir_app"
    become a superuser: permission denied to set role "weir"
    a role of one's own: permission denied to create role
    the log followed: must be superuser or replication role to use replication slots
    all triggers asleep, as the owner: permission denied to set parameter "session_replication_role"
    a payment gone, as the owner: append_only
    "#);
    // All that the migrations made is the owner's.
    let others = "select count(*) from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'S')
        and relowner <> 'weir_owner'::regrole";
    assert_eq!(city.count(others).await, 0);
}

#[tokio::test]
async fn what_decides_about_money_and_people_bears_a_mark() {
    let mut city = City::new().await;
    books(&mut city).await;
    let attempts = [
        ("a role raised", "update app_user set role = 'administrator' where login = 'chen.juan'"),
        ("a person let in", "update app_user set active = not active where login = 'chen.juan'"),
        ("a person made up", "insert into app_user (login, name, role) values ('shadow', '影子', 'administrator')"),
        ("a pass word given", "insert into credential (user_id, password_hash) select id, 'x' from app_user where login = 'chen.juan' on conflict (user_id) do update set password_hash = 'x'"),
        ("a cheap rate", "with v as (insert into tariff_version (fee_item, class, town_id, valid_from, source, status)
            select 'water', 'resident', id, '2026-01-01', 'x', 'official' from town limit 1 returning id)
            insert into tariff_tier (version_id, tier, unit_price) select id, 1, 0.01 from v"),
        ("late for nothing", "insert into late_fee_rule (fee_item, valid_from, grace_days, rate_per_day, cap_ratio, source, status) values ('water', '2026-02-02', 0, 0, 0, 'x', 'official')"),
        ("late beyond the debt", "insert into late_fee_rule (fee_item, valid_from, grace_days, rate_per_day, cap_ratio, source, status) values ('water', '2026-02-02', 0, 0, 2, 'x', 'official')"),
        ("a fee's owner", "insert into fee_owner (town_id, fee_item, valid_from, owner_id) select town_id, fee_item, '2026-02-02', owner_id from fee_owner limit 1"),
        ("a fee apart", "insert into fee_apart (outlet_id, fee_item) select min(id), 'water' from organisation"),
        ("a quota", "insert into overquota_plan select id, 202703, 1 from account limit 1"),
        ("a quota of no number", "insert into overquota_plan select id, 202703, 'NaN' from account limit 1"),
        ("a mark of another act", "with m as (insert into operation_log (user_id, action, subject, details, at) values (null, 'access.session.open', 'x', '{}', now()))
            insert into overquota_plan select id, 202703, 1 from account limit 1"),
        ("with its mark", "with m as (insert into operation_log (user_id, action, subject, details, at) values (null, 'tariff.version.set', 'x', '{}', now()))
            insert into overquota_plan select id, 202703, 1 from account limit 1"),
    ]
    .map(|(name, sql)| (name, sql.to_owned()));
    assert_snapshot!(answers(&city.pool, &attempts).await, @r#"
    a role raised: act_unmarked
    a person let in: act_unmarked
    a person made up: act_unmarked
    a pass word given: act_unmarked
    a cheap rate: rate_by_nobody
    late for nothing: rate_by_nobody
    late beyond the debt: rate_by_nobody
    a fee's owner: rate_by_nobody
    a fee apart: act_unmarked
    a quota: rate_by_nobody
    a quota of no number: value for domain m3 violates check constraint "m3_check"
    a mark of another act: rate_by_nobody
    with its mark: rate_by_nobody
    "#);
    let person: i64 =
        city.count("select count(*) from app_user where role = 'administrator'").await;
    assert_eq!(person, 0);
}

#[tokio::test]
async fn even_the_owner_meets_the_laws_in_a_partition() {
    let mut city = City::new().await;
    books(&mut city).await;
    let attempts = [
        (
            "an old payment's money used again, in the partition",
            "insert into allocation_202612 (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
                cashier_id, method, account_date, owner_id, fee_item, amount)
             select l.bill_period, n.id, l.charge_id, l.id, l.account_id, l.town_id, n.outlet_id, n.cashier_id, n.method,
                n.account_date, l.owner_id, l.fee_item, l.amount from owed l, newest n".to_owned(),
        ),
        (
        "lines a second time, in the partition",
        "insert into charge_line_202701 (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity,
            unit_price, amount, tariff_version_id, basis)
         select bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity, unit_price, amount,
            tariff_version_id, basis from owed".to_owned(),
        ),
    ];
    assert_snapshot!(answers(&city.owner, &attempts).await, @r#"
    an old payment's money used again, in the partition: entry_not_whole
    lines a second time, in the partition: entry_not_whole
    "#);
    // What the owner can do after all, the nightly check tells.
    sqlx::raw_sql("delete from charge_balance").execute(&city.owner).await.unwrap();
    assert_eq!(city.broken().await, ["8a"]);
}
