//! What was written down once is never otherwise: marks keep digests of it, or another entry says the same.

use engine::channels::{Settled, Settles};
use engine::check::{Part, run_part};
use engine::register::AccountChange;
use engine::remittance::{Remit, record};
use terms::{AccountId, FeeItem, Role};

use super::history::change;
use crate::city::{City, DAOJIAO, broken, yuan};

/// Tables that no mark keeps row by row, and the invariants that compare them.
const COMPARED: [(&str, &str); 36] = [
    ("allocation", "1b 2b 17j 17h"),
    ("cash_count", "17i"),
    ("change_ahead", "25d"),
    ("channel_item_open", "10a"),
    ("charge", "21b 21c 21j 21m 21n 21o"),
    ("charge_balance", "8a"),
    ("charge_line", "3 3c 21j 21k 22b"),
    ("charge_month", "21d 21o"),
    ("charge_reading", "21a 21b 21o"),
    ("charge_reversal", "4b"),
    ("charge_reversal_approved", "25j"),
    ("close_item", "17a 17b"),
    ("collected_month", "6e"),
    ("held_charge", "10d"),
    ("item_approved", "25l"),
    ("number_given", "13d"),
    ("open_day", "17e 17f"),
    ("operation_chain", "27b"),
    ("operation_log", "27a 27b 27c"),
    ("payment", "1 17j 17h"),
    ("payment_key", "8f"),
    ("payment_reversal", "8f"),
    ("payment_tender", "1b 8d 17j"),
    ("period_pointer", "6b"),
    ("permission", "31b"),
    ("prepaid_balance", "8b"),
    ("prepaid_entry", "1 1b 8c"),
    ("reading_superseded", "19e"),
    ("receipt", "1b 14c 14e"),
    ("receipt_line", "14a 14e"),
    ("receipt_number", "13d 14e 17j"),
    ("reversal_approved", "25e"),
    ("role", "31b"),
    ("role_permission", "31b"),
    ("slip_standing", "8e"),
    ("stock_segment", "13b 13c 13e"),
];

/// What nobody is charged, paid or named by.
const FREE: [(&str, &str); 11] = [
    ("_sqlx_migrations", "the history of the schema"),
    ("bill_failure", "the state of running work"),
    ("bill_run_chunk", "the state of running work, whose sums are those of its bills"),
    ("export_job", "the state of running work"),
    ("login_attempt", "the state of the doors"),
    ("login_place", "the state of the doors"),
    ("outbox_due", "the state of running work"),
    ("played", "whose books these are; the doctor and each check say it"),
    ("session", "the state of the doors, over within a day"),
    ("unfinished", "empty between transactions"),
    ("written", "the digests themselves"),
];

/// Columns of tables that are compared or kept, and of which the same holds.
const FREE_COLUMNS: [(&str, &str); 11] = [
    ("allocation.id", "a number that nothing else bears"),
    ("bill_run.finished_at", "the state of running work"),
    ("bill_run.started_at", "the state of running work"),
    ("bill_run.starts", "the state of running work"),
    ("bill_run.state", "the state of running work"),
    ("charge_line.basis", "how a figure came about, in words; the figure itself is asked again"),
    ("meter.final_index", "no act takes a meter off; the owner's hand does, and only once"),
    ("meter.removal_recorded_at", "no act takes a meter off; the owner's hand does, and only once"),
    ("meter.removed_by", "no act takes a meter off; the owner's hand does, and only once"),
    ("meter.removed_on", "no act takes a meter off; the owner's hand does, and only once"),
    ("prepaid_entry.id", "the place in its chain, of which the balances are asked"),
];

