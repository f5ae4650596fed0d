//! The books are added to, never changed: not by the application, and not by the owner of the database.

use engine::billing::ChargeKind;
use engine::channels::{SerialScope, Settled, Settles, SuspenseReason};
use engine::closing::PeriodKind;
use engine::extract::JobState;
use engine::prepaid::PrepaidKind;
use engine::reading::{Decision, Flag, Source};
use engine::register::{GarbageClass, PointKind, RateBasis, SewageClass, UseClass};
use engine::tariff::RateKind;
use insta::assert_snapshot;
use tables::{ColumnKind, Kind};
use terms::{
    ExportFormat, FeeItem, PaperEvent, PaperFate, PayMethod, ReceiptMedium, ReceiptType, Role,
};

use crate::city::{City, yuan};

/// Every table of the ledger.
const LEDGER: [&str; 60] = [
    "played",
    "operation_log",
    "account_version",
    "account_approval",
    "payer_version",
    "payer_approval",
    "service_point_version",
    "meter_version",
    "person_version",
    "stand_in",
    "stand_in_end",
    "reading",
    "reading_review",
    "bill_issue",
    "charge",
    "charge_reading",
    "charge_month",
    "charge_reversal",
    "charge_line",
    "payment",
    "allocation",
    "prepaid_entry",
    "payment_tender",
    "remittance",
    "receipt",
    "receipt_number",
    "receipt_line",
    "receipt_event",
    "cashier_close",
    "close_item",
    "close_paper",
    "cash_count",
    "channel",
    "channel_batch",
    "channel_file",
    "channel_item",
    "channel_item_event",
    "hold",
    "hold_release",
    "month_close",
    "outbox",
    "outbox_delivery",
    "reversal_request",
    "reversal_answer",
    "reversal_approved",
    "charge_reversal_request",
    "charge_reversal_answer",
    "charge_reversal_approved",
    "item_request",
    "item_answer",
    "item_approved",
    "rate_order",
    "rate_decision",
    "tariff_tier",
    "surcharge_step",
    "reading_superseded",
    "payment_key",
    "payment_reversal",
    "number_given",
    "collected_month",
];

/// Tables of which the warehouse knows nothing, and why.
const NOT_CAPTURED: [(&str, &str); 50] = [
    ("_sqlx_migrations", "the history of the schema"),
    ("bill_failure", "the state of running work"),
    ("bill_run", "the state of running work; what went out is in bill_issue"),
    ("bill_run_chunk", "the state of running work"),
    ("calendar_day", "no question counts working days yet"),
    ("cash_count", "the counted notes of a close, whose sums are in cashier_close"),
    ("change_ahead", "a projection of account_version and account_approval"),
    ("channel_file", "a file as it came in; what it holds is in channel_item"),
    ("channel_item_open", "a projection of channel_item, channel_item_event and payment"),
    ("charge_balance", "a projection of charge_line and allocation"),
    ("charge_month", "the key that lets a month be charged once; its charge says the months"),
    ("charge_reversal", "a projection of charge"),
    ("charge_reversal_answer", "what was asked for and refused; what was done is in charge"),
    ("charge_reversal_approved", "a projection of charge_reversal_request and its answers"),
    ("charge_reversal_request", "what was asked for; what was done is in charge"),
    ("close_item", "payments of a close, which share its cashier and day"),
    ("collected_month", "a projection of allocation"),
    ("credential", "a secret"),
    ("export_job", "the state of running work"),
    ("fee_apart", "a setting of the counter"),
    ("held_charge", "a projection of hold and hold_release"),
    ("item_answer", "what was asked for and refused; what was done is in payment"),
    ("item_approved", "a projection of item_request and item_answer"),
    ("item_request", "what was asked for; what was done is in payment"),
    ("login_attempt", "the state of the doors"),
    ("login_place", "the state of the doors"),
    ("number_given", "a projection of receipt_number"),
    ("open_day", "a projection of payment, receipt_event and cashier_close"),
    ("operation_chain", "the end of a chain"),
    ("operation_log", "who did what is asked on its own page, by those who may"),
    ("outbox", "what leaves the house"),
    ("outbox_delivery", "what leaves the house"),
    ("outbox_due", "what leaves the house"),
    ("payment_key", "the caller's"),
    ("payment_reversal", "a projection of payment"),
    ("period_pointer", "a projection of month_close"),
    ("permission", "a setting of the doors"),
    ("played", "whose books these are is no figure"),
    ("prepaid_balance", "a projection of prepaid_entry"),
    ("reading_superseded", "a projection of reading"),
    ("reversal_answer", "what was asked for and refused; what was done is in payment"),
    ("reversal_approved", "a projection of reversal_request and reversal_answer"),
    ("reversal_request", "what was asked for; what was done is in payment"),
    ("role", "a setting of the doors"),
    ("role_permission", "a setting of the doors"),
    ("session", "a secret"),
    ("slip_standing", "a projection of payment_tender"),
    ("stock_segment", "a projection of receipt_event"),
    ("unfinished", "empty between transactions"),
    ("written", "what a mark takes in before its transaction ends"),
];

