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

create procedure make_append_only(ledger regclass) language plpgsql as $$
begin
    execute format('create trigger append_only before update or delete on %s for each row execute function refuse_change()', ledger);
    execute format('create trigger append_only_whole before truncate on %s for each statement execute function refuse_change()', ledger);
end $$;

-- True for a row that this very transaction has written. A row keeps the low half of its transaction's number: four
-- thousand million transactions later a row of old could be taken for a new one, once, by whoever waits for it.
-- What a savepoint writes has a number of its own and is refused: entries are not written behind savepoints.
create function is_new(written_by xid) returns boolean language sql stable parallel restricted as
    $$ select coalesce(written_by = pg_current_xact_id()::xid, false) $$;

call make_append_only('operation_log');
call make_append_only('tariff_tier');

-- The tiers of a rate come with it: nobody adds one to a rate that is in force.
create function check_tariff_tier() returns trigger language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
begin
    if not exists (select from tariff_version v where v.id = new.version_id and is_new(v.xmin)) then
        raise exception 'entry_not_whole: a tier does not come with its rate %', new.version_id using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger check_tariff_tier before insert on tariff_tier for each row execute function check_tariff_tier();
