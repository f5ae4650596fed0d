-- What was written down once and is never told by a sum: who opened which account, what a bank's file held, which paper was
-- leased to whom, how much was remitted. Each act's mark keeps digests of the rows that it wrote, table by table, so that whoever
-- changes or takes away one of them later differs from a chained mark, be it the owner of the database. Money has digests of
-- its own: those of bills, postings, tills, days and months; rights are told as laws.

-- The tables, the key that their rows are looked up by, and the columns that change by right and are compared elsewhere.
-- An account, payer, place or meter is told as it was opened: what it has become since is compared with its versions.
create function kept_tables() returns table (source text, relation text, key text, period text, free text[]) language sql immutable
    set search_path = pg_catalog, public, pg_temp as $$
    select v.source, coalesce(v.relation, v.source), coalesce(v.key, 'id'), v.period, coalesce(v.free::text[], '{}')
    from (values
        ('town', null, null, null, null), ('village', null, null, null, null), ('organisation', null, null, null, null),
        ('calendar_day', null, 'to_char(day, ''YYYYMMDD'')::bigint', null, null),
        ('fee_apart', null, 'hashtextextended(outlet_id || fee_item, 0)', null, null),
        -- Who somebody is now is compared with the versions of the person.
        ('app_user', null, null, null, '{name,role,outlet_id,town_id,active}'),
        -- A pass word is compared with the mark that set it; here is told that there is one.
        ('credential', null, 'user_id', null, '{password_hash,set_at}'), ('person_version', null, null, null, null),
        ('stand_in', null, null, null, null), ('stand_in_end', null, 'stand_in_id', null, null),
        ('reading_book', null, null, null, null),
        ('payer', 'payer_opened', null, null, null), ('payer_version', null, null, null, null),
        ('payer_approval', null, 'version_id', null, null),
        ('service_point', 'service_point_opened', null, null, null), ('service_point_version', null, null, null, null),
        ('account', 'account_opened', null, null, null), ('account_version', null, null, null, null),
        ('account_approval', null, 'version_id', null, null),
        ('meter', 'meter_opened', null, null, null), ('meter_version', null, null, null, null),
        -- When an ordered rate was approved is compared with the decision, and so is until when it held.
        ('rate_order', null, null, null, null), ('rate_decision', null, 'order_id', null, null),
        ('tariff_version', null, null, null, '{replaced_at}'), ('tariff_tier', null, 'version_id::bigint * 1000 + tier', null, null),
        ('surcharge_step', null, 'version_id::bigint * 1000 + tier', null, null), ('late_fee_rule', null, null, null, '{replaced_at}'),
        ('fee_owner', null, null, null, '{replaced_at}'), ('overquota_plan', null, null, null, '{replaced_at}'),
        ('reading', null, null, 'bill_period', null), ('reading_review', null, 'reading_id', 'bill_period', null),
        ('bill_run', null, null, null, '{state,started_at,starts,finished_at}'), ('bill_issue', null, null, null, null),
        ('charge_reversal_request', null, null, null, null), ('charge_reversal_answer', null, 'request_id', null, null),
        ('reversal_request', null, null, null, null), ('reversal_answer', null, 'request_id', null, null),
        ('receipt_event', null, null, null, null), ('cashier_close', null, null, null, null), ('close_paper', null, 'close_id', null, null),
        ('month_close', null, null, null, null), ('remittance', null, null, null, null),
        ('channel', null, null, null, null), ('channel_batch', null, null, null, null), ('channel_file', null, null, null, null),
        ('channel_item', null, null, 'settled_period', null), ('channel_item_event', null, null, null, null),
        ('item_request', null, null, null, null), ('item_answer', null, 'request_id', null, null),
        ('hold', null, null, null, null), ('hold_release', null, 'hold_id', null, null),
        ('outbox', null, null, null, null), ('outbox_delivery', null, 'outbox_id', null, null)
    ) v (source, relation, key, period, free)
$$;

create view payer_opened as
select p.id, p.town_id, case when o.id is null then p.name else o.name end as name,
    case when o.id is null then p.phone else o.phone end as phone, case when o.id is null then p.document else o.document end as document