#[tokio::test]
async fn the_warehouse_knows_every_table_or_it_is_said_why_not() {
    let city = City::new().await;
    let published =
        "select tablename::text from pg_publication_tables where pubname = 'weir_pub' order by 1";
    let published: Vec<String> =
        sqlx::query_scalar(published).fetch_all(&city.owner).await.unwrap();
    let mut declared: Vec<_> = tables::catalog::all().iter().map(|def| def.name).collect();
    declared.sort_unstable();
    assert_eq!(published, declared);
    let left = "select relname::text from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
            and relname not in (select tablename from pg_publication_tables where pubname = 'weir_pub') order by 1";
    let left: Vec<String> = sqlx::query_scalar(left).fetch_all(&city.owner).await.unwrap();
    assert_eq!(left, NOT_CAPTURED.map(|(table, _)| table));
}

/// What PostgreSQL publishes of each table and what is declared of it: the same columns of the same types, the same
/// tables that never change, and the key by which a row of the others is known.
#[tokio::test]
async fn each_table_is_declared_as_postgres_has_it() {
    let city = City::new().await;
    let published = "select p.tablename::text || '.' || a.attname || ' ' || (
            with recursive base as (
                select t.oid, t.typbasetype, case when a.atttypmod >= 0 then a.atttypmod else t.typtypmod end as typmod
                from pg_type t where t.oid = a.atttypid
                union all
                select t.oid, t.typbasetype, case when b.typmod >= 0 then b.typmod else t.typtypmod end
                from base b join pg_type t on t.oid = b.typbasetype
            ) select format_type(b.oid, b.typmod) from base b where b.typbasetype = 0)
        from pg_publication_tables p join pg_class c on c.relname = p.tablename and c.relnamespace = 'public'::regnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attname = any (p.attnames)
        where p.pubname = 'weir_pub'";
    let published: Vec<String> =
        sqlx::query_scalar(published).fetch_all(&city.owner).await.unwrap();
    let mut published = Vec::from_iter(published.into_iter().map(|column| {
        let (name, kind) = column.split_once(' ').unwrap();
        let kind = match kind {
            "smallint" => "integer".to_owned(),
            _ => match kind.strip_prefix("numeric(").and_then(|of| of.strip_suffix(')')) {
                Some(of) => format!("numeric {}", of.rsplit(',').next().unwrap()),
                None => kind.to_owned(),
            },
        };
        format!("{name} {kind}")
    }));
    published.sort_unstable();
    let mut declared: Vec<String> = Vec::new();
    for def in tables::catalog::all() {
        for column in def.columns {
            let kind = match column.kind {
                ColumnKind::Int => "integer".to_owned(),
                ColumnKind::BigInt => "bigint".to_owned(),
                ColumnKind::Text => "text".to_owned(),
                ColumnKind::Date => "date".to_owned(),
                ColumnKind::Timestamp => "timestamp with time zone".to_owned(),
                ColumnKind::Bool => "boolean".to_owned(),
                ColumnKind::Decimal(scale) => format!("numeric {scale}"),
            };
            declared.push(format!("{}.{} {kind}", def.name, column.name));
        }
    }
    declared.sort_unstable();
    assert_eq!(published, declared);

    let kinds = "select p.tablename::text, exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'append_only'),
            (select array_agg(a.attname::text order by a.attnum) from pg_index i
                join pg_attribute a on a.attrelid = c.oid and a.attnum = any (i.indkey::int2[])
                where i.indrelid = c.oid and i.indisprimary), c.relreplident::text
        from pg_publication_tables p join pg_class c on c.relname = p.tablename and c.relnamespace = 'public'::regnamespace
        where p.pubname = 'weir_pub'";
    let kinds: Vec<(String, bool, Vec<String>, String)> =
        sqlx::query_as(kinds).fetch_all(&city.owner).await.unwrap();
    for (table, is_ledger, key, identity) in kinds {
        let def = tables::catalog::find(&table).unwrap();
        assert_eq!(def.kind == Kind::Ledger, is_ledger, "{table}");
        assert!(is_ledger || key == [def.key], "{table}: {key:?}");
        assert_eq!(identity, "d", "{table}: rows are known by their key");
    }
}

