//! The marks of the operation log, their chains, and the laws that they say were made.

use super::Invariant;

pub(super) const ALL: &[Invariant] = &[
    (
        "27a",
        "操作日志逐条相链，无改动无缺号",
        "select '操作日志 ' || l.id from operation_log l where l.digest <> mark_digest(row(l.*)::public.operation_log)
         union all
         select '操作日志 ' || m.id
         from (select l.id, l.chain, l.no, l.before, lag(l.no) over w as no_before, lag(l.digest) over w as digest_before
               from operation_log l window w as (partition by l.chain order by l.no, l.id)) m
         -- Where a mark does not follow upon another of these, it is the first of all or follows upon one of another month.
         where case when m.no_before = m.no - 1 then m.before <> m.digest_before
             else exists (select from public.operation_log o where (o.chain, o.no) = (m.chain, m.no) and o.id <> m.id)
                 or m.before is distinct from case when m.no = 1 then ''::bytea else (
                     select o.digest from public.operation_log o where (o.chain, o.no) = (m.chain, m.no - 1) limit 1) end end",
    ),
    (
        "27b",
        "操作日志各链的末条与链头相符",
        "select '操作链 ' || c.chain from operation_chain c
         left join lateral (select o.no, o.digest from public.operation_log o
             where o.chain = c.chain order by o.no desc limit 1) l on true
         where l.no is distinct from c.marks or l.digest is distinct from c.digest
         union all
         select '操作日志 ' || l.id from operation_log l
         where not exists (select from operation_chain c where c.chain = l.chain)",
    ),
    (
        "27c",
        "日结消息所记的各操作链末条都在，无截尾",
        "select '消息 ' || o.key from outbox o
         cross join lateral (
             select count(*) filter (where l.digest is null) as gone,
                 encode(sha256(coalesce(string_agg(l.digest, ''::bytea order by e.chain), '')), 'hex') as ends
             from (select c.key::integer as chain, c.value::bigint as no from jsonb_each_text(o.body->'chains') c) e
             left join lateral (
                 select m.digest from public.operation_log m where (m.chain, m.no) = (e.chain, e.no) limit 1) l on true
         ) made
         where o.body ? 'chains' and (made.gone > 0 or made.ends <> o.body->>'ends')",
    ),
    (
        "27d",
        "登记在册的各行与写入时操作日志所记的指纹一致，无改动无缺失",
        "select '操作日志 ' || l.id || ' ' || w.changed
         from operation_log l cross join lateral written_otherwise(l.details->'wrote') w (changed)
         where l.details ? 'wrote'",
    ),
    (
        "27e",
        "登记在册的各行都有操作日志记下，无凭空增添",
        "select '登记 ' || w.source || ' ' || w.keys from written w
         union all
         select '登记 ' || u.added
         from kept_tables() k
         left join (
             select t.source, range_agg(t.keys) as keys
             from (select w->>0 as source, (w->>1)::int8multirange as keys
                   from operation_log l cross join lateral jsonb_array_elements(l.details->'wrote') w where l.details ? 'wrote'
                   union all
                   select source, keys from written) t
             group by 1
         ) t on t.source = k.source
         cross join lateral untold(k.source, t.keys, array(select month from kept_month)) u (added)",
    ),
    (
        "31a",
        "库内的触发器与约束都有效，分区与其主表一致",
        "select '触发器 ' || t.tgrelid::regclass || ' ' || t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid
         where c.relnamespace = 'public'::regnamespace and t.tgenabled <> 'O'
         union all
         select '约束 ' || k.conrelid::regclass || ' ' || k.conname from pg_constraint k
         where k.connamespace = 'public'::regnamespace and not k.convalidated
         union all
         select '分区 ' || c.oid::regclass
         from (select r.oid, r.relacl, shape(r.oid, false) as law from pg_class r where r.relkind = 'p' offset 0) r
         join pg_inherits i on i.inhparent = r.oid join pg_class c on c.oid = i.inhrelid
         where shape(c.oid, false) is distinct from r.law
             or exists (
                 select grantee, privilege_type from aclexplode(c.relacl) except select grantee, privilege_type from aclexplode(r.relacl))
             or exists (select from pg_attribute a where a.attrelid = c.oid and a.attacl is not null)",
    ),
    (
        "31b",
        "角色及其权限、网点与费项范围，库内的表、视图、函数等一切对象及其授权，数据库角色的属性与隶属，与登记的操作日志一致",
        "select coalesce(n.what, m.what)
         from public.laws() n full join (
             select k.kind, e.key as what, e.value as law
             from (values ('rights'), ('laws')) k (kind)
             cross join lateral (
                 select l.details->k.kind as said from public.operation_log l
                 where l.chain = 0 and l.action = 'register.reference.load' and l.details ? k.kind order by l.no desc limit 1
             ) l
             cross join lateral jsonb_each_text(case jsonb_typeof(l.said) when 'object' then l.said else '{}' end) e
         ) m on m.kind = n.kind and m.what = n.what
         where n.law is distinct from m.law",
    ),
    (
        "31c",
        "说出库内规则的函数是本程序所带的那几个",
        // Whoever owns the database may replace them too, and they would say what they are told to: all else of the
        // database is believed by their word, so of them its word is not taken. What is compared is of the very types of
        // the server's own operators, before which nobody can put one of theirs.
        concat!(
            "select '函数 ' || f.name from (values ('access_of'), ('shape'), ('laws')) f (name)
             left join pg_catalog.pg_proc p on p.proname = f.name and p.pronamespace = 'public'::regnamespace::oid
             left join pg_catalog.pg_language l on l.oid = p.prolang
             cross join (select $migration$",
            include_str!("../../../migrations/0092_laws.sql"),
            "$migration$::text) m (says)
             where (p.prosrc, l.lanname, p.proconfig[1]) is distinct from (
                 split_part(split_part(m.says, 'create function ' || f.name || '(', 2), '$$', 2), 'sql'::name,
                 'search_path=pg_catalog, pg_temp')",
        ),
    ),
];
