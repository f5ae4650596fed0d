//! Readings, and what became of them.

use super::Invariant;

pub(super) const ALL: &[Invariant] = &[
    (
        "19a",
        "本期起码等于上次有效止码或装表底度",
        "select '抄表 ' || r.id
         from (select r.*, lag(r.end_index) over (partition by r.meter_id order by r.bill_period) as before
               from reading r
               where not exists (select from reading_review v
                                 where v.reading_id = r.id and v.bill_period = r.bill_period and v.decision = 'rejected')
                 and not exists (select from reading s where s.supersedes_id = r.id and s.bill_period = r.bill_period)) r
         join meter m on m.id = r.meter_id
         where r.start_index <> coalesce(r.before, m.start_index)",
    ),
    (
        "19b",
        "用水量等于止码减起码，翻转时加量程",
        "select '抄表 ' || r.id from reading r join meter m on m.id = r.meter_id
         where r.consumption_m3 <> r.end_index - r.start_index + case when r.flag = 'rollover' then m.max_range else 0 end",
    ),
    (
        "19c",
        "用水期间起于上次有效抄表或装表之日",
        "select '抄表 ' || r.id
         from (select r.*, lag(r.to_date) over chain as last_day, lag(r.bill_period) over chain as last_period
               from reading r
               where not exists (select from reading_review v
                                 where v.reading_id = r.id and v.bill_period = r.bill_period and v.decision = 'rejected')
                 and not exists (select from reading s where s.supersedes_id = r.id and s.bill_period = r.bill_period)
               window chain as (partition by r.meter_id order by r.bill_period)) r
         join meter m on m.id = r.meter_id
         where r.from_date <> coalesce(r.last_day, m.installed_on)
            or r.since_period <> coalesce(r.last_period, to_char(m.installed_on, 'YYYYMM')::integer)",
    ),
    (
        "19d",
        "每表每月至多一次有效抄表，替代的抄表与原抄表同表同月",
        "select '水表 ' || meter_id from reading r
         where not exists (select from reading_review v
                                 where v.reading_id = r.id and v.bill_period = r.bill_period and v.decision = 'rejected')
           and not exists (select from reading s where s.supersedes_id = r.id and s.bill_period = r.bill_period)
         group by meter_id, bill_period having count(*) > 1
         union all
         select '抄表 ' || r.id from reading r join reading o on o.id = r.supersedes_id
         where (o.meter_id, o.bill_period) <> (r.meter_id, r.bill_period)",
    ),
    (
        "19e",
        "被替代的抄表都有登记，各只一次，与替代它的抄表相符",
        "select '抄表 ' || r.supersedes_id from reading r
         left join reading_superseded s on s.reading_id = r.supersedes_id
         where r.supersedes_id is not null and s.by_id is distinct from r.id
         union all
         select '抄表 ' || s.reading_id from reading_superseded s
         where not exists (select from public.reading r
                           where r.id = s.by_id and r.bill_period = month_of_id(s.by_id) and r.supersedes_id = s.reading_id)",
    ),
    (
        "20",
        "待审核、被退回或被替代的抄表未计费",
        "select '抄表 ' || t.reading_id from charge_reading t
         left join reading r on r.id = t.reading_id and r.bill_period = t.service_period
         left join reading_review v on v.reading_id = r.id and v.bill_period = r.bill_period
         where (not coalesce(v.decision = 'accepted', r.flag in ('none', 'zero'), false)
                or exists (select from reading s where s.supersedes_id = t.reading_id and s.bill_period = t.service_period))
            and not exists (select from charge_reversal w where w.charge_id = t.charge_id)",
    ),
    (
        "20b",
        "计费开始前已审核且有应收的抄表，计费后都已计费或已列明原因",
        "select '抄表 ' || r.id
         -- Those that no bill took, few of all.
         from (select r.id, r.account_id, r.bill_period, r.consumption_m3, coalesce(v.reviewed_at, r.entered_at) as accepted_at,
                      v.xmin as reviewed_by
               from reading r left join reading_review v on v.reading_id = r.id and v.bill_period = r.bill_period
               where coalesce(v.decision = 'accepted', r.flag in ('none', 'zero'))
                 and not exists (select from reading s where s.supersedes_id = r.id and s.bill_period = r.bill_period)
                 and not exists (select from charge_reading t where t.reading_id = r.id and t.service_period = r.bill_period
                                 and not exists (select from charge_reversal w where w.charge_id = t.charge_id))
               offset 0) r
         join account a on a.id = r.account_id
         left join period_pointer o on o.organisation_id = a.outlet_id and o.kind = 'bill'
         -- What a reversal set free in a month that is closed since is billed in the first open one.
         join bill_run b on b.bill_period = greatest(r.bill_period, o.open_period)
         -- What came after the start by which its chunk was looked at last is for the next one; so is what was on its way then
         -- and could not be seen yet.
         cross join lateral (select c.looked_at, case when c.xmin = c.looked_by::xid then c.looked_in end as looked_in
                             from public.bill_run_chunk c
                             where c.run_id = b.id and c.first_account <= r.account_id
                             order by c.first_account desc limit 1) k
         cross join lateral (select n.xmin as written_by from public.reading n
                             where n.id = r.id and n.bill_period = r.bill_period offset 0) n
         where r.accepted_at < k.looked_at and was_seen(n.written_by, k.looked_in) and was_seen(r.reviewed_by, k.looked_in)
           and not exists (select from charge_reading t join public.charge_reversal w on w.charge_id = t.charge_id
                           join charge c on c.id = w.reversal_id and c.bill_period = w.reversal_period
                           where t.reading_id = r.id and t.service_period = r.bill_period
                               and (c.created_at >= k.looked_at or not was_seen(w.xmin, k.looked_in)))
           and not exists (select from bill_failure f where f.run_id = b.id and f.account_id = r.account_id)
           and (r.consumption_m3 > 0
                or (not exists (select from charge_month m where m.account_id = r.account_id and m.month = r.bill_period
                                and not exists (select from charge_reversal w where w.charge_id = m.charge_id))
                    and fixed_charge_of(r.account_id, r.bill_period) > 0
                    -- What was approved after the run counts for the next one.
                    and not exists (select from account_version s join account_approval p on p.version_id = s.id
                                    where s.account_id = r.account_id
                                        and (p.approved_at >= k.looked_at or not was_seen(p.xmin, k.looked_in)))))",
    ),
];
