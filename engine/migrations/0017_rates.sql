-- 收费标准核准: rates, late-fee rules, owners of fees and quotas hold once a second person has said so, and only for
-- months that nobody was billed for.

call make_append_only('rate_order');
call make_append_only('rate_decision');

create function check_rate_order() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if not may(new.submitted_by, 'tariff.order.submit') then
        raise exception 'user % has no right to submit rates', new.submitted_by
            using errcode = 'insufficient_privilege', constraint = 'operation_log_may';
    end if;
    return null;
end $$;
create trigger check_rate_order after insert on rate_order for each row execute function check_rate_order();
create constraint trigger require_mark after insert on rate_order
    deferrable initially deferred for each row execute function require_mark('submitted_by', 'tariff.order.submit');

-- A row comes with its order, and waits. What Weir ships with comes without one, before the first bill is made; quotas
-- never do, and the owner of the database is bound by the rest alone.
create function check_rate() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    new.replaced_at := null;
    if new.order_id is null then
        perform hold_billing(true);
        if session_user = 'weir_app' and (tg_argv[0] = 'quota' or exists (select from bill_run)) then
            raise exception 'rate_by_nobody: nobody submits a row of %', tg_table_name using errcode = 'insufficient_privilege';
        end if;
        new.approved_at := now();
        return new;
    end if;
    new.approved_at := null;
    if not exists (select from rate_order o where o.id = new.order_id and o.kind = tg_argv[0] and is_new(o.xmin)) then
        raise exception 'entry_not_whole: a row of % does not come with its order %', tg_table_name, new.order_id
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger check_rate before insert on tariff_version for each row execute function check_rate('tariff');
create trigger check_rate before insert on late_fee_rule for each row execute function check_rate('late_fee');
create trigger check_rate before insert on fee_owner for each row execute function check_rate('owner');
create trigger check_rate before insert on overquota_plan for each row execute function check_rate('quota');

-- The first month that an order would change although it was billed; null where there is none. The one place that says
-- so. Bill runs wait for the answer: it is one look at the charges from the first month of the order on, whatever rows the
-- order has, and quotas look by the index of accounts.
create function billed_by_order(asked bigint) returns integer language sql stable
    security definer set search_path = pg_catalog, public, pg_temp as $$
    with said as materialized (
        select v.fee_item, v.class, v.town_id, to_char(least(v.valid_from, r.valid_from), 'YYYYMM')::integer as first_month
        from tariff_version v left join tariff_version r on r.id = v.replaces_id
        where v.order_id = asked
        union
        select o.fee_item, null, o.town_id, to_char(o.valid_from, 'YYYYMM')::integer from fee_owner o where o.order_id = asked
    )
    select min(month)::integer from (
        select c.service_period as month
        from charge_standing c
        where c.bill_period >= (select min(first_month) from said)
            and exists (select from said s where c.service_period >= s.first_month and (s.town_id is null or c.town_id = s.town_id)
                and (s.class is null or s.class = case s.fee_item when 'sewage' then c.sewage_class
                        when 'garbage' then c.garbage_class else c.use_class end
                    -- Each month of a longer span bears garbage by its own class.
                    or c.months > 1 and s.fee_item = 'garbage' and exists (
                        select from charge_line l join tariff_version v on v.id = l.tariff_version_id
                        where l.charge_id = c.id and l.bill_period = c.bill_period and l.fee_item = 'garbage' and v.class = s.class)))
        union all
        select (select to_char(min(i.due_date), 'YYYYMM')::integer from bill_issue i where i.due_date >= l.valid_from)
        from late_fee_rule l where l.order_id = asked
        union all
        select c.service_period
        from overquota_plan q join charge_standing c on c.account_id = q.account_id and c.kind = 'bill'
            and c.bill_period >= q.bill_period and months_from(c.service_period, q.bill_period) between 0 and c.months - 1
        where q.order_id = asked) billed
$$;