/// A row in every table of the ledger that a day at the counter fills.
async fn busy_day(city: &City) {
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    till.collect(&account, "103.33").await;
    till.close().await;
}

/// A row of nothing in a table that the day has left empty, so that its row triggers have one to speak of: until the
/// transaction is rolled back, the table asks nothing of its rows.
const ROW_OF_NOTHING: &str = "do $$ declare
        loosened text;
    begin
        drop publication weir_pub;
        perform set_config('session_replication_role', 'replica', true);
        if (select relkind = 'p' from pg_class where oid = 'TABLE'::regclass) then
            create table of_no_month partition of TABLE default;
        end if;
        for loosened in
            select format('drop constraint if exists %I cascade', conname) from pg_constraint
            where conrelid = 'TABLE'::regclass and contype in ('c', 'p')
            union all
            select format('alter %I drop identity if exists, alter %1$I drop not null', attname) from pg_attribute
            where attrelid = 'TABLE'::regclass and attnum > 0 and not attisdropped
        loop
            execute 'alter table TABLE ' || loosened;
        end loop;
        insert into TABLE default values;
        perform set_config('session_replication_role', 'origin', true);
    end $$";

#[tokio::test]
async fn nobody_changes_a_row_of_the_ledger() {
    let city = City::new().await;
    busy_day(&city).await;
    for table in LEDGER {
        for statement in [
            format!("update {table} set id = id"),
            format!("delete from {table}"),
            format!("truncate {table} cascade"),
        ] {
            // A table without an `id` shows its law on the first column there is.
            let column = first_column(&city, table).await;
            let statement = statement.replace("id = id", &format!("{column} = {column}"));
            let application = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.clone()))
                .execute(&city.pool)
                .await
                .expect_err(&statement)
                .to_string();
            assert!(application.contains("permission denied"), "{statement}: {application}");
            // Row triggers speak where there is a row.
            let mut tx = city.owner.begin().await.unwrap();
            let rows = format!("select count(*) from {table}");
            let rows: i64 =
                sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_one(&mut *tx).await.unwrap();
            if rows == 0 {
                let row = sqlx::AssertSqlSafe(ROW_OF_NOTHING.replace("TABLE", table));
                sqlx::raw_sql(row).execute(&mut *tx).await.unwrap();
            }
            let owner = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.clone()))
                .execute(&mut *tx)
                .await
                .expect_err(&statement)
                .to_string();
            assert!(owner.contains("append_only"), "{statement}: {owner}");
            tx.rollback().await.unwrap();
        }
    }
}

#[tokio::test]
async fn no_table_of_the_ledger_is_forgotten() {
    let city = City::new().await;
    let held = "select c.relname::text from pg_trigger t join pg_class c on c.oid = t.tgrelid
        where t.tgname = 'append_only' and not c.relispartition order by 1";
    let held: Vec<String> = sqlx::query_scalar(held).fetch_all(&city.owner).await.unwrap();
    let mut listed = LEDGER;
    listed.sort_unstable();
    assert_eq!(held, listed);
}

/// What the application may do to tables besides reading them, asked of the database.
async fn rights(city: &City, sql: &'static str) -> Vec<String> {
    sqlx::query_scalar(sql).fetch_all(&city.owner).await.unwrap()
}

