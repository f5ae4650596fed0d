-- The law of the ledger: rows are inserted, never changed or removed, by anybody, the owner included; and an
-- entry comes whole. Children are written in the transaction of their parent, so nothing is added to an old entry.
--
-- Every function that decides runs with the owner's rights and with a search path that ends in `pg_temp`:
-- whoever writes needs no right on what is decided with, and no temporary table can stand before a real one.

create function refuse_change() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception 'append_only: % of % is refused; a correction is a new entry', lower(tg_op), tg_table_name
        using errcode = 'restrict_violation';
end $$;

-- True for a row that this very transaction has written. A row keeps the low half of its transaction's number: four
-- thousand million transactions later a row of old could be taken for a new one, once, by whoever waits for it.
-- What a savepoint writes has a number of its own and is refused: entries are not written behind savepoints.
create function is_new(written_by xid) returns boolean language sql stable parallel restricted as
    $$ select coalesce(written_by = pg_current_xact_id()::xid, false) $$;

-- True for a row that whoever looked with this snapshot could see, and where nobody noted one. What an act began with says
-- nothing of that: it may have been under way for long when it was looked for. Of its transaction a row keeps the low half of
-- the number, and keeps it when it is frozen: so it is of the last transaction until now whose number ends so, be that more
-- than half of all numbers ago. Rows of no transaction were always there.
create function was_seen(written_by xid, looked_in pg_snapshot) returns boolean language sql stable
    set search_path = pg_catalog, public, pg_temp as $$
    select looked_in is null or written_by is null or number < 3 or pg_visible_in_snapshot(number::text::xid8, looked_in)
    from (select case when low < 3 then low else last - ((last - low) % 4294967296 + 4294967296) % 4294967296 end as number
          from (select written_by::text::bigint as low, greatest(pg_snapshot_xmax(pg_current_snapshot())::text::bigint - 1,
                    pg_current_xact_id_if_assigned()::text::bigint) as last) said) whole
$$;

-- Whoever waits for another and then looks must see what the other did: a snapshot of before the wait is refused.
-- Asked of every statement that enters something, before any other law of it.
create function see_the_present() returns trigger language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'sees_the_past: entries are made in read committed' using errcode = 'invalid_transaction_state';
    end if;
    return null;