/// Columns of kept tables that no digest has, and the invariants that compare them.
const ELSEWHERE: [(&str, &str); 15] = [
    ("account.address", "25f"),
    ("account.payer_name", "25f"),
    ("account.phone", "25f"),
    ("account.village_code", "25f"),
    ("app_user.active", "25i"),
    ("app_user.name", "25i"),
    ("app_user.outlet_id", "25i"),
    ("app_user.role", "25i"),
    ("app_user.town_id", "25i"),
    ("credential.password_hash", "25n"),
    ("credential.set_at", "25n"),
    ("fee_owner.replaced_at", "22e"),
    ("late_fee_rule.replaced_at", "22e"),
    ("overquota_plan.replaced_at", "22e"),
    ("tariff_version.replaced_at", "22e"),
];

#[tokio::test]
async fn every_table_is_kept_in_marks_or_compared_or_it_is_said_why_not() {
    let city = City::new().await;
    let others = "select relname::text from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
            and relname not in (select source from kept_tables()) order by relname collate \"C\"";
    let others: Vec<String> = sqlx::query_scalar(others).fetch_all(&city.owner).await.unwrap();
    let mut said: Vec<_> = COMPARED.iter().chain(&FREE).map(|(table, _)| *table).collect();
    said.sort_unstable();
    assert_eq!(others, said);
    for (column, why) in FREE_COLUMNS {
        let there = "select count(*) from information_schema.columns
            where table_schema = 'public' and table_name || '.' || column_name = $1";
        let there: i64 =
            sqlx::query_scalar(there).bind(column).fetch_one(&city.owner).await.unwrap();
        assert_eq!(there, 1, "{column}: {why}");
    }
    // What is written is digested as its trigger says, and compared as the list says.
    let told_alike = "select count(*) from kept_tables() k
        join pg_trigger t on t.tgrelid = format('public.%I', k.source)::regclass and t.tgname = 'note_written'
        where replace(encode(t.tgargs, 'escape'), '\\000', '|')
            = concat(k.source, '|', k.relation, '|', k.key, '|', k.period, '|', k.free::text, '|')";
    assert_eq!(
        city.count(told_alike).await,
        city.count("select count(*) from kept_tables()").await
    );
    let findings = engine::check::run(&mut city.owner.acquire().await.unwrap()).await.unwrap();
    let undigested = "select k.source || '.' || a.attname from kept_tables() k
        join pg_attribute a on a.attrelid = format('public.%I', k.source)::regclass and a.attnum > 0 and not a.attisdropped
        where a.attname = any (k.free) or not exists (
            select from pg_attribute r where r.attrelid = format('public.%I', k.relation)::regclass and r.attname = a.attname)";
    let undigested: Vec<String> =
        sqlx::query_scalar(undigested).fetch_all(&city.owner).await.unwrap();
    for (column, _) in ELSEWHERE {
        assert!(undigested.iter().any(|found| found == column), "{column}");
    }
    for column in &undigested {
        let mut said = ELSEWHERE.iter().chain(&FREE_COLUMNS);
        assert!(said.any(|(said, _)| said == column), "{column}");
    }
    for (table, by) in COMPARED.iter().chain(&ELSEWHERE) {
        for id in by.split(' ') {
            assert!(findings.iter().any(|found| found.id == id), "{table}: {id}");
        }
    }
}

/// A row of each table of which the city has none, and the digest of it; what their columns refuse does not matter here.
const MADE_UP: &str = r#"
set local session_replication_role = replica;
do $$ declare
    law record;
    made_up record;
