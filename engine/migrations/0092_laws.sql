-- What holds the books, written down once it is made: a mark says it, and whoever changes it says so with another.

-- As it stands in the catalog: each role with what it may do, where, and of which fees; what there is to be done; each table with its triggers, constraints and grants; each
-- function with its text. Parts of tables are asked apart whether they have what their roots have.
-- Days, moments and figures in them are written in one way, whatever the database or its role is set to.
create function laws() returns table (kind text, what text, law text) language sql stable
    set search_path = pg_catalog, public, pg_temp set datestyle = 'ISO, YMD' set timezone = 'Asia/Shanghai'
    set intervalstyle = 'postgres' set bytea_output = 'hex' set extra_float_digits = 1 as $$
    select 'rights', r.code::text, concat_ws(' ', r.place, r.name, case when r.at_outlet then 'at_outlet' end, r.fees,
        (select string_agg(p.permission, ' ' order by p.permission collate "C") from role_permission p where p.role = r.code))
    from role r
    union all
    select 'rights', '', string_agg(p.name, ' ' order by p.name collate "C") from permission p
    union all
    select 'laws', c.relname::text, md5(concat_ws(E'\n',
        (select string_agg(pg_get_triggerdef(t.oid), E'\n' order by t.tgname) from pg_trigger t
         where t.tgrelid = c.oid and not t.tgisinternal),
        (select string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), E'\n' order by k.conname) from pg_constraint k
         where k.conrelid = c.oid and k.conparentid = 0),
        (select string_agg(g::text, ' ' order by g::text collate "C") from unnest(c.relacl) g),
        (select string_agg(a.attname || ' ' || g::text, ' ' order by a.attname, g::text collate "C") from pg_attribute a, unnest(a.attacl) g
         where a.attrelid = c.oid)))
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    union all
    select 'laws', p.oid::regprocedure::text, md5(pg_get_functiondef(p.oid)) from pg_proc p
    where p.pronamespace = 'public'::regnamespace and p.prokind in ('f', 'p')
        and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
$$;

-- Leaves the mark of what stands now; the owner's alone, once a migration has changed something.
create function tell_laws(kinds text[] default '{rights,laws}') returns void language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
begin
    perform leave_mark(null, 'register.reference.load', '权限与库内规则', (
        select jsonb_object_agg(k.kind, k.said)
        from (select l.kind, jsonb_object_agg(l.what, l.law) as said from laws() l where l.kind = any (kinds) group by 1) k), now());
end $$;

-- What a role may do and see changes with its mark, by itself.
create function tell_rights() returns trigger language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
begin
    perform tell_laws('{rights}');
    return null;
end $$;
do $$ declare
    rights text;
begin
    foreach rights in array array['role', 'role_permission', 'permission'] loop
        execute format('create trigger tell_rights after insert or update or delete or truncate on %I
            for each statement execute function tell_rights()', rights);
    end loop;
end $$;

revoke execute on function laws, tell_laws, tell_rights from public;
grant execute on function laws to weir_app;
select tell_laws();
