//! Day closes, and what was posted without a till.

use super::Invariant;

pub(super) const ALL: &[Invariant] = &[
    (
        "17a",
        "日结各项金额等于其所含实收之和，应有现金等于其收款方式中的现金减找零",
        "select '日结 ' || c.id from cashier_close c
         left join (select i.close_id, sum(p.net) as net, sum(p.late_fee) as late_fee,
                           sum(p.prepaid_in) as prepaid_in, sum(p.prepaid_used) as prepaid_used,
                           count(*) filter (where p.kind = 'payment') as payments,
                           count(*) filter (where p.kind = 'reversal') as reversals
                    from close_item i join payment p on p.id = i.payment_id group by 1) p on p.close_id = c.id
         left join (select i.close_id, sum(a.amount) filter (where a.fee_item = 'water') as water,
                           sum(a.amount) filter (where a.fee_item = 'sewage') as sewage,
                           sum(a.amount) filter (where a.fee_item = 'garbage') as garbage,
                           sum(a.amount) filter (where a.fee_item = 'overquota') as overquota
                    from close_item i join allocation a on a.payment_id = i.payment_id group by 1) f on f.close_id = c.id
         where (c.water, c.sewage, c.garbage, c.overquota) is distinct from
               (coalesce(f.water, 0), coalesce(f.sewage, 0), coalesce(f.garbage, 0), coalesce(f.overquota, 0))
            or (c.net, c.late_fee, c.prepaid_in, c.prepaid_used, c.payments, c.reversals) is distinct from
               (coalesce(p.net, 0), coalesce(p.late_fee, 0), coalesce(p.prepaid_in, 0), coalesce(p.prepaid_used, 0), coalesce(p.payments, 0)::int, coalesce(p.reversals, 0)::int)
            or exists (select from cash_count k where k.id = c.id and k.cash_due <>
                coalesce((select sum(t.amount) from close_item i join payment_tender t on t.payment_id = i.payment_id
                          where i.close_id = c.id and t.method = 'cash'), 0)
                - coalesce((select sum(p.change_given) from close_item i join payment p on p.id = i.payment_id where i.close_id = c.id), 0))",
    ),
    (
        "17b",
        "已日结的收费员当日实收都在日结内",
        "select '实收 ' || p.id from payment p
         join cashier_close c on (c.cashier_id, c.outlet_id, c.business_day) = (p.cashier_id, p.outlet_id, p.account_date)
         where not exists (select from close_item i where i.payment_id = p.id and i.close_id = c.id)",
    ),
    (
        "17c",
        "日结的指纹与其实收、票据重算的一致",
        "select '日结 ' || c.id from cashier_close c where c.digest <> day_digest(c.cashier_id, c.outlet_id, c.business_day)",
    ),
    (
        "17d",
        "日结登记的票据与票号、票据流水重算的一致，结存的号码当日未用",
        "select '日结 ' || c.id from cashier_close c
         where exists (
             (select fate, receipt_type, code, first_no, last_no from day_papers(c.cashier_id, c.outlet_id, c.business_day)
              except select fate, receipt_type, code, first_no, last_no from close_paper p where p.close_id = c.id)
             union all
             (select fate, receipt_type, code, first_no, last_no from close_paper p where p.close_id = c.id and p.fate <> 'left'
              except select fate, receipt_type, code, first_no, last_no from day_papers(c.cashier_id, c.outlet_id, c.business_day)))
            or exists (select from close_paper k join close_paper u
                on (u.close_id, u.receipt_type, u.code) = (k.close_id, k.receipt_type, k.code) and u.fate in ('used', 'red', 'voided')
                where k.close_id = c.id and k.fate = 'left' and u.first_no <= k.last_no and k.first_no <= u.last_no)",
    ),
    (
        "17k",
        "日结的结存等于前一次日结的结存加其后领用、减其后退回与使用，逐号相符",
        "select '日结 ' || c.id from cashier_close c
         left join lateral (
             select b.id, b.business_day from public.cashier_close b
             where b.cashier_id = c.cashier_id and b.outlet_id = c.outlet_id and b.business_day < c.business_day
             order by b.business_day desc limit 1) b on true
         cross join lateral (
             -- Of each number the last step counts; one that was used or spoilt moves no more.
             with step as (
                 select 0 as no, true as comes, k.receipt_type, k.code, int8range(k.first_no, k.last_no, '[]') as numbers
                 from public.close_paper k where k.close_id = b.id and k.fate = 'left'
                 union all
                 select e.id, e.event = 'leased', e.receipt_type, e.code, int8range(e.first_no, e.last_no, '[]')
                 from public.receipt_event e
                 where e.outlet_id = c.outlet_id and e.holder_id = c.cashier_id and e.event in ('leased', 'returned')
                     and e.business_day > coalesce(b.business_day, '-infinity') and e.business_day <= c.business_day
                 union all
                 select 9223372036854775807, false, k.receipt_type, k.code, int8range(k.first_no, k.last_no, '[]')
                 from public.close_paper k where k.close_id = c.id and k.fate in ('used', 'red', 'voided')
             ), held as (
                 select s.receipt_type, s.code, range_agg(int8multirange(s.numbers) - coalesce((
                     select range_agg(l.numbers) from step l
                     where (l.receipt_type, l.code) = (s.receipt_type, s.code) and l.no > s.no), '{}')) as numbers
                 from step s where s.comes group by 1, 2
             ), told as (
                 select k.receipt_type, k.code, range_agg(int8range(k.first_no, k.last_no, '[]')) as numbers
                 from public.close_paper k where k.close_id = c.id and k.fate = 'left' group by 1, 2
             )
             select from held h full join told t on (t.receipt_type, t.code) = (h.receipt_type, h.code)
             where coalesce(h.numbers, '{}') <> coalesce(t.numbers, '{}') limit 1) odd",
    ),
    (
        "17e",
        "收费员的每一天或已日结，或列为未日结",
        "select '实收 ' || p.id from payment p
         where p.cashier_id is not null
           and not exists (select from cashier_close c
               where (c.cashier_id, c.outlet_id, c.business_day) = (p.cashier_id, p.outlet_id, p.account_date))
           and not exists (select from open_day d
               where (d.cashier_id, d.outlet_id, d.business_day) = (p.cashier_id, p.outlet_id, p.account_date))",
    ),
    (
        "17f",
        "未日结的每一天都有实收或作废的票据，且没有日结；作废的票据或已日结，或列为未日结",
        "select '未日结 ' || d.cashier_id || ' ' || d.business_day from open_day d
         cross join lateral (select c.id from public.cashier_close c
             where (c.cashier_id, c.outlet_id, c.business_day) = (d.cashier_id, d.outlet_id, d.business_day) offset 0) c
         union all
         select '未日结 ' || d.cashier_id || ' ' || d.business_day from open_day d
         where not exists (select from public.payment p where p.cashier_id = d.cashier_id and p.account_date = d.business_day
                 and p.outlet_id = d.outlet_id and p.id >= first_id(d.business_day))
             and not exists (select from public.receipt_event e where e.event = 'voided' and e.by_user_id = d.cashier_id
                 and e.business_day = d.business_day and e.outlet_id = d.outlet_id)
         union all
         select '作废 ' || e.code || ' ' || e.first_no from receipt_event e
         where e.event = 'voided'
           and not exists (select from cashier_close c
               where (c.cashier_id, c.outlet_id, c.business_day) = (e.by_user_id, e.outlet_id, e.business_day))
           and not exists (select from open_day d
               where (d.cashier_id, d.outlet_id, d.business_day) = (e.by_user_id, e.outlet_id, e.business_day))",
    ),
    (
        "17g",
        "日结逐次相链：封账码与其内容、前一次日结、操作日志、待发消息中的一致",
        "select '日结 ' || c.id from cashier_close c
         left join public.cashier_close b on b.outlet_id = c.outlet_id and b.no = c.no - 1
         left join public.outbox o on o.key = 'day-close:' || c.id and o.body @> jsonb_build_object('cashier', c.cashier_id,
             'outlet', c.outlet_id, 'day', c.business_day, 'closed_by', c.closed_by, 'payments', c.payments,
             'reversals', c.reversals, 'net', c.net::text, 'digest', c.digest, 'seal', c.seal)
         left join lateral (select l.id from public.operation_log l
             where l.at = c.closed_at and l.details->>'seal' = c.seal
                 and l.action in ('closing.day.close', 'closing.day.substitute') limit 1) m on true
         where c.before is distinct from case when c.no = 1 then '' else b.seal end
            or c.seal <> day_seal(row(c.*)::public.cashier_close) or m.id is null or o.id is null
         union all
         select '操作日志 ' || l.id from operation_log l
         where l.action in ('closing.day.close', 'closing.day.substitute')
           and not exists (select from public.cashier_close c
                           where c.id = case when l.details->>'close' ~ '^[0-9]{1,18}$' then (l.details->>'close')::bigint end
                               and c.seal = l.details->>'seal')",
    ),
    (
        "17i",
        "日结时清点的现金与其操作日志中的一致",
        "select '日结 ' || c.id from cashier_close c
         left join cash_count k on k.id = c.id
         cross join lateral (select l.details from public.operation_log l
             where l.at = c.closed_at and l.details->>'seal' = c.seal
                 and l.action in ('closing.day.close', 'closing.day.substitute') limit 1) m
         where k.counted is distinct from (m.details->>'counted')::numeric or k.reason is distinct from m.details->>'why'
             or k.cash_due <> (m.details->>'cash')::numeric",
    ),
    (
        "17j",
        "柜台的每笔实收与其操作日志一一对应，票号、销账及归属、收款方式一致",
        "select '实收 ' || p.id from payment p
         where p.cashier_id is not null and not exists (
             select from operation_log l
             where l.at = p.posted_at and l.user_id = p.cashier_id and l.details->>'payment' = p.id::text
                 and l.action = case p.kind when 'reversal' then 'counter.payment.reverse' else 'counter.payment.collect' end
                 and l.details->'papers' = (
                     select coalesce(jsonb_agg(concat_ws(' ', n.code, n.no) order by n.receipt_id), '[]') from public.receipt_number n
                     where n.receipt_id between receipt_of(p.id, 1) and receipt_of(p.id, 999) and n.paper_no is not null)
                 and l.details->>'settled' = (
                     select encode(sha256(convert_to(coalesce(string_agg(concat_ws(':', a.charge_line_id, a.owner_id, a.fee_item,
                         a.amount, a.late_fee), ' ' order by a.charge_line_id), ''), 'UTF8')), 'hex')
                     from public.allocation a where a.payment_id = p.id)
                 and l.details->>'tendered' = (
                     select encode(sha256(p.request_hash || convert_to(concat_ws(' ', p.idempotency_key, p.method, p.received, p.change_given,
                         string_agg(concat_ws(':', t.no, t.method, t.reference, t.slip_day - date '2000-01-01', t.slip_total, t.amount), ' '
                             order by t.no)), 'UTF8')), 'hex')
                     from public.payment_tender t where t.payment_id = p.id))
         union all
         select '操作日志 ' || l.id from operation_log l
         -- Looked up one by one: a mark names one payment.
         left join lateral (
             select p.id from public.payment p
             where p.id = case when l.details->>'payment' ~ '^[0-9]{1,18}$' then (l.details->>'payment')::bigint end
                 and p.posted_at = l.at offset 0) p on true
         where l.action in ('counter.payment.collect', 'counter.payment.reverse') and p.id is null",
    ),
    (
        "17h",
        "不经柜台的实收都在其入账的操作日志内，指纹与其重算的一致，由入账的操作留下",
        "select '操作日志 ' || l.id from operation_log l
         where l.details->>'posted' is not null
             and (posted_by(l.details) is null or not posts(l.action)
                 or l.details->'posted'->>'digest' is distinct from posting_digest(posted_by(l.details)))
         union all
         select '实收 ' || p.id from payment p
         where p.cashier_id is null and not p.id <@ coalesce(
             (select range_agg(posted_by(l.details)) from operation_log l where l.details->>'posted' is not null), '{}')",
    ),
];
