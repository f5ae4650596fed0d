-- The law of the ledger: rows are inserted, never changed or removed, by anybody, the owner included.

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'append_only: % of % is refused; a correction is a new entry', lower(tg_op), tg_table_name
        using errcode = 'restrict_violation';
end $$;

create procedure make_append_only(ledger regclass) language plpgsql as $$
begin
    execute format('create trigger append_only before update or delete on %s for each row execute function refuse_change()', ledger);
    execute format('create trigger append_only_whole before truncate on %s for each statement execute function refuse_change()', ledger);
end $$;

call make_append_only('operation_log');