begin
    for law in select c.conname, c.conrelid, c.conrelid::regclass as on_table, c.contypid::regtype as on_domain
        from pg_constraint c where c.contype = 'c' and c.connamespace = 'public'::regnamespace and c.coninhcount = 0 loop
        if law.conrelid <> 0 then
            execute format('alter table %s drop constraint %I', law.on_table, law.conname);
        else
            execute format('alter domain %s drop constraint %I', law.on_domain, law.conname);
        end if;
    end loop;
    for made_up in
        select k.source, k.key, string_agg(quote_ident(a.attname), ', ') as columns, string_agg(case
            when y.typname = 'bill_period' then '202611'
            when k.period is not null and a.attname in ('id', 'reading_id') then 'first_id(202611) + 1'
            when t.name in ('smallint', 'integer', 'bigint') or t.name like 'numeric%' then '1'
            when t.name = 'date' or t.name like 'timestamp%' then 'now()'
            when t.name = 'boolean' then 'true'
            when t.name = 'jsonb' or t.name like '%[]' then '''{}'''
            else '''x''' end, ', ') as said
        from kept_tables() k
        join pg_attribute a on a.attrelid = format('public.%I', k.source)::regclass and a.attnum > 0 and not a.attisdropped
        join pg_type y on y.oid = a.atttypid
        cross join lateral (select format_type(coalesce(nullif(y.typbasetype, 0), y.oid), null) as name) t
        where not exists (select from pg_temp.told() t where t.source = k.source)
        group by 1, 2
    loop
        execute format('insert into public.%I (%s) values (%s)', made_up.source, made_up.columns, made_up.said);
        execute format('insert into written (source, keys, digest) select %1$L, w.keys, written_digest(%1$L, w.keys)
            from (select range_agg(int8range(k, k, ''[]'')) as keys from (select (%2$s)::bigint as k from public.%1$I) t) w',
            made_up.source, made_up.key);
    end loop;
end $$;
"#;

/// What marks tell of rows, and what waits for one.
const TOLD: &str = r#"
create function pg_temp.told() returns table (source text, keys int8multirange, digest text) language sql as $$
    select w->>0, (w->>1)::int8multirange, w->>2
    from operation_log l cross join jsonb_array_elements(l.details->'wrote') w where l.details ? 'wrote'
    union all select source, keys, digest from written
$$;
create function pg_temp.is_missed(asked text) returns boolean language sql as $$
    select exists (select from pg_temp.told() t where t.source = asked and t.digest <> written_digest(t.source, t.keys))
$$;
create function pg_temp.is_untold(asked text) returns boolean language sql as $$
    select exists (select from untold(asked, (select range_agg(t.keys) from pg_temp.told() t where t.source = asked),
        array(select month from kept_month)))
$$;
"#;

/// Changes one value of each column that is kept, and takes one row away of each table; gives what no digest missed, what
/// stood otherwise before, what there is no row of, and what could not be changed. A row under another key is one taken
/// away and one added: that one nobody tells of.
const SILENT: &str = r#"
create function pg_temp.silent() returns setof text language plpgsql as $$
declare
    one record;
    changed integer;
    said text;
