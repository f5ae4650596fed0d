//! The marks of the operation log, and their chains.

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
];