from payer p left join payer_version o on o.payer_id = p.id and o.submitted_by is null;
create view service_point_opened as
select s.id, s.town_id, s.kind, case when o.id is null then s.village_code else o.village_code end as village_code,
    case when o.id is null then s.address else o.address end as address
from service_point s left join service_point_version o on o.service_point_id = s.id and o.submitted_by is null;
create view meter_opened as
select m.id, m.service_point_id, m.account_id, m.start_index, m.installed_on, m.installed_by, m.recorded_at,
    case when o.id is null then m.serial_no else o.serial_no end as serial_no,
    case when o.id is null then m.caliber_mm else o.caliber_mm end as caliber_mm,
    case when o.id is null then m.max_range else o.max_range end as max_range
from meter m left join meter_version o on o.meter_id = m.id and o.submitted_by is null;
-- Names, telephone and address are those of payer and place.
create view account_opened as
select a.id, a.no, a.service_point_id, a.town_id, a.outlet_id, a.book_id, a.book_seq, a.pay_method, a.status, a.opened_on,
    s.use_class, s.sewage_class, s.garbage_class, s.persons, s.supplier_id, s.area_m2, s.bins, s.households, s.levy_ratio, s.payer_id
from account a
left join account_version o on o.account_id = a.id and o.submitted_by is null
cross join lateral (
    select a.use_class, a.sewage_class, a.garbage_class, a.persons, a.supplier_id, a.area_m2, a.bins, a.households, a.levy_ratio, a.payer_id
    where o.id is null
    union all
    select o.use_class, o.sewage_class, o.garbage_class, o.persons, o.supplier_id, o.area_m2, o.bins, o.households, o.levy_ratio, o.payer_id
    where o.id is not null) s;

-- SHA-256 over the rows of a table under these keys, in order. What there is nothing of is left out: so a column that comes
-- later changes no digest. Moments and figures are written in one way, whatever the session is set to.
create function digest_of(relation text, key text, period text, free text[], keys int8multirange) returns text language plpgsql stable
    security definer set search_path = pg_catalog, public, pg_temp set datestyle = 'ISO, YMD' set timezone = 'Asia/Shanghai'
    set bytea_output = 'hex' set extra_float_digits = 1 set jit = off set enable_seqscan = off as $$
declare
    -- Named beforehand, so that other months are not looked into.
    months text;
    digest text;
begin
    if period is not null then
        select format(' and t.%I = any (%L::integer[])', period, array_agg(distinct month_of_id(lower(r.keys)))) into months
        from unnest(keys) as r(keys);
    end if;
    execute format(
        'select encode(sha256(convert_to(coalesce(string_agg(said, E''\n'' order by written_key, said collate "C"), ''''), ''UTF8'')), ''hex'')
         from (select t.written_key, (jsonb_strip_nulls(to_jsonb(t) - ''written_key''::text - %3$L::text[]
                   - case when to_jsonb(t)->>''order_id'' is null then '''' else ''approved_at'' end))::text as said
               from unnest($1) as r(keys)
               cross join lateral (select t.*, (%2$s)::bigint as written_key from public.%1$I t
                   where (%2$s)::bigint >= lower(r.keys) and (%2$s)::bigint < upper(r.keys)%4$s) t) rows',
        relation, key, free, coalesce(months, ''))
    into digest using keys;
    return digest;
end $$;

create function written_digest(source text, keys int8multirange) returns text language plpgsql stable
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    kept record;
begin
    select * into strict kept from kept_tables() k where k.source = written_digest.source;
    return digest_of(kept.relation, kept.key, kept.period, kept.free, keys);
end $$;

-- What a transaction wrote and no mark of it has taken in: none lives longer than its transaction. What the owner left without
-- a mark stays, and is found; a database that was restored gives its transaction's number to another, later: so the moment
-- at which a transaction began tells which of them it was.
create table written (
    transaction xid8 not null default pg_current_xact_id(),
    id          bigint generated always as identity,
    at          timestamptz not null default now(),
    source      text not null,
    keys        int8multirange not null,
    digest      text not null,
    primary key (transaction, id)
);