-- SHA-256 over the rows of an order, in order: what the mark of the decision on it keeps.
create function order_digest(asked bigint) returns text language sql stable
    set search_path = pg_catalog, public, pg_temp as $$
    select encode(sha256(convert_to(coalesce(string_agg(said, E'\n' order by said collate "C"), ''), 'UTF8')), 'hex') from (
        select (to_jsonb(v) - '{approved_at,replaced_at}'::text[])::text as said from tariff_version v where v.order_id = asked
        union all
        select to_jsonb(t)::text from tariff_version v join tariff_tier t on t.version_id = v.id where v.order_id = asked
        union all
        select to_jsonb(t)::text from tariff_version v join surcharge_step t on t.version_id = v.id where v.order_id = asked
        union all
        select (to_jsonb(r) - '{approved_at,replaced_at}'::text[])::text from late_fee_rule r where r.order_id = asked
        union all
        select (to_jsonb(o) - '{approved_at,replaced_at}'::text[])::text from fee_owner o where o.order_id = asked
        union all
        select (to_jsonb(q) - '{approved_at,replaced_at}'::text[])::text from overquota_plan q where q.order_id = asked) rows
$$;

-- Whoever submits does not approve. What an approved order says holds from then on, in the place of what said the same
-- for the same day; no month that was billed is touched, so no charge is another one when it is rated again.
create function decide_rates() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    asked rate_order;
    billed integer;
begin
    select * into strict asked from rate_order o where o.id = new.order_id;
    if not may(new.decided_by, 'tariff.order.decide') then
        raise exception 'user % has no right to decide on rates', new.decided_by
            using errcode = 'insufficient_privilege', constraint = 'operation_log_may';
    elsif asked.submitted_by = new.decided_by then
        raise exception 'own_rate: person % submitted order % and does not approve it', new.decided_by, new.order_id
            using errcode = 'check_violation';
    elsif new.decision = 'refused' then
        return null;
    end if;
    perform hold_billing(true);
    billed := billed_by_order(new.order_id);
    if billed is not null then
        raise exception 'rate_after_bill: %-%', billed / 100, to_char(billed % 100, 'FM00') using errcode = 'check_violation';
    end if;
    if exists (
        select from tariff_version v left join tariff_version r on r.id = v.replaces_id
            and (r.fee_item, r.class) = (v.fee_item, v.class)
            and (r.town_id, r.supplier_id) is not distinct from (v.town_id, v.supplier_id)
            and r.approved_at is not null and r.replaced_at is null
        where v.order_id = new.order_id and v.replaces_id is not null and r.id is null
    ) then
        raise exception 'replaces_no_rate: order %', new.order_id using errcode = 'foreign_key_violation';
    end if;
    update tariff_version r set replaced_at = new.decided_at from tariff_version v
    where v.order_id = new.order_id and r.approved_at is not null and r.replaced_at is null
        and (r.id = v.replaces_id or ((r.fee_item, r.class, r.valid_from) = (v.fee_item, v.class, v.valid_from)
            and (r.town_id, r.supplier_id) is not distinct from (v.town_id, v.supplier_id)));
    update tariff_version set approved_at = new.decided_at where order_id = new.order_id;
    update late_fee_rule r set replaced_at = new.decided_at from late_fee_rule v
    where v.order_id = new.order_id and r.approved_at is not null and r.replaced_at is null
        and (r.fee_item, r.valid_from) = (v.fee_item, v.valid_from);
    update late_fee_rule set approved_at = new.decided_at where order_id = new.order_id;
    update fee_owner r set replaced_at = new.decided_at from fee_owner v
    where v.order_id = new.order_id and r.approved_at is not null and r.replaced_at is null
        and (r.town_id, r.fee_item, r.valid_from) = (v.town_id, v.fee_item, v.valid_from);
    update fee_owner set approved_at = new.decided_at where order_id = new.order_id;
    update overquota_plan r set replaced_at = new.decided_at from overquota_plan v
    where v.order_id = new.order_id and r.approved_at is not null and r.replaced_at is null
        and (r.account_id, r.bill_period) = (v.account_id, v.bill_period);
    update overquota_plan set approved_at = new.decided_at where order_id = new.order_id;
    return null;
end $$;
create trigger decide_rates after insert on rate_decision for each row execute function decide_rates();
create constraint trigger require_mark after insert on rate_decision
    deferrable initially deferred for each row execute function require_mark('decided_by', 'tariff.order.decide');