#[tokio::test]
async fn the_application_adds_to_the_ledger_and_changes_what_is_listed_here() {
    let city = City::new().await;
    busy_day(&city).await;
    let on_the_ledger = rights(
        &city,
        "select distinct g.privilege_type::text from information_schema.role_table_grants g
         join pg_trigger t on t.tgrelid = format('public.%I', g.table_name)::regclass and t.tgname = 'append_only'
         where g.grantee = 'weir_app' and g.table_schema = 'public' order by 1",
    );
    assert_eq!(on_the_ledger.await, ["INSERT", "SELECT"]);
    // A partition is written through its root.
    let on_partitions = rights(
        &city,
        "select distinct g.privilege_type::text from information_schema.role_table_grants g
         join pg_class c on c.oid = format('public.%I', g.table_name)::regclass and c.relispartition
         where g.grantee = 'weir_app' and g.table_schema = 'public' order by 1",
    );
    assert_eq!(on_partitions.await, ["SELECT"]);
    let whole = rights(
        &city,
        "select table_name || ': ' || string_agg(lower(privilege_type), ', ' order by privilege_type)
         from information_schema.role_table_grants
         where grantee = 'weir_app' and table_schema = 'public' and privilege_type not in ('SELECT', 'INSERT')
         group by table_name order by table_name",
    );
    assert_snapshot!(whole.await.join("\n"), @"
    bill_failure: delete
    login_attempt: delete, update
    login_place: update
    session: delete
    ");
    let columns = rights(
        &city,
        "select table_name || ': ' || string_agg(column_name, ', ' order by column_name)
         from information_schema.role_column_grants c
         where grantee = 'weir_app' and table_schema = 'public' and privilege_type = 'UPDATE'
             and not exists (select from information_schema.role_table_grants w
                             where (w.grantee, w.table_name, w.privilege_type) = (c.grantee, c.table_name, c.privilege_type))
         group by table_name order by table_name",
    );
    assert_snapshot!(columns.await.join("\n"), @"
    account: phone
    app_user: active, name, outlet_id, role, town_id
    bill_run: finished_at, started_at, starts, state
    bill_run_chunk: amount, charges, last_account, looked_at, looked_by, looked_in, start
    credential: password_hash, set_at
    export_job: beat_at, bytes, finished_at, made_for, message, rows, sha256, snapshot_seq, state, worker
    meter: removed_on
    outbox_due: attempts, due_at, is_dead, trouble
    session: expires_at
    ");
}

#[tokio::test]
async fn each_table_that_is_entered_is_held_to_the_present_and_its_ids_to_the_database() {
    let city = City::new().await;
    let of_the_past = rights(
        &city,
        "select c.relname::text from pg_class c
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
             and has_any_column_privilege('weir_app', c.oid, 'insert, update')
             and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'see_the_present') order by 1",
    );
    // Nothing of money or water is decided by these.
    assert_snapshot!(of_the_past.await.join(" "), @"bill_failure calendar_day export_job login_attempt login_place organisation outbox_due reading_book session town village");
    let unbounded = rights(
        &city,
        "select c.relname || '.' || a.attname from pg_class c join pg_attribute a on a.attrelid = c.oid
         join pg_trigger l on l.tgrelid = c.oid and l.tgname = 'append_only'
         where not c.relispartition and a.atttypid = 'timestamptz'::regtype and not exists (
             select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'bound_moment'
                 and pg_get_triggerdef(t.oid) ~ ('new\\.' || a.attname || '\\M')) order by 1",
    );
    // What is yet to come; and what other functions bound.
    assert_snapshot!(unbounded.await.join(" "), @"hold.ends_at operation_log.at payment.posted_at stand_in.from_at stand_in.until_at");
    let numbered = rights(
        &city,
        "select c.relname || case when exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'hold_ids') then '' else ' unasked' end
         from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'id' and (a.atthasdef or a.attidentity <> '')
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
             and has_column_privilege('weir_app', c.oid, a.attnum, 'insert') order by 1",
    );
    assert_snapshot!(numbered.await.join(", "), @"account, charge, charge_line, meter, payer, service_point");
}

async fn first_column(city: &City, table: &str) -> String {
    sqlx::query_scalar(
        "select attname::text from pg_attribute where attrelid = $1::regclass and attnum > 0
           and attidentity = '' order by attnum limit 1",
    )
    .bind(table)
    .fetch_one(&city.owner)
    .await
    .unwrap()
}

/// A row in every table that lies by the month: besides a bill that is paid and closed, a reading that was looked at,
/// money left with us, and what a channel brought for a bill of another amount.
async fn day_in_all_rooms(city: &City) {
    let till = city.counter().await;
    let account = city.household_owing_for("陈大文", "30").await;
    let large = city.household_owing_for("李四", "250").await;
    till.deposit(&account, "50").await;
    till.collect(&account, "103.33").await;
    let settles = Settles::UpTo(city.period());
    let item = Settled { account: large.id, settles, serial: "1".to_owned(), gross: yuan("1") };
    assert_eq!(city.settle("wechat", "W1", vec![item]).await.refused.len(), 1);
    till.close().await;
}

#[tokio::test]
async fn a_partition_is_no_back_door() {
    let city = City::new().await;
    day_in_all_rooms(&city).await;
    let roots: Vec<String> =
        sqlx::query_scalar("select root from rooms()").fetch_all(&city.owner).await.unwrap();
    assert!(roots.len() >= 15, "{roots:?}");
    for root in roots {
        let sql = format!("select tableoid::regclass::text from {root} limit 1");
        let partition: Option<String> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_optional(&city.owner).await.unwrap();
        let partition = partition.unwrap_or_else(|| panic!("the day leaves {root} empty"));
        assert_ne!(partition, root);
        let column = first_column(&city, &partition).await;
        for (what, statement) in [
            ("update", format!("update {partition} set {column} = {column}")),
            ("delete", format!("delete from {partition}")),
            ("truncate", format!("truncate {partition}")),
        ] {
            let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.clone()))
                .execute(&city.owner)
                .await
                .expect_err(&statement)
                .to_string();
            let law = format!("append_only: {what} of {partition} is refused");
            assert!(refused.contains(&law), "{statement}: {refused}");
        }
    }
}