end $$;
create procedure hold_present(entered regclass) language plpgsql as $$
begin
    execute format('create trigger see_the_present before insert or update on %s for each statement
        execute function see_the_present()', entered);
end $$;

-- 演示城: one row where these are the books of no house but of a city that is played, whose acts lie in a past of its own.
create table played (
    is_played boolean primary key default true check (is_played)
);

-- An act happens now: what days and months are counted by is no better than the clock that says its moment.
create function hold_moment(at timestamptz) returns void language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
begin
    if at > latest_moment() then
        raise exception 'moment_ahead: % has not come', at using errcode = 'check_violation';
    elsif at < earliest_moment() and not exists (select from played) then
        raise exception 'moment_past: % is over', at using errcode = 'check_violation';
    end if;
end $$;

-- The same of a row that was looked at before.
create function bound_moment() returns trigger language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception 'moment_ahead: what % tells has not come', tg_table_name using errcode = 'check_violation';
end $$;
create function bound_past() returns trigger language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
begin
    if not exists (select from played) then
        raise exception 'moment_past: what % tells is over', tg_table_name using errcode = 'check_violation';
    end if;
    return new;
end $$;

-- Bills and readings come by thousands: a row is looked at without a function being called, and whether it is past is
-- asked once for all of a statement, with their month.
create procedure make_append_only(ledger regclass) language plpgsql as $$
declare
    -- All but what is yet to begin or to end; payments and marks are asked as they are looked at.
    moments constant text := (
        select string_agg(format('new.%I', attname), ', ' order by attnum) from pg_attribute
        where attrelid = ledger and atttypid = 'timestamptz'::regtype and attname not in ('from_at', 'until_at', 'ends_at')
            and ledger::text not in ('payment', 'operation_log'));
begin
    execute format('create trigger append_only before update or delete on %s for each row execute function refuse_change()', ledger);
    execute format('create trigger append_only_whole before truncate on %s for each statement execute function refuse_change()', ledger);
    call hold_present(ledger);
    if moments is null then
        return;
    end if;
    execute format('create trigger bound_moment before insert on %s for each row when (greatest(%s) > latest_moment())
        execute function bound_moment()', ledger, moments);
    if ledger::text not in ('reading', 'charge', 'receipt') then
        execute format('create trigger bound_past before insert on %s for each row when (least(%s) < earliest_moment())
            execute function bound_past()', ledger, moments);
    end if;
end $$;

-- Ids are given by their sequences. The application names none, but for what it links with each other as it enters it.
create function hold_ids() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    last constant bigint := coalesce(pg_sequence_last_value(tg_argv[0]::regclass), 0);
    wrong bigint;
begin
    select e.id into wrong from entered e where e.id not between 1 and last limit 1;
    if found then
        raise exception 'id_not_given: % of %', wrong, tg_argv[0] using errcode = 'check_violation';
    end if;
    return null;
end $$;
create procedure draw_ids(entered regclass, sequence regclass) language plpgsql as $$
begin
    execute format('create trigger hold_ids after insert on %s referencing new table as entered for each statement
        execute function hold_ids(%L)', entered, sequence);
end $$;

-- Whoever draws without end would leave no ids for others; in a day there are so many at most. How many were drawn when it
-- began is said by a sequence of its own, behind the day: so what is undone has been drawn all the same.
create function bound_ids(numbers regclass, begun regclass, many bigint, most bigint) returns void language plpgsql as $$
declare
    today constant bigint := extract(epoch from clock_timestamp())::bigint / 86400 * 100000000000000;
    last constant bigint := coalesce(pg_sequence_last_value(numbers), 0);
    before bigint := coalesce(pg_sequence_last_value(begun), 0);
    drawn bigint;
begin
    if before < today then
        before := setval(begun, today + last);
    end if;
    drawn := last + many - before % 100000000000000;
    -- Numbers that ran out since have begun anew.
    if last < before % 100000000000000 then
        drawn := drawn + coalesce((select s.seqmax from pg_sequence s where s.seqrelid = numbers and s.seqcycle), 0);
    end if;
    if drawn > most then
        raise exception 'ids_used_up: % today', numbers using errcode = 'program_limit_exceeded';
    end if;
end $$;

-- The next ids of readings, or of items, that run through all months within a thousand million: in a day as many as two
-- years of a city of two million accounts. Whoever draws so many on each day brings them to their end, where they begin anew:
-- with the first of those who are drawn together, for none lies above the number that was given last.
create function next_ids(numbers text, many bigint) returns setof bigint language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    most constant bigint := (select s.seqmax from pg_sequence s where s.seqrelid = numbers::regclass);
begin
    perform bound_ids(numbers::regclass, (numbers || '_today')::regclass, many, 50000000);
    if coalesce(pg_sequence_last_value(numbers::regclass), 0) + many > most then
        perform pg_advisory_xact_lock(hashtext(numbers));
        -- Whoever was first has begun anew for all.
        if coalesce(pg_sequence_last_value(numbers::regclass), 0) + many > most then
            perform setval(numbers::regclass, 1, false);
        end if;
    end if;
    return query select nextval(numbers::regclass) from generate_series(1, many);
end $$;

-- The day on which an account was opened, or a meter put in, has come: one of a year typed wrong would be read and billed by
-- nobody until then.
create function refuse_day_ahead() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    day date;
begin
    execute format('select max(%I) from entered', tg_argv[0]) into day;
    if day > (latest_moment() at time zone 'Asia/Shanghai')::date then
        raise exception 'day_ahead: % has not come', day using errcode = 'check_violation';
    end if;
    return null;
end $$;
create trigger refuse_day_ahead after insert on account referencing new table as entered for each statement
    execute function refuse_day_ahead('opened_on');
create trigger refuse_day_ahead after insert on meter referencing new table as entered for each statement
    execute function refuse_day_ahead('installed_on');
create trigger bound_moment before insert on meter for each row when (new.recorded_at > latest_moment())
    execute function bound_moment();
create trigger bound_past before insert on meter for each row when (new.recorded_at < earliest_moment())
    execute function bound_past();

-- What is no entry of the ledger and decides about entries.
do $$ declare
    decides text;
begin
    foreach decides in array array['app_user', 'credential', 'payer', 'service_point', 'account', 'meter', 'tariff_version', 'late_fee_rule',
        'fee_owner', 'fee_apart', 'overquota_plan'] loop
        call hold_present(decides);
    end loop;
    foreach decides in array array['payer', 'service_point', 'account', 'meter'] loop
        call draw_ids(decides, decides || '_id_seq');
    end loop;
end $$;

-- What was once played is never real.
call make_append_only('played');

-- Says of books that they are played; once anybody has an account or may log in, it is too late.
create function play() returns void language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (select from played) then
        return;
    elsif exists (select from account) or exists (select from credential) then
        raise exception 'books_in_use: people or accounts were entered' using errcode = 'object_not_in_prerequisite_state';
    end if;
    insert into played default values on conflict do nothing;
end $$;

call make_append_only('operation_log');
call make_append_only('stand_in');
call make_append_only('stand_in_end');
call make_append_only('tariff_tier');
call make_append_only('surcharge_step');

-- The tiers of a rate come with it: nobody adds one to a rate that is in force. Only the surcharge has steps of a quota.
create function check_tariff_tier() returns trigger language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
declare
    fee text;
begin
    select v.fee_item into fee from tariff_version v where v.id = new.version_id and is_new(v.xmin);
    if fee is null then
        raise exception 'entry_not_whole: a tier does not come with its rate %', new.version_id using errcode = 'check_violation';
    elsif (fee = 'overquota') <> (tg_table_name = 'surcharge_step') then
        raise exception 'tier_of_another_fee: % is no place for %', tg_table_name, fee using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger check_tariff_tier before insert on tariff_tier for each row execute function check_tariff_tier();
create trigger check_tariff_tier before insert on surcharge_step for each row execute function check_tariff_tier();

call make_append_only('account_version');
call make_append_only('account_approval');

-- Versions that hold: those that were approved and not withdrawn, and the state at the opening.
create view account_version_held as
select v.* from account_version v
where (v.submitted_by is null
        or exists (select from account_approval p where p.version_id = v.id and p.decision = 'approved'))
    and v.withdraws is null
    and not exists (select from account_version w join account_approval p on p.version_id = w.id and p.decision = 'approved'
                    where w.withdraws = v.id);

-- What an account is charged as, and from when until when: the one place that says which version holds on a day. An
-- account that never changed stands nowhere here, and is what its row says.
create view account_state as
select s.*, lead(s.valid_from) over (partition by s.account_id order by s.valid_from) as valid_until
from (select distinct on (h.account_id, h.valid_from) h.id, h.account_id, h.valid_from, h.use_class, h.sewage_class,
          h.garbage_class, h.persons, h.supplier_id, h.area_m2, h.bins,
          h.households, h.levy_ratio, h.payer_id
      from account_version_held h
      order by h.account_id, h.valid_from, h.submitted_by is not null desc, h.id desc) s;

-- How many changes of an account were approved; one that takes back another counts as well.
create function approved_changes(account bigint) returns integer language sql stable
    set search_path = pg_catalog, public, pg_temp as $$
    select count(*)::integer from account_version v join account_approval p on p.version_id = v.id
    where v.account_id = account and p.decision = 'approved'
$$;

-- Only an approval writes down the state at the opening: whoever submits a change is a person. What takes back another change
-- repeats it.
create function check_account_version() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    own constant text[] := '{id,reason,submitted_by,recorded_at,approved_before,withdraws}';
begin
    if new.submitted_by is null and pg_trigger_depth() < 2 then
        raise exception 'change_without_person: nobody submits the change of account %', new.account_id using errcode = 'check_violation';
    elsif not may(new.submitted_by, 'register.account.change') then
        raise exception 'user % has no right to register.account.change', new.submitted_by
            using errcode = 'insufficient_privilege', constraint = 'operation_log_may';
    end if;
    if not exists (select from account a where a.id = new.account_id and a.town_id = new.town_id and a.opened_on <= new.valid_from) then
        raise exception 'change_of_no_account: account % at town % on %', new.account_id, new.town_id, new.valid_from
            using errcode = 'foreign_key_violation';
    end if;
    if new.withdraws is not null and not exists (
        select from account_version v where v.id = new.withdraws and v.withdraws is null and v.submitted_by is not null
            and to_jsonb(v) - own = to_jsonb(new) - own) then
        raise exception 'withdraws_another: version % is not what is withdrawn', new.withdraws using errcode = 'check_violation';
    end if;
    new.approved_before := approved_changes(new.account_id);
    return new;
end $$;
create trigger check_account_version before insert on account_version for each row execute function check_account_version();

-- Writes to accounts what they are on a day. Their changes are priced by their versions; the row is what people see.
create function show_accounts(accounts bigint[], day date) returns void language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
begin
    -- Nobody corrects meanwhile who pays from now on: that would find no account of theirs.
    perform from payer p
    where p.id in (select h.payer_id from account_state h join account a on a.id = h.account_id and a.payer_id <> h.payer_id
                   where h.account_id = any (accounts) and h.valid_from <= day and (h.valid_until is null or h.valid_until > day))
    order by p.id for share;
    update account a set use_class = h.use_class, sewage_class = h.sewage_class, garbage_class = h.garbage_class,
        persons = h.persons, supplier_id = h.supplier_id, area_m2 = h.area_m2, bins = h.bins, households = h.households,
        levy_ratio = h.levy_ratio, payer_id = h.payer_id, payer_name = p.name, phone = p.phone
    from account_state h join payer p on p.id = h.payer_id
    where h.account_id = any (accounts) and h.valid_from <= day and (h.valid_until is null or h.valid_until > day)
        and a.id = h.account_id;
end $$;

-- Shows the changes whose day has come; gives how many there were. Asked from time to time by whoever serves the city, and by every command.
create function begin_changes(day date) returns bigint language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    accounts bigint[];
    begun bigint;
begin
    perform from account a where a.id in (select c.account_id from change_ahead c where c.valid_from <= day)
        order by a.id for no key update;
    if day > (latest_moment() at time zone 'Asia/Shanghai')::date then
        raise exception 'day_ahead: % has not come', day using errcode = 'check_violation';
    end if;
    with gone as (
        delete from change_ahead c where c.valid_from <= day returning c.account_id
    )
    select array_agg(account_id), count(*) into accounts, begun from gone;
    perform show_accounts(accounts, day);
    return begun;
end $$;

-- Invariant 25: whoever submits a change does not approve it. An approved change is written to the account, and before
-- the first of them the state at the opening is written down. A change is a whole state: where another one was approved
-- since it was submitted, it would undo that one, and is submitted anew. One may be approved before its day, where that
-- is the first of one of the next two months: bills are made a month ahead at most, so the month after the next has none.
-- Nothing is changed before the day of one that was approved: it is a whole state, and would undo it. Nor does another pay
-- from a day that has not come: who leaves has paid by then. What was approved ahead is withdrawn before its day, the last one
-- first, and by two persons again: then nothing stands in the way of other changes.
create function hold_account_version() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    today constant date := (new.approved_at at time zone 'Asia/Shanghai')::date;
    changed account_version;
    later date;
    billed text;
    purse text;
begin
    select * into changed from account_version v where v.id = new.version_id;
    if changed.submitted_by is null or changed.town_id <> new.town_id then
        raise exception 'approval_of_no_change: version %', new.version_id using errcode = 'foreign_key_violation';
    elsif changed.submitted_by = new.approved_by then
        raise exception 'own_change: person % submitted version % and does not approve it', new.approved_by, new.version_id
            using errcode = 'check_violation';
    elsif not may(new.approved_by, 'register.account.approve') then
        raise exception 'user % has no right to register.account.approve', new.approved_by
            using errcode = 'insufficient_privilege', constraint = 'operation_log_may';
    elsif not works_for(new.approved_by, changed.town_id, (select a.outlet_id from account a where a.id = changed.account_id)) then
        raise exception 'approval_elsewhere: account % is none that user % answers for', changed.account_id, new.approved_by
            using errcode = 'check_violation';
    end if;
    if new.decision = 'refused' then
        return null;
    end if;
    if changed.valid_from > today and (extract(day from changed.valid_from) > 1
        or changed.valid_from > date_trunc('month', today::timestamp) + interval '2 months') then
        raise exception 'change_ahead: version % is valid from % on', new.version_id, changed.valid_from using errcode = 'check_violation';
    end if;
    -- What a bill run is making of the account is waited for.
    perform hold_billing(true);
    perform from account a where a.id = changed.account_id for no key update;
    if changed.approved_before <> approved_changes(changed.account_id) - 1 then
        raise exception 'change_overtaken: another change of account % was approved after version % was submitted',
            changed.account_id, changed.id using errcode = 'check_violation';
    end if;
    if changed.withdraws is not null then
        delete from change_ahead c where c.version_id = changed.withdraws and c.valid_from > today
            and not exists (select from change_ahead l where l.account_id = c.account_id and l.version_id > c.version_id);
        if not found then
            raise exception 'withdraws_nothing: version % does not lie ahead', changed.withdraws using errcode = 'check_violation';
        end if;
        billed := billed_by_change(changed.withdraws);
        if billed is not null then
            raise exception 'withdrawn_after_bill: %', billed using errcode = 'check_violation';
        end if;
        return null;
    end if;
    select max(h.valid_from) into later from account_version_held h
    where h.account_id = changed.account_id and h.submitted_by is not null and h.id <> changed.id;
    if later > changed.valid_from then
        raise exception 'change_before_one_ahead: %', later using errcode = 'check_violation';
    end if;
    -- No month that was billed is priced anew: its bill is taken back first, as with a rate.
    billed := billed_by_change(changed.id);
    if billed is not null then
        raise exception 'change_after_bill: %', billed using errcode = 'check_violation';
    end if;
    -- 过户: who leaves has paid, and what was paid until now was paid by who leaves, whatever moment the approval tells.
    if exists (select from account a where a.id = changed.account_id and a.payer_id <> changed.payer_id) then
        if not exists (select from played) and exists (
            select from payment p
            where p.account_id = changed.account_id and p.id >= first_id(month_of(new.approved_at)) and p.posted_at >= new.approved_at
        ) then
            raise exception 'moment_overtaken: account % was paid for since %', changed.account_id, new.approved_at
                using errcode = 'check_violation';
        elsif changed.valid_from > today then
            raise exception 'payer_ahead: account % passes to another on %', changed.account_id, changed.valid_from
                using errcode = 'check_violation';
        elsif exists (select from charge_balance b where b.account_id = changed.account_id) then
            raise exception 'payer_owes: account % has open charges', changed.account_id using errcode = 'check_violation';
        end if;
    end if;
    -- And takes along what is left in the purse: it pays no bill of who comes.
    select b.balance::text into purse
    from account a join prepaid_balance b on b.account_id = a.id and b.balance > 0
    where a.id = changed.account_id and a.payer_id <> changed.payer_id;
    if found then
        raise exception 'payer_has_purse: %', purse using errcode = 'check_violation';
    end if;
    insert into account_version (account_id, town_id, valid_from, use_class, sewage_class, garbage_class, persons, supplier_id,
        area_m2, bins, households, levy_ratio, payer_id, recorded_at)
    select a.id, a.town_id, a.opened_on, a.use_class, a.sewage_class, a.garbage_class, a.persons, a.supplier_id,
        a.area_m2, a.bins, a.households, a.levy_ratio, a.payer_id, new.approved_at
    from account a where a.id = changed.account_id
        and not exists (select from account_version v where v.account_id = a.id and v.submitted_by is null);
    if changed.valid_from > today then
        insert into change_ahead (version_id, account_id, valid_from) values (changed.id, changed.account_id, changed.valid_from);
    else
        perform show_accounts(array[changed.account_id], today);
    end if;
    return null;
end $$;
create trigger hold_account_version after insert on account_approval for each row execute function hold_account_version();
