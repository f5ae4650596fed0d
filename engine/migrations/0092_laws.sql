-- What holds the books, written down once it is made: a mark says it, and whoever changes it says so with another.
-- The functions that tell it look nowhere but in the server's own schema: one of ours that fits its arguments better than the
-- server's of the same name would tell something else. `weir check` compares them with this file.

-- Who may do what with a thing, by name: nothing said is what its kind and its owner bring.
create function access_of(said aclitem[], kind "char", owner oid) returns text language sql stable
    set search_path = pg_catalog, pg_temp as $$
    select string_agg(g.may, ', ' order by g.may collate "C")
    from (select concat_ws(' ', grantee::regrole, privilege_type, is_grantable) as may
          from aclexplode(coalesce(said, acldefault(kind, owner)))) g
$$;

-- All that decides what a relation takes and gives: columns, constraints, indexes, triggers, rules, policies. Names and
-- rights that a part does not share with its root are left out where it is not `named`; whether triggers and constraints
-- are awake is asked apart. In the pretty way, which a text keeps when it is read in again.
create function shape(relation oid, named boolean) returns text language sql stable
    set search_path = pg_catalog, pg_temp as $$
    select concat_ws(E'\n', c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relowner::regrole,
        case when c.relkind in ('v', 'm') then c.reloptions end,
        case when named then concat_ws(E'\n', public.access_of(c.relacl, case c.relkind when 'S' then 's'::"char" else 'r' end, c.relowner), pg_get_partkeydef(c.oid),
            (select string_agg(i.inhparent::regclass::text, ' ' order by i.inhseqno) from pg_inherits i where i.inhrelid = c.oid)) end,
        (select string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attcollation::regcollation,
                pg_get_expr(d.adbin, d.adrelid, true), case when named then public.access_of(a.attacl, 'c', c.relowner) end), E'\n' order by a.attname collate "C")
         from pg_attribute a left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped),
        (select string_agg(k.said, E'\n' order by k.said collate "C")
         from (select concat_ws(' ', case when named then k.conname end, pg_get_constraintdef(k.oid, true)) as said from pg_constraint k
               -- A reference to a table in parts stands once more for each of them.
               where k.conrelid = c.oid and k.contype <> 't' and not exists (select from pg_class r where r.oid = k.confrelid and r.relispartition)) k),
        (select string_agg(i.said, E'\n' order by i.said collate "C")
         from (select concat_ws(' ', case when named then n.relname end, i.indisvalid, i.indisready, i.indislive, i.indisunique, i.indimmediate,
                   substr(d.law, strpos(d.law, ' USING '))) as said
               from pg_index i join pg_class n on n.oid = i.indexrelid cross join pg_get_indexdef(n.oid, 0, true) d (law) where i.indrelid = c.oid) i),
        (select string_agg(replace(pg_get_triggerdef(t.oid, true), format(' ON %s ', c.oid::regclass), ' '), E'\n' order by t.tgname) from pg_trigger t
         where t.tgrelid = c.oid and not t.tgisinternal),
        (select string_agg(concat_ws(' ', r.ev_enabled, pg_get_ruledef(r.oid, true)), E'\n' order by r.rulename) from pg_rewrite r where r.ev_class = c.oid),
        (select string_agg(concat_ws(' ', p.polname, p.polcmd, p.polpermissive, p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid, true),
                pg_get_expr(p.polwithcheck, p.polrelid, true)), E'\n' order by p.polname) from pg_policy p where p.polrelid = c.oid),
        (select concat_ws(' ', q.seqtypid::regtype, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache, q.seqcycle) from pg_sequence q
         where q.seqrelid = c.oid))
    from pg_class c where c.oid = relation
$$;