#[tokio::test]
async fn what_the_books_cannot_hold_is_refused_by_the_database_itself() {
    let city = City::new().await;
    busy_day(&city).await;
    let forged = [
        // A second reversal, a payment that is not used up, a charge paid twice, a number used twice.
        "insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at, received, net, idempotency_key,  request_hash)
         select next_payment_id(posted_at), 'payment', account_id, town_id, outlet_id,
             (select min(id) from app_user where id not in (select cashier_id from cashier_close)), 'pos', account_date, posted_at, 5, 5, 'forged', ''
         from payment limit 1",
        "insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id, method, account_date, owner_id, fee_item, amount)
         select bill_period, payment_id, charge_id, -charge_line_id, account_id, town_id, outlet_id, method, account_date, owner_id, fee_item, amount from allocation limit 1",
        "insert into receipt_number (receipt_id, receipt_type, code, no, paper_no, town_id, outlet_id, assigned_at)
         select b.id, n.receipt_type, n.code, n.no, n.paper_no, n.town_id, n.outlet_id, n.assigned_at
         from receipt_number n join receipt b on b.id <> n.receipt_id limit 1",
        "insert into charge_line (bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity, unit_price, amount, tariff_version_id, basis)
         select bill_period, charge_id, account_id, town_id, outlet_id, owner_id, fee_item, tier, quantity, unit_price, amount + 0.01, tariff_version_id, basis from charge_line limit 1",
        "insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at, received, net, idempotency_key, request_hash)
         select next_payment_id(posted_at), 'payment', account_id, town_id, outlet_id, cashier_id, 'cash', account_date, posted_at, 0, 0, 'late', '' from payment limit 1",
    ];
    let mut answers = Vec::new();
    for statement in forged {
        let refused = sqlx::raw_sql(statement).execute(&city.owner).await.expect_err(statement);
        let said = refused.as_database_error().unwrap().message().to_owned();
        answers.push(said.split(": ").next().unwrap().to_owned());
    }
    assert_snapshot!(answers.join("\n"), @r#"
    payment_not_used_up
    entry_not_whole
    duplicate key value violates unique constraint "receipt_number_202611_pkey"
    new row for relation "charge_line_202611" violates check constraint "charge_line_check"
    day_closed
    "#);
    city.check().await;
}

/// The words of a domain, as its check lists them.
async fn words(city: &City, domain: &str) -> Vec<String> {
    sqlx::query_scalar(
        "select m[1] from pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''::', 'g') as m
         where c.contypid = $1::regtype",
    )
    .bind(domain)
    .fetch_all(&city.owner)
    .await
    .unwrap()
}

#[tokio::test]
async fn roles_and_permissions_are_the_same_in_rust_and_in_the_database() {
    use engine::access::{Action, roles};
    use std::collections::BTreeSet;

    let city = City::new().await;
    let names: Vec<String> =
        sqlx::query_scalar("select name from permission").fetch_all(&city.owner).await.unwrap();
    let ours: BTreeSet<_> = Action::ALL.iter().map(|act| act.code()).collect();
    assert_eq!(names.iter().map(String::as_str).collect::<BTreeSet<_>>(), ours);
    let roles = roles(&mut city.owner.acquire().await.unwrap()).await.unwrap();
    let known: Vec<_> = roles.iter().map(|role| (role.role, role.name.as_str())).collect();
    assert_eq!(known, Role::ALL.iter().map(|role| (*role, role.label())).collect::<Vec<_>>());
}

#[tokio::test]
async fn each_closed_list_is_the_same_in_rust_and_in_the_database() {
    let city = City::new().await;
    let lists: [(&str, Vec<&str>); 25] = [
        ("fee_item", FeeItem::ALL.iter().map(|w| w.code()).collect()),
        ("pay_method", PayMethod::ALL.iter().map(|w| w.code()).collect()),
        ("receipt_type", ReceiptType::ALL.iter().map(|w| w.code()).collect()),
        ("receipt_medium", ReceiptMedium::ALL.iter().map(|w| w.code()).collect()),
        ("paper_event", PaperEvent::ALL.iter().map(|w| w.code()).collect()),
        ("paper_fate", PaperFate::ALL.iter().map(|w| w.code()).collect()),
        ("user_role", Role::ALL.iter().map(|w| w.code()).collect()),
        ("use_class", UseClass::ALL.iter().map(|w| w.code()).collect()),
        ("sewage_class", SewageClass::ALL.iter().map(|w| w.code()).collect()),
        ("garbage_class", GarbageClass::ALL.iter().map(|w| w.code()).collect()),
        ("point_kind", PointKind::ALL.iter().map(|w| w.code()).collect()),
        ("rate_kind", RateKind::ALL.iter().map(|w| w.code()).collect()),
        ("rate_basis", RateBasis::ALL.iter().map(|w| w.code()).collect()),
        ("park_reason", engine::billing::ParkReason::ALL.iter().map(|w| w.code()).collect()),
        ("charge_kind", ChargeKind::ALL.iter().map(|w| w.code()).collect()),
        ("reading_flag", Flag::ALL.iter().map(|w| w.code()).collect()),
        ("reading_source", Source::ALL.iter().map(|w| w.code()).collect()),
        ("review_decision", Decision::ALL.iter().map(|w| w.code()).collect()),
        ("prepaid_kind", PrepaidKind::ALL.iter().map(|w| w.code()).collect()),
        ("export_format", ExportFormat::ALL.iter().map(|w| w.code()).collect()),
        ("job_state", JobState::ALL.iter().map(|w| w.code()).collect()),
        ("serial_scope", SerialScope::ALL.iter().map(|w| w.code()).collect()),
        ("item_refusal", SuspenseReason::ALL.iter().map(|w| w.code()).collect()),
        ("period_kind", PeriodKind::ALL.iter().map(|w| w.code()).collect()),
        ("outbox_topic", engine::outbox::Topic::ALL.iter().map(|w| w.code()).collect()),
    ];
    for (domain, list) in lists {
        assert_eq!(words(&city, domain).await, list, "{domain}");
    }
    // And no column of the name stands outside of its domain; nor does any other list of words but those said here, which
    // no program reads as a list.
    let outside = "select count(*) from information_schema.columns where table_schema = 'public'
        and table_name in (select relname from pg_class where relkind in ('r', 'p'))
        and (column_name in ('bill_period', 'service_period', 'pay_period', 'receipt_period', 'open_period') or numeric_scale = 2)
        and domain_name is null";
    assert_eq!(city.count(outside).await, 0);
    let listed: Vec<String> = sqlx::query_scalar(
        "select c.table_name || '.' || c.column_name from information_schema.columns c
         join pg_class t on t.oid = format('public.%I', c.table_name)::regclass and t.relkind in ('r', 'p') and not t.relispartition
         where c.table_schema = 'public' and c.data_type = 'text' and c.domain_name is null
             and (c.column_name in (select domain_name from information_schema.domains)
                 or c.column_name in ('method', 'kind', 'state', 'role', 'event', 'decision', 'flag', 'source', 'fate',
                     'medium', 'topic', 'format', 'status', 'refusal', 'basis')
                 or exists (select from pg_constraint l where l.conrelid = t.oid and l.contype = 'c'
                     and pg_get_constraintdef(l.oid) like format('CHECK ((%I = ANY (ARRAY[%%', c.column_name)))
         order by 1",
    )
    .fetch_all(&city.owner)
    .await
    .unwrap();
    assert_snapshot!(listed.join("\n"), @"
    account.status
    account_approval.decision
    bill_run.state
    calendar_day.kind
    channel_item_event.event
    channel_item_open.state
    charge_line.basis
    late_fee_rule.source
    late_fee_rule.status
    operation_log.door
    organisation.kind
    payer_approval.decision
    payment.kind
    rate_decision.decision
    receipt.kind
    remittance.kind
    tariff_version.source
    tariff_version.status
    written.source
    ");
    for month in ["190000", "202613", "300001", "0"] {
        let cast = format!("select {month}::bill_period");
        sqlx::raw_sql(sqlx::AssertSqlSafe(cast)).execute(&city.owner).await.expect_err(month);
    }
}