-- What is written to a table is told as the trigger on it says: its name, and what `kept_tables` tells of it.
create function note_written() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    kept constant text := tg_argv[0];
    key constant text := tg_argv[2];
    entered_keys int8multirange;
begin
    execute format('select range_agg(int8range(k, k, ''[]'')) from (select (%s)::bigint as k from entered) e', key) into entered_keys;
    if entered_keys is not null then
        insert into written (source, keys, digest)
        values (kept, entered_keys, digest_of(tg_argv[1], key, nullif(tg_argv[3], ''), tg_argv[4]::text[], entered_keys));
    end if;
    return null;
end $$;

-- A mark takes in what its transaction has written by then; nobody else says so. Of several acts whose marks come last, one
-- after the other, each says which row was the last of its own.
create function take_written() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    said jsonb;
    last numeric;
begin
    if jsonb_typeof(new.details) is distinct from 'object' then
        return new;
    end if;
    if jsonb_typeof(new.details->'wrote') = 'number' then
        last := new.details->>'wrote';
    end if;
    with taken as (
        delete from written w where (w.transaction, w.at) = (pg_current_xact_id(), now()) and (last is null or w.id <= last)
        returning w.*
    )
    select jsonb_agg(jsonb_build_array(t.source, t.keys::text, t.digest) order by t.id) into said from taken t;
    new.details := new.details - 'wrote';
    if said is not null then
        new.details := new.details || jsonb_build_object('wrote', said);
    end if;
    return new;
end $$;
-- Before the mark is chained: triggers go by their names.
create trigger add_written before insert on operation_log for each row execute function take_written();

-- Nothing is entered without a mark after it, by whoever holds the application's login; what the owner enters so is found.
create function require_taken() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if session_user = 'weir_app' and exists (select from written w where (w.transaction, w.id) = (new.transaction, new.id)) then
        raise exception 'act_unmarked: insert of % needs the mark of its act', new.source using errcode = 'insufficient_privilege';
    end if;
    return null;
end $$;
create constraint trigger require_taken after insert on written
    deferrable initially deferred for each row execute function require_taken();

-- The tables of which the rows are no longer what was written; all, in words, of what cannot be read.
create function written_otherwise(said jsonb) returns setof text language plpgsql stable
    set search_path = pg_catalog, public, pg_temp as $$
declare
    one jsonb;
begin
    for one in select * from jsonb_array_elements(said) loop
        if (one->>2) is distinct from written_digest(one->>0, (one->>1)::int8multirange) then
            return next (one->>0) || ' ' || (one->>1);
        end if;
    end loop;
exception when data_exception or no_data_found then
    return next said::text;
end $$;

-- Months of which there are rows of a table that lies by month.
create view kept_month as
select distinct substring(c.relname from '_([0-9]{6})$')::integer as month
from kept_tables() k join pg_class r on r.relname = k.source and r.relnamespace = 'public'::regnamespace
join pg_inherits i on i.inhparent = r.oid join pg_class c on c.oid = i.inhrelid
where k.period is not null;

-- The rows of a table that nobody tells of: their keys are not among those that are told. Of a table that lies by month those
-- of these months.
create function untold(source text, told int8multirange, months integer[]) returns setof text language plpgsql stable
    security definer set search_path = pg_catalog, public, pg_temp set jit = off as $$
declare
    kept record;
begin
    select * into strict kept from kept_tables() k where k.source = untold.source;
    return query execute format('select %1$L || '' '' || (%2$s) from public.%1$I t where ((%2$s)::bigint <@ $1) is not true%3$s',
        source, kept.key, case when kept.period is null then '' else format(' and t.%I = any ($2)', kept.period) end) using told, months;
end $$;

do $$ declare
    kept record;
begin
    for kept in select * from kept_tables() loop
        execute format('create trigger note_written after insert on public.%I referencing new table as entered
            for each statement execute function note_written(%L, %L, %L, %L, %L)',
            kept.source, kept.source, kept.relation, kept.key, coalesce(kept.period, ''), kept.free);
    end loop;
end $$;