-- As it stands in the catalog: each role with what it may do, where, and of which fees; what there is to be done; and every
-- thing in the database, whatever its kind, found by what it hangs on: a schema, an owner, another thing. What is part of a
-- thing is told with it. Parts of tables are asked apart whether they are as their roots, so months come unsaid. No number of
-- the catalog stands in it: a database that was restored tells the same.
-- Days, moments and figures in them are written in one way, whatever the database or its role is set to.
create function laws() returns table (kind text, what text, law text) language sql stable
    set search_path = pg_catalog, pg_temp set datestyle = 'ISO, YMD' set timezone = 'Asia/Shanghai'
    set intervalstyle = 'postgres' set bytea_output = 'hex' set extra_float_digits = 1 set jit = off as $$
    select 'rights', r.code::text, concat_ws(' ', r.place, r.name, case when r.at_outlet then 'at_outlet' end, r.fees,
        (select string_agg(p.permission, ' ' order by p.permission collate "C") from public.role_permission p where p.role = r.code))
    from public.role r
    union all
    select 'rights', '', string_agg(p.name, ' ' order by p.name collate "C") from public.permission p
    union all
    select 'laws', concat_ws(' ', i.type, i.identity), md5(case o.classid
        when 'pg_class'::regclass then public.shape(o.objid, true)
        when 'pg_proc'::regclass then (
            select concat_ws(E'\n', case when p.prokind <> 'a' then pg_get_functiondef(p.oid) end, p.proowner::regrole, public.access_of(p.proacl, 'f', p.proowner))
            from pg_proc p where p.oid = o.objid)
        when 'pg_type'::regclass then (
            select concat_ws(E'\n', format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault, t.typowner::regrole, public.access_of(t.typacl, 'T', t.typowner),
                (select string_agg(concat_ws(' ', k.conname, pg_get_constraintdef(k.oid, true)), E'\n' order by k.conname) from pg_constraint k where k.contypid = t.oid))
            from pg_type t where t.oid = o.objid)
        when 'pg_namespace'::regclass then (select concat_ws(E'\n', n.nspowner::regrole, public.access_of(n.nspacl, 'n', n.nspowner)) from pg_namespace n where n.oid = o.objid)
        when 'pg_publication'::regclass then (
            select concat_ws(E'\n', p.pubowner::regrole, p.puballtables, p.pubinsert, p.pubupdate, p.pubdelete, p.pubtruncate, p.pubviaroot,
                (select string_agg(concat_ws(' ', t.schemaname, t.tablename, t.attnames, t.rowfilter), E'\n' order by t.schemaname, t.tablename)
                 from pg_publication_tables t where t.pubname = p.pubname))
            from pg_publication p where p.oid = o.objid)
        when 'pg_event_trigger'::regclass then (
            select concat_ws(' ', e.evtevent, e.evtfoid::regprocedure, e.evtenabled, e.evttags, e.evtowner::regrole) from pg_event_trigger e where e.oid = o.objid)
        when 'pg_default_acl'::regclass then (select public.access_of(d.defaclacl, d.defaclobjtype, d.defaclrole) from pg_default_acl d where d.oid = o.objid)
        else '' end)
    from (select d.classid, d.objid from pg_depend d where d.objid >= 16384
          union select d.classid, d.objid from pg_shdepend d where d.dbid = (select b.oid from pg_database b where b.datname = current_database())
          union select 'pg_namespace'::regclass, n.oid from pg_namespace n) o
    cross join lateral pg_identify_object(o.classid, o.objid, 0) i
    where o.classid <> all ('{pg_constraint, pg_trigger, pg_rewrite, pg_policy, pg_attrdef, pg_publication_rel, pg_statistic_ext, pg_amop, pg_amproc}'::regclass[])
        and not exists (select from pg_class c where o.classid = 'pg_class'::regclass and c.oid = o.objid and (c.relkind in ('i', 'I', 't') or c.relispartition))
        and not exists (select from pg_type t where o.classid = 'pg_type'::regclass and t.oid = o.objid and (t.typrelid <> 0 or t.typelem <> 0))
        and not exists (select from pg_depend d where (d.classid, d.objid, d.deptype) = (o.classid, o.objid, 'e'))
        and concat(i.schema, i.name) !~ '^pg_(temp|toast)'
    union all
    -- Who could become one of the house, and whom it could become.
    select 'laws', 'role ' || r.rolname, md5(concat_ws(E'\n', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls,
        (select string_agg(m.said, ', ' order by m.said collate "C")
         from (select concat_ws(' ', m.member::regrole, m.roleid::regrole, m.admin_option) as said from pg_auth_members m where r.oid in (m.member, m.roleid)) m),
        (select string_agg(s.setconfig::text, ', ' order by s.setdatabase)
         from pg_db_role_setting s left join pg_database b on b.oid = s.setdatabase where s.setrole = r.oid and coalesce(b.datname, current_database()) = current_database())))
    from pg_roles r where r.rolname ~ '^weir_'
    union all
    -- Who may connect and have tables of a moment, no copy of a database takes along. Who may set what puts laws to sleep is
    -- said of the whole server.
    select 'laws', 'database', md5(concat_ws(E'\n', b.datdba::regrole,
        (select string_agg(g.grantee::regrole::text, ' ' order by g.grantee::regrole::text collate "C") from aclexplode(coalesce(b.datacl, acldefault('d', b.datdba))) g
         where g.privilege_type = 'CREATE'),
        (select string_agg(s.setconfig::text, ', ' order by s.setdatabase) from pg_db_role_setting s where s.setrole = 0 and s.setdatabase in (0, b.oid)),
        (select string_agg(concat_ws(' ', p.parname, public.access_of(p.paracl, 'p', b.datdba)), E'\n' order by p.parname collate "C") from pg_parameter_acl p)))
    from pg_database b where b.datname = current_database()
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

revoke execute on function access_of, shape, laws, tell_laws, tell_rights from public;
grant execute on function access_of, shape, laws to weir_app;
select tell_laws();
