-- What decides about money or people is written with the mark of the act that does it, left by the person whom the row
-- names. Whoever holds the application's login and nothing else leaves evidence too: no role is raised, no rate set, no
-- pass word given without a mark that is chained to all others.
--
-- A trigger says first which column of its table names the person, '' where none does, and then the acts. Where nobody is
-- named, an act of whoever keeps the machine is enough.
create function is_marked(person integer, acts text[]) returns boolean language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
declare
    -- Of those above it the numbers ran out before, and began anew.
    newest constant bigint := first_id(month_of(now())) + coalesce(pg_sequence_last_value('mark_id'), 0);
begin
    return exists (
        -- The mark is of the month in which its transaction began. Others leave marks meanwhile, so it is one of the last,
        -- and mostly the very last.
        select from (select m.action, m.user_id, m.xmin as written_by from operation_log m
                     where m.id between first_id(month_of(now())) and newest order by m.id desc limit 10000) l
        where l.action = any (acts) and is_new(l.written_by) and (person is null or l.user_id = person));
end $$;
create function require_mark() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if session_user = 'weir_app' and not is_marked((to_jsonb(new) ->> tg_argv[0])::integer, tg_argv[1:]) then
        raise exception 'act_unmarked: % of % needs the mark of its act', tg_op, tg_table_name
            using errcode = 'insufficient_privilege';
    end if;
    return null;
end $$;

create constraint trigger require_mark after insert on tariff_version
    deferrable initially deferred for each row when (new.order_id is null) execute function require_mark('', 'tariff.version.set');
create constraint trigger require_mark after insert on late_fee_rule
    deferrable initially deferred for each row when (new.order_id is null) execute function require_mark('', 'tariff.version.set');
create constraint trigger require_mark after insert on fee_owner
    deferrable initially deferred for each row when (new.order_id is null) execute function require_mark('', 'register.reference.load');
create constraint trigger require_mark after insert on fee_apart
    deferrable initially deferred for each row execute function require_mark('', 'register.reference.load');
-- An approval writes down the state at the opening, too.
create constraint trigger require_mark after insert on account_version
    deferrable initially deferred for each row execute function require_mark('submitted_by', 'register.account.change', 'register.account.approve');
create constraint trigger require_mark after insert on account_approval
    deferrable initially deferred for each row execute function require_mark('approved_by', 'register.account.approve');
create constraint trigger require_mark after insert on app_user
    deferrable initially deferred for each row execute function require_mark('', 'access.user.add');
create constraint trigger require_mark_of_standing after update of active on app_user
    deferrable initially deferred for each row when (old.active <> new.active)
    execute function require_mark('', 'access.user.disable', 'access.user.enable');
create constraint trigger require_mark_of_role after update of role, outlet_id, town_id on app_user
    deferrable initially deferred for each row when ((old.role, old.outlet_id, old.town_id) is distinct from (new.role, new.outlet_id, new.town_id))
    execute function require_mark('', 'access.user.role');
create constraint trigger require_mark_of_name after update of name on app_user
    deferrable initially deferred for each row when (old.name <> new.name) execute function require_mark('', 'access.user.rename');
create constraint trigger require_mark after insert on stand_in
    deferrable initially deferred for each row execute function require_mark('given_by', 'access.user.standin');
create constraint trigger require_mark after insert on stand_in_end
    deferrable initially deferred for each row execute function require_mark('ended_by', 'access.user.standin');
create constraint trigger require_mark after insert or update on credential
    deferrable initially deferred for each row execute function require_mark('', 'access.user.add', 'access.user.password', 'access.password.renew');
create constraint trigger require_mark after insert on payment
    deferrable initially deferred for each row when (new.kind = 'reversal')
    execute function require_mark('cashier_id', 'counter.payment.reverse', 'channels.payment.reverse');
create constraint trigger require_mark after insert on bill_issue
    deferrable initially deferred for each row execute function require_mark('made_by', 'billing.run.begin');
create constraint trigger require_mark after insert on channel_file
    deferrable initially deferred for each row execute function require_mark('received_by', 'channels.file.receive');
create constraint trigger require_mark after insert on remittance
    deferrable initially deferred for each row execute function require_mark('recorded_by', 'remittance.voucher.record', 'remittance.voucher.reverse');
-- The mark of a close repeats its seal, at the moment of the close: a close that is changed later differs from its mark.
create function require_sealed_mark() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if 'weir_app' in (session_user, current_setting('role')) and not exists (
        select from operation_log m
        where m.id >= first_id(month_of(now())) and m.at = new.closed_at and m.action = any (tg_argv)
            and m.details->>'seal' = new.seal and is_new(m.xmin) and m.user_id = new.closed_by
    ) then
        raise exception 'act_unmarked: % of % needs the mark of its act with its seal', tg_op, tg_table_name
            using errcode = 'insufficient_privilege';
    end if;
    return null;
