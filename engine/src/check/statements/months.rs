//! Month closes, and the messages that go out with closes and returns.

use super::Invariant;

pub(super) const ALL: &[Invariant] = &[
    (
        "30",
        "每条待发消息恰居其一：待发或已送达；每次日结、月结、退回都有消息",
        "select '消息 ' || o.key from outbox o
         left join outbox_due d on d.outbox_id = o.id left join outbox_delivery t on t.outbox_id = o.id
         where (d.outbox_id is null) = (t.outbox_id is null)
         union all
         select '日结 ' || c.id from cashier_close c
         where not exists (select from public.outbox o where o.key = 'day-close:' || c.id)
         union all
         select '月结 ' || c.id from month_close c
         where not exists (select from public.outbox o where o.key = 'month-close:' || c.id)
         union all
         select '退回 ' || e.id from channel_item_event e
         where e.event = 'returned' and not exists (select from public.outbox o where o.key = 'item-returned:' || e.id)",
    ),
    (
        "6a",
        "已月结的账期与月结时一致",
        "select '月结 ' || c.id from month_close c cross join lateral month_figures(c.organisation_id, c.kind, c.period) f
         where (c.entries, c.amount, c.digest) is distinct from (f.entries, f.amount, f.digest)",
    ),
    (
        "6e",
        "月结时登记的各项实收与其实收重算的一致",
        "select '月结 ' || c.id from month_close c
         where c.kind = 'pay' and exists (
             select from (select * from collected_month where organisation_id = c.organisation_id and pay_period = c.period) k
             full join collected_in(c.organisation_id, c.period) f
                 on (f.town_id, f.owner_id, f.fee_item) = (k.town_id, k.owner_id, k.fee_item)
             where (f.amount, f.late_fee) is distinct from (k.amount, k.late_fee))",
    ),
    (
        "6f",
        "月结逐月相链：封账码与其内容、前一月、操作日志、待发消息中的一致",
        "select '月结 ' || c.id from month_close c
         left join lateral (select b.seal from public.month_close b
             where (b.organisation_id, b.kind) = (c.organisation_id, c.kind) and b.period < c.period
             order by b.period desc limit 1) b on true
         left join public.outbox o on o.key = 'month-close:' || c.id and o.body @> jsonb_build_object(
             'organisation', c.organisation_id, 'kind', c.kind, 'period', c.period, 'entries', c.entries,
             'amount', c.amount::text, 'digest', c.digest, 'seal', c.seal)
         left join lateral (select l.id from public.operation_log l
             where l.at = c.closed_at and l.details->>'seal' = c.seal and l.action = 'closing.month.close' limit 1) m on true
         where c.before <> coalesce(b.seal, '')
            or c.seal <> month_seal(row(c.*)::public.month_close) or m.id is null or o.id is null
         union all
         select '操作日志 ' || l.id from operation_log l
         where l.action = 'closing.month.close'
           and not exists (select from public.month_close c where c.seal = l.details->>'seal')",
    ),
    (
        "6b",
        "账期逐月推进，各机构各类的当前账期与月结相符",
        "select '机构 ' || coalesce(p.organisation_id, c.organisation_id) from period_pointer p
         full join (select organisation_id, kind, month_after(max(period)) as open_period from month_close group by 1, 2) c
             using (organisation_id, kind)
         where p.open_period is distinct from c.open_period",
    ),
    (
        "6c",
        "实收、票据计入其日期所在的账期",
        "select '实收 ' || id from payment where pay_period <> to_char(account_date, 'YYYYMM')::integer
         union all select '票据 ' || id from receipt where receipt_period <> to_char(account_date, 'YYYYMM')::integer",
    ),
    (
        "6d",
        "各机构各类账期从第一笔起逐月月结，无遗漏",
        "select '机构 ' || c.organisation_id || ' ' || c.period
         from (select organisation_id, kind, period, lag(period) over w as before from month_close
               window w as (partition by organisation_id, kind order by period)) c
         where c.period <> month_after(c.before)
            or (c.before is null and first_month(c.organisation_id, c.kind) < c.period)",
    ),
];
