//! What was written down once is never otherwise: marks keep digests of it, or another entry says the same.

use engine::channels::{Settled, Settles};
use engine::register::AccountChange;
use engine::remittance::{Remit, record};
use terms::{AccountId, FeeItem, Role};

use super::history::change;
use crate::city::{City, DAOJIAO, yuan};

/// Tables that no mark keeps row by row, and the invariants that compare them.
const COMPARED: [(&str, &str); 37] = [
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
    ("credential", "25n"),
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
const FREE_COLUMNS: [(&str, &str); 6] = [
    ("allocation.id", "a number that nothing else bears"),
    ("bill_run.finished_at", "the state of running work"),
    ("bill_run.started_at", "the state of running work"),
    ("bill_run.state", "the state of running work"),
    ("charge_line.basis", "how a figure came about, in words; the figure itself is asked again"),
    ("prepaid_entry.id", "the place in its chain, of which the balances are asked"),
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
    let findings = engine::check::run(&mut city.owner.acquire().await.unwrap()).await.unwrap();
    for (table, by) in COMPARED {
        for id in by.split(' ') {
            assert!(findings.iter().any(|found| found.id == id), "{table}: {id}");
        }
    }
}

/// Changes one value of each column that is kept, wherever its table has a row, and takes one row away of each table; gives
/// what no digest missed. A value that its column refuses is none.
const SILENT: &str = r#"
create function pg_temp.is_missed(asked text) returns boolean language sql as $$
    select exists (
        select from (select w->>0 as source, w->>1 as keys, w->>2 as digest
                     from operation_log l cross join jsonb_array_elements(l.details->'wrote') w where l.details ? 'wrote'
                     union all select source, keys::text, digest from written) w
        where w.source = asked and w.digest <> written_digest(w.source, w.keys::int8multirange))
$$;
create function pg_temp.silent() returns setof text language plpgsql as $$
declare
    one record;
    said text;
begin
    for one in
        select k.source, a.attname::text as name, case
                when t.name in ('smallint', 'integer', 'bigint') or t.name like 'numeric%' then '%I + 1'
                when t.name = 'date' then '%I + 1'
                when t.name like 'timestamp%' then '%I - interval ''61 minutes'''
                when t.name = 'boolean' then 'not %I'
                when t.name = 'jsonb' then '%I || ''{"zz": 1}'''
                when t.name = 'bytea' then '%I || ''\x00'''
                when t.name = 'bigint[]' then '%I || 1::bigint'
                else '%I || ''9''' end as otherwise
        from kept_tables() k
        join pg_attribute a on a.attrelid = format('public.%I', k.source)::regclass and a.attnum > 0 and not a.attisdropped
        join pg_type y on y.oid = a.atttypid
        cross join lateral (select format_type(coalesce(nullif(y.typbasetype, 0), y.oid), null) as name) t
        where a.attname <> all (k.free) and exists (
            select from pg_attribute r where r.attrelid = format('public.%I', k.relation)::regclass and r.attname = a.attname)
        union all
        select k.source, null, null from kept_tables() k
        order by 1, 2
    loop
        begin
            if one.name is null then
                execute format('with x as (select tableoid as o, ctid as c from public.%1$I limit 1)
                    delete from public.%1$I u using x where (u.tableoid, u.ctid) = (x.o, x.c)', one.source);
            else
                execute format('with x as (select tableoid as o, ctid as c from public.%1$I where %2$I is not null limit 1)
                    update public.%1$I u set %2$I = %3$s from x where (u.tableoid, u.ctid) = (x.o, x.c)',
                    one.source, one.name, format(one.otherwise, one.name));
            end if;
            get diagnostics said = row_count;
            if said = '0' or pg_temp.is_missed(one.source) then
                said := '';
            else
                said := concat_ws('.', one.source, one.name);
            end if;
            raise exception using errcode = 'ZZ000', message = said;
        exception when sqlstate 'ZZ000' then
            if sqlerrm <> '' then
                return next sqlerrm;
            end if;
        when integrity_constraint_violation or data_exception then
            null;
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
    let quiet = format!("set local session_replication_role = replica; {SILENT}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(quiet)).execute(&mut *owner).await.unwrap();
    let silent = sqlx::query_scalar("select * from pg_temp.silent()");
    let silent: Vec<String> = silent.fetch_all(&mut *owner).await.unwrap();
    assert!(silent.is_empty(), "{silent:?}");
    owner.rollback().await.unwrap();
}