end $$;
create constraint trigger require_mark after insert on cashier_close
    deferrable initially deferred for each row execute function require_sealed_mark('closing.day.close', 'closing.day.substitute');
create constraint trigger require_mark after insert on month_close
    deferrable initially deferred for each row execute function require_sealed_mark('closing.month.close');
create constraint trigger require_mark after insert on reading_review
    deferrable initially deferred for each row execute function require_mark('reviewed_by', 'reading.reading.review');
-- Paper moves by the word of who keeps the store, and is spoilt by that of its cashier.
create constraint trigger require_mark after insert on receipt_event
    deferrable initially deferred for each row when (new.event not in ('leased', 'returned', 'voided'))
    execute function require_mark('by_user_id', 'receipts.segment.receive');
create constraint trigger require_mark_of_lease after insert on receipt_event
    deferrable initially deferred for each row when (new.event = 'leased') execute function require_mark('by_user_id', 'receipts.segment.lease');
create constraint trigger require_mark_of_return after insert on receipt_event
    deferrable initially deferred for each row when (new.event = 'returned') execute function require_mark('by_user_id', 'receipts.segment.return');
create constraint trigger require_mark_of_void after insert on receipt_event
    deferrable initially deferred for each row when (new.event = 'voided') execute function require_mark('by_user_id', 'receipts.number.void');
create constraint trigger require_mark after insert on hold
    deferrable initially deferred for each row execute function require_mark('placed_by', 'channels.hold.place');
create constraint trigger require_mark after insert on hold_release
    deferrable initially deferred for each row execute function require_mark('by_user_id', 'channels.hold.release');
create constraint trigger require_mark after insert on channel_item_event
    deferrable initially deferred for each row when (new.event = 'returned') execute function require_mark('by_user_id', 'channels.item.return', 'channels.payment.reverse');

-- SHA-256 over payments without a till, in order, and over the lines that they settle: what the mark of their posting keeps.
create function posting_digest(payments int8multirange) returns text language plpgsql stable strict
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    return encode(sha256(convert_to(coalesce((
        select string_agg(concat_ws(' ', p.id, p.account_id, p.method, p.account_date, extract(epoch from p.posted_at), p.idempotency_key, encode(p.request_hash, 'hex'), coalesce(p.channel_item_id, 0),
                coalesce(p.reverses_id, 0), a.lines, p.late_fee, p.prepaid_in, p.prepaid_used, p.net) || E'\n', '' order by p.id)
        from unnest(payments) as r(ids) join payment p on p.id >= lower(r.ids) and p.id < upper(r.ids)
        cross join lateral (
            select string_agg(concat_ws(':', charge_line_id, owner_id, fee_item, amount, late_fee), ' ' order by charge_line_id) as lines
            from allocation where payment_id = p.id and payment_id >= lower(payments)
        ) a
    ), ''), 'UTF8')), 'hex');
end $$;

-- What the mark of a posting without a till says of it: which payments they are, and their digest.
create function posted_of(payments int8multirange) returns jsonb language sql stable
    set search_path = pg_catalog, public, pg_temp as $$
    select jsonb_build_object('payments', payments::text, 'digest', posting_digest(payments))
$$;

-- The payments that a mark says were posted; null where it says it in no way that can be read.
create function posted_by(details jsonb) returns int8multirange language plpgsql immutable
    set search_path = pg_catalog, public, pg_temp as $$
begin
    return (details->'posted'->>'payments')::int8multirange;
exception when data_exception then
    return null;
end $$;

-- Acts that post without a till.
create function posts(act text) returns boolean language sql immutable
    return act in ('channels.batch.post', 'channels.item.post', 'channels.item.approve', 'channels.payment.reverse',
        'prepaid.balance.offset', 'counter.payment.reverse');

-- A mark of what was posted is that of an act that posts, names payments of its own transaction and nothing between them,
-- and keeps their digest. So no mark speaks of others' payments, of ids that nobody was given, or of a million months.
create function check_posted() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    posted constant int8multirange := posted_by(new.details);
begin
    if not posts(new.action) or (
        select sum(upper(r.ids)::numeric - lower(r.ids)) = sum(ours.payments)
        from unnest(posted) as r(ids)
        cross join lateral (
            select count(*) as payments from payment p
            where p.id >= lower(r.ids) and p.id < upper(r.ids) and p.cashier_id is null and is_new(p.xmin)) ours
    ) is not true or new.details->'posted'->>'digest' is distinct from posting_digest(posted) then
        raise exception 'mark_lies: % of % does not post what it names', new.action, new.subject using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger check_posted after insert on operation_log
    deferrable initially deferred for each row when (new.details->>'posted' is not null) execute function check_posted();