begin
    for one in
        select k.source, a.attname::text as name, k.period, substring(k.key from '[a-z_]*id\M|\mday\M') as key, case
                -- An index is over the numbers from the first to the last.
                when a.attname = 'first_no' then 'coalesce(%I, 0) - 1'
                when t.name = 'smallint' then 'coalesce(%I, 0) + 1000'
                when t.name in ('integer', 'bigint') then 'coalesce(%I, 0) + 1000000000'
                when t.name like 'numeric%' then 'coalesce(%I, 0) + 1'
                when t.name = 'date' then 'coalesce(%I, date ''2026-01-01'') + 100000'
                when t.name like 'timestamp%' then 'coalesce(%I, now()) - interval ''61 minutes'''
                when t.name = 'boolean' then '%I is not true'
                when t.name = 'jsonb' then 'coalesce(%I, ''{}'') || ''{"zz": 1}'''
                when t.name = 'bytea' then 'coalesce(%I, '''') || ''\x00'''
                when t.name = 'bigint[]' then 'coalesce(%I, ''{}'') || 1::bigint'
                else 'coalesce(%I, '''') || ''9''' end as otherwise
        from kept_tables() k
        join pg_attribute a on a.attrelid = format('public.%I', k.source)::regclass and a.attnum > 0 and not a.attisdropped
        join pg_type y on y.oid = a.atttypid
        cross join lateral (select format_type(coalesce(nullif(y.typbasetype, 0), y.oid), null) as name) t
        where a.attname <> all (k.free) and exists (
            select from pg_attribute r where r.attrelid = format('public.%I', k.relation)::regclass and r.attname = a.attname)
        union all
        select k.source, null, null, null, null from kept_tables() k
        order by 1, 2
    loop
        begin
            if one.name is null and (pg_temp.is_missed(one.source) or pg_temp.is_untold(one.source)) then
                return next one.source || ' before';
            end if;
            if one.name is null then
                execute format('with x as (select tableoid as o, ctid as c from public.%1$I limit 1)
                    delete from public.%1$I u using x where (u.tableoid, u.ctid) = (x.o, x.c)', one.source);
            else
                execute format('with x as (select tableoid as o, ctid as c from public.%1$I limit 1)
                    update public.%1$I u set %2$I = %3$s from x where (u.tableoid, u.ctid) = (x.o, x.c)',
                    one.source, one.name, replace(one.otherwise, '%I', 'u.' || quote_ident(one.name)));
            end if;
            get diagnostics changed = row_count;
            said := case when changed = 0 then 'nothing in ' || one.source
                when not pg_temp.is_missed(one.source) or one.name = one.key and not pg_temp.is_untold(one.source)
                    then concat_ws('.', one.source, one.name)
                else '' end;
            raise exception using errcode = 'ZZ000', message = said;
        exception when sqlstate 'ZZ000' then
            if sqlerrm <> '' then
                return next sqlerrm;
            end if;
        when integrity_constraint_violation or data_exception then
            -- There is no room for another month.
            if one.name is distinct from one.period then
                return next concat_ws('.', one.source, one.name) || ' ' || sqlerrm;
            end if;
        end;
    end loop;
end $$;
"#;

#[tokio::test]
async fn whoever_changes_or_takes_away_what_is_kept_differs_from_a_mark() {
    let city = City::new().await;
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    // What an account became is compared with its changes (25d); the first one has none.
    let changed = city.household_owing_for("李四", "20").await;
    till.collect(&account, "103.33").await;
    till.close().await;
    let by = city.person("cai", "财政", Role::Finance, None, None).await;
    let (_, town) = city.outlet(DAOJIAO).await;
    let voucher = Remit {
        town,
        owner: city.sewage_owner(town).await,
        fee_item: FeeItem::Sewage,
        pay_period: city.period(),
        amount: yuan("9.00"),
        voucher_no: "JK-0001".to_owned(),
    };
    record(&city.pool, &city.clock, by, voucher).await.unwrap();
    let (maker, checker) = (city.manager().await, city.second_manager().await);
    let order = AccountChange { persons: Some(6), ..change(&changed, "2026-12-01") };
    let version = city.submit(maker, order).await.unwrap();
    city.decide(checker, version, true).await.unwrap();
    let item = Settled {
        account: AccountId(-1),
        settles: Settles::UpTo(city.period()),
        serial: "1".to_owned(),
        gross: yuan("50"),
    };
    city.settle("wechat", "W1", vec![item]).await;
    city.check().await;
    let mut owner = city.owner.begin().await.unwrap();
    for sql in [TOLD, MADE_UP, SILENT] {
        sqlx::raw_sql(sql).execute(&mut *owner).await.unwrap();
    }
    let silent = sqlx::query_scalar("select * from pg_temp.silent()");
    let silent: Vec<String> = silent.fetch_all(&mut *owner).await.unwrap();
    // When it was ordered, its approval is that of the decision (22c).
    assert_eq!(silent, ["overquota_plan.approved_at"]);
    owner.rollback().await.unwrap();
}

/// Behind every law, or by the owner's hand alone: a price, an owner of fees, a reading, a hold, money passed on that no mark
/// tells of; a rate that ends without a decision; somebody who was called otherwise.
#[tokio::test]
async fn what_was_added_and_nobody_tells_of_is_found_the_same_night() {
    let city = City::new().await;
    city.counter().await;
    city.household_owing_for("陈大文", "30").await;
    city.check().await;
    let quiet = "set local session_replication_role = replica;";
    let faults = [
        (
            quiet,
            "27e",
            "insert into remittance (kind, town_id, owner_id, fee_item, pay_period, amount, voucher_no, remitted_on, recorded_by)
             select 'remittance', town_id, owner_id, fee_item, 202611, 1, 'JK-9', '2026-11-24', 1
             from charge_line where fee_item = 'sewage'",
        ),
        (
            quiet,
            "27e",
            "with v as (insert into tariff_version (fee_item, class, valid_from, source, status, approved_at)
                values ('water', 'resident', '2026-12-01', 'x', 'official', now()) returning id)
             insert into tariff_tier (version_id, tier, unit_price) select id, 1, 0.01 from v",
        ),
        (
            quiet,
            "27e",
            "insert into fee_owner (town_id, fee_item, valid_from, owner_id, approved_at)
             select town_id, fee_item, '2026-12-01', owner_id, now() from fee_owner limit 1",
        ),
        (
            quiet,
            "27e",
            "insert into reading select (jsonb_populate_record(r, jsonb_build_object('id', id + 1, 'meter_id', 900000))).* from reading r",
        ),
        (
            quiet,
            "27e",
            "insert into hold (charge_id, bill_period, account_id, town_id, channel_id, reference, placed_by, placed_at, ends_at)
             select id, bill_period, account_id, town_id, 1, 'X', 1, now(), now() + interval '1 day' from charge",
        ),
        (
            "",
            "27e",
            "insert into channel (code, name, method, serial_scope) values ('ghost', '幽灵', 'wechat', 'batch')",
        ),
        (quiet, "22e", "update late_fee_rule set replaced_at = now() where fee_item = 'water'"),
        (quiet, "22e", "update fee_owner set replaced_at = now()"),
        (
            quiet,
            "22e",
            "insert into overquota_plan (account_id, bill_period, quota_m3, order_id, approved_at, replaced_at)
             select id, 202611, 100, 1, now(), now() + interval '1 minute' from account",
        ),
        // Two hold for one month, where nothing forbids it any more.
        (
            quiet,
            "22e",
            "drop index overquota_plan_held;
             insert into overquota_plan (account_id, bill_period, quota_m3, order_id, approved_at)
             select id, 202611, 100, 1, now() - interval '1 hour' * n from account, generate_series(1, 2) n",
        ),
        (quiet, "27d", "update person_version set name = '别人'"),
        (quiet, "27d", "update channel set name = '别名' where code = 'wechat'"),
    ];
    for (how, law, fault) in faults {
        let mut owner = city.owner.begin().await.unwrap();
        let done = sqlx::AssertSqlSafe(format!("{how} {fault}"));
        sqlx::raw_sql(done).execute(&mut *owner).await.unwrap();
        for found in [
            broken(engine::check::run(&mut owner).await.unwrap()),
            broken(run_part(&mut owner, Part::of(city.today())).await.unwrap()),
        ] {
            assert!(found.iter().any(|(id, _)| *id == law), "{fault}: {found:?}");
        }
        owner.rollback().await.unwrap();
    }
}

/// In a database that was restored, transactions are numbered from the beginning: one of them has the number of another, of
/// before, which left no mark.
#[tokio::test]
async fn a_mark_takes_in_nothing_that_another_transaction_of_its_number_wrote() {
    let city = City::new().await;
    let unmarked = "insert into channel (code, name, method, serial_scope) values ('ghost', '幽灵', 'wechat', 'batch')";
    sqlx::raw_sql(unmarked).execute(&city.owner).await.unwrap();
    assert_eq!(city.broken().await, ["27e"]);
    city.by_hand("update written set transaction = pg_current_xact_id()").await;
    assert_eq!(city.broken().await, ["27e"]);
}
