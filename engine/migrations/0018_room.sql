-- Room for a month: the partitions of all that lies by month, made ahead.

-- What lies by a month has a partition for each: readings and what hangs on them by the month that was read, charges by
-- that of their bill, items of channels by that of their settlement. What lies by the id of its payment has one from the
-- first id of a month to the first of the next. Receipts have a thousand ids for each of a payment. Marks lie by their
-- ids too.
create function rooms() returns table (root text, key text, ids integer, what text) language sql immutable as
    $$ values ('operation_log', 'id', 1, 'marks'), ('reading', 'bill_period', null, 'readings'),
        ('reading_review', 'bill_period', null, 'readings'), ('charge_reading', 'service_period', null, 'readings'),
        ('channel_item', 'settled_period', null, 'items'),
        ('charge', 'bill_period', null, 'money'), ('charge_line', 'bill_period', null, 'money'), ('payment', 'id', 1, 'money'),
        ('payment_tender', 'payment_id', 1, 'money'), ('close_item', 'payment_id', 1, 'money'), ('allocation', 'payment_id', 1, 'money'),
        ('prepaid_entry', 'payment_id', 1, 'money'), ('receipt', 'id', 1000, 'money'),
        ('receipt_number', 'receipt_id', 1000, 'money'), ('receipt_line', 'receipt_id', 1000, 'money') $$;

-- A partition that is named itself passes by the statement triggers of its root: it has them of its own.
create procedure guard_partition(root text, part text) language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
declare
    law text;
begin
    for law in
        -- The first bit says that it is asked row by row, as those are that a partition takes from its root by itself.
        select pg_get_triggerdef(t.oid) from pg_trigger t where t.tgrelid = root::regclass and not t.tgisinternal and t.tgtype & 1 = 0
    loop
        execute replace(law, format(' ON public.%I ', root), format(' ON public.%I ', part));
    end loop;
end $$;

-- Makes room for one month; true where there was none. Nobody waits for it: each partition is made beside its root and
-- attached with a lock that neither readers nor writers of the root meet. The owner's right is needed to create tables;
-- the application only asks. It may ask for a part of it: readings and settlements may be of a month long ago, in which
-- nothing is billed or paid any more; but not for months that nobody comes to yet: a run of the next month asks for two more.
create function ensure_month(month integer, only_what text default null) returns boolean language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    room record;
    part text;
    lowest bigint;
    beyond bigint;
    made boolean := false;
begin
    if month not between 190001 and 299912 or month % 100 not between 1 and 12 then
        raise exception 'bill_period: % is not a month', month using errcode = 'check_violation';
    elsif session_user = 'weir_app' and month > month_of(latest_moment() + interval '3 months') then
        raise exception 'month_ahead: %', month using errcode = 'check_violation';
    end if;
    perform pg_advisory_xact_lock(hashtext('ensure_month'));
    for room in select * from rooms() loop
        part := room.root || '_' || month;
        -- Asked of the catalog: what a session remembers of names is older than its wait for the lock.
        continue when room.what <> only_what
            or exists (select from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname = part);
        execute format('create table public.%I (like public.%I including all)', part, room.root);
        -- With this check in place, attaching does not look at rows.
        if room.ids is not null then
            lowest := first_id(month) * room.ids;
            beyond := first_id(month_after(month)) * room.ids;
            execute format('alter table public.%I add constraint of_its_month check (%I >= %s and %2$I < %s)',
                part, room.key, lowest, beyond);
            execute format('alter table public.%I attach partition public.%I for values from (%s) to (%s)',
                room.root, part, lowest, beyond);
        else
            execute format('alter table public.%I add constraint of_its_month check (%I = %s)', part, room.key, month);
            execute format('alter table public.%I attach partition public.%I for values in (%s)', room.root, part, month);
        end if;
        execute format('alter table public.%I drop constraint of_its_month', part);
        call guard_partition(room.root, part);
        made := true;
    end loop;
    return made;
end $$;

-- Leaves a mark. Whoever leaves the first one of a month, where nobody has made room for it, makes it.
create function leave_mark(by_user integer, act text, about text, told jsonb, acted_at timestamptz) returns void language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
begin
    if to_regclass('public.operation_log_' || month_of(now())) is null then
        perform ensure_month(month_of(now()), 'marks');
    end if;
    insert into operation_log (user_id, action, subject, details, at) values (by_user, act, about, told, acted_at);
end $$;
select ensure_month(month_of(now()), 'marks');
