//! What accounts, payers, places, meters and people were; remittances, and what took a second person.

use super::Invariant;

pub(super) const ALL: &[Invariant] = &[
    (
        "25b",
        "抄表的录入人与审核人不同",
        "select '抄表 ' || r.id from reading r join reading_review v on v.reading_id = r.id and v.bill_period = r.bill_period
         where v.reviewed_by = r.entered_by",
    ),
    (
        "25c",
        "档案变更的提交人与审批人不同",
        "select '档案变更 ' || v.id from account_version v join account_approval p on p.version_id = v.id
         where v.submitted_by is not distinct from p.approved_by",
    ),
    (
        "25d",
        "用水户档案与其最近有效的变更一致，将生效的不计",
        "select '用水户 ' || a.id
         from (select distinct on (account_id) * from account_version_held h
               where not exists (select from change_ahead c where c.version_id = h.id)
               order by account_id, valid_from desc, submitted_by is not null desc, id desc) v
         join account a on a.id = v.account_id
         where (a.use_class, a.sewage_class, a.garbage_class, a.persons, a.supplier_id, a.area_m2, a.bins, a.households,
                a.levy_ratio, a.payer_id)
               is distinct from (v.use_class, v.sewage_class, v.garbage_class, v.persons, v.supplier_id, v.area_m2, v.bins,
                v.households, v.levy_ratio, v.payer_id)",
    ),
    (
        "25k",
        "过户时原缴费人没有预存结余",
        "select '用水户 ' || v.account_id || ' 变更 ' || v.id
         from (select v.*, a.approved_at,
                   lag(v.payer_id) over (partition by v.account_id order by a.approved_at nulls first, v.id) as payer_before
               from account_version v left join account_approval a on a.version_id = v.id
               where v.submitted_by is null or a.decision = 'approved') v
         where v.payer_id <> v.payer_before
           -- Entries bear the moment at which their act began, which may be hours long: a day on either side is let go.
           -- The few who changed are looked up one by one.
           and (select e.balance_after from public.prepaid_entry e
                cross join lateral (select p.posted_at from public.payment p where p.id = e.payment_id offset 0) p
                where e.account_id = v.account_id and p.posted_at < v.approved_at - interval '1 day'
                order by e.payment_id desc, e.id desc limit 1) > 0
           and (select count(*) from public.prepaid_entry e
                cross join lateral (select p.posted_at from public.payment p where p.id = e.payment_id offset 0) p
                where e.account_id = v.account_id and e.balance_after = 0
                  and p.posted_at between v.approved_at - interval '1 day' and v.approved_at + interval '1 day') = 0",
    ),
    (
        "25m",
        "预存只抵扣当时缴费人的账单",
        "select '实收 ' || p.id
         -- The few accounts that ever passed on are looked up one by one; as above, a day on either side is let go.
         from (select distinct v.account_id from account_version v
               join account a on a.id = v.account_id and a.payer_id <> v.payer_id) h
         cross join lateral (select p.id, p.account_id, p.posted_at, p.prepaid_used from public.payment p
             where p.account_id = h.account_id and p.kind = 'payment' and p.prepaid_used > 0 offset 0) p
         where p.prepaid_used > (
             select coalesce(sum(l.amount + l.late_fee), 0) from public.allocation l
             cross join lateral (select c.payer_id from public.charge c
                 where c.id = l.charge_id and c.bill_period = l.bill_period offset 0) c
             where l.payment_id = p.id and (c.payer_id = payer_at(p.account_id, p.posted_at - interval '1 day') or exists (
                 select from account_version v join account_approval a on a.version_id = v.id and a.decision = 'approved'
                 where v.account_id = p.account_id and v.payer_id = c.payer_id
                     and a.approved_at between p.posted_at - interval '1 day' and p.posted_at + interval '1 day')))",
    ),
    (
        "25p",
        "渠道资金转入预存时，其结算日的缴费人未变",
        "select '实收 ' || p.id from payment p
         cross join lateral (
             select i.batch_id from public.channel_item i
             where i.id = p.channel_item_id and i.settled_period = month_of_id(p.channel_item_id) offset 0) i
         join channel_batch b on b.id = i.batch_id
         where p.kind = 'payment' and p.channel_item_id is not null and p.prepaid_in > 0
             and payer_at(p.account_id, b.settled_on::timestamp at time zone 'Asia/Shanghai') <> payer_at(p.account_id, p.posted_at)",
    ),
    (
        "25l",
        "渠道资金改户入账都由申请以外的另一人核准并留有其操作日志，一次核准只用一次",
        "select '实收 ' || p.id from payment p
         join public.channel_item i on i.id = p.channel_item_id and i.settled_period = month_of_id(p.channel_item_id)
         left join item_approved u on u.payment_id = p.id left join item_request q on q.id = u.request_id
         left join item_answer a on a.request_id = q.id
         left join lateral (
             select l.id from public.operation_log l
             where l.at = a.answered_at and l.user_id = a.answered_by and l.action = 'channels.item.approve' limit 1) m on true
         where p.kind = 'payment' and i.account_id is distinct from p.account_id
             and ((q.item_id, q.account_id, a.approved) is distinct from (p.channel_item_id, p.account_id, true)
                 or a.answered_by = q.asked_by or m.id is null)",
    ),
    (
        "25f",
        "用水户的户名、电话、地址与其缴费人和用水点一致",
        "select '用水户 ' || a.id from account a join payer p on p.id = a.payer_id join service_point s on s.id = a.service_point_id
         where (a.payer_name, a.phone, a.address, a.town_id, a.village_code)
               is distinct from (p.name, p.phone, s.address, s.town_id, s.village_code)",
    ),
    (
        "25g",
        "缴费人、用水点、水表的资料与其最近一次更正一致",
        "select '缴费人 ' || p.id from (select distinct on (payer_id) * from payer_version_held order by payer_id, submitted_by is not null desc, id desc) v
         join payer p on p.id = v.payer_id
         where (p.name, p.phone, p.document) is distinct from (v.name, v.phone, v.document)
         union all
         select '用水点 ' || s.id from (select distinct on (service_point_id) * from service_point_version
             order by service_point_id, submitted_by is not null desc, id desc) v
         join service_point s on s.id = v.service_point_id
         where (s.village_code, s.address) is distinct from (v.village_code, v.address)
         union all
         select '水表 ' || m.serial_no from (select distinct on (meter_id) * from meter_version
             order by meter_id, submitted_by is not null desc, id desc) v
         join meter m on m.id = v.meter_id
         where (m.serial_no, m.caliber_mm, m.max_range) is distinct from (v.serial_no, v.caliber_mm, v.max_range)",
    ),
    (
        "25i",
        "用户与其最近的沿革一致，三员不顶岗也不由他人顶岗",
        "select '用户 ' || u.login from app_user u
         left join (select distinct on (user_id) * from person_version order by user_id, id desc) v on v.user_id = u.id
         where (u.name, u.role, u.outlet_id, u.town_id, u.active) is distinct from (v.name, v.role, v.outlet_id, v.town_id, v.active)
         union all
         select '顶岗 ' || s.id from stand_in s where s.role in ('administrator', 'auditor')",
    ),
    (
        "25n",
        "口令是设置时的操作日志所记的那一个",
        "select '用户 ' || coalesce(u.login, c.user_id::text) from credential c left join app_user u on u.id = c.user_id
         left join lateral (
             select l.id from public.operation_log l
             where l.at = c.set_at and l.action in ('access.user.add', 'access.user.password', 'access.password.renew')
                 and l.details->>'credential' = encode(sha256(convert_to(c.user_id || ' ' || c.password_hash, 'UTF8')), 'hex')
             limit 1) m on true
         where m.id is null",
    ),
    (
        "25h",
        "户名更正的提交人与审批人不同",
        "select '更正 ' || v.id from payer_version v join payer_approval p on p.version_id = v.id
         where v.submitted_by is not distinct from p.approved_by",
    ),
    (
        "26",
        "各镇街、各归属单位各项非税收入的上缴不超过上缴时的实收，后来的冲正不计",
        "select t.short_name || ' ' || case r.fee_item
             when 'sewage' then '污水处理费' when 'garbage' then '垃圾处理费' when 'overquota' then '累计加价' else '水费' end
         from (select town_id, owner_id, fee_item, sum(amount) as amount, max(remitted_on) as last_day
               from remittance group by 1, 2, 3) r
         join town t on t.id = r.town_id
         -- What closed months brought, and those that are open, is enough mostly; only where it is not, all is added up.
         left join (
             select town_id, owner_id, fee_item, sum(amount) as amount
             from (select town_id, owner_id, fee_item, amount + late_fee as amount from collected_month
                   union all
                   select * from collected_open('infinity')) part
             group by 1, 2, 3) k on (k.town_id, k.owner_id, k.fee_item) = (r.town_id, r.owner_id, r.fee_item)
                 and k.amount >= r.amount
         cross join lateral (
             select coalesce(sum(a.amount + a.late_fee), 0) as amount from allocation a
             where a.town_id = r.town_id and a.owner_id = r.owner_id and a.fee_item = r.fee_item and (a.amount > 0 or a.account_date <= r.last_day)
         ) a
         where k.town_id is null and r.amount > a.amount",
    ),
    (
        "26b",
        "上缴凭证只计一次，冲正与原上缴相反、由另一人登记",
        "select '凭证 ' || voucher_no from remittance o
         where kind = 'remittance' and not exists (select from remittance r where r.reverses_id = o.id)
         group by voucher_no having count(*) > 1
         union all
         select '上缴 ' || r.id from remittance r join remittance o on o.id = r.reverses_id
         where o.kind <> 'remittance' or o.recorded_by = r.recorded_by or (o.town_id, o.owner_id, o.fee_item, o.pay_period, o.voucher_no, -o.amount)
            is distinct from (r.town_id, r.owner_id, r.fee_item, r.pay_period, r.voucher_no, r.amount)",
    ),
    (
        "25e",
        "柜台冲正都由收款和申请以外的另一人当日核准并留有其操作日志，一次核准只用一次",
        "select '冲正 ' || r.id from payment r
         left join reversal_approved u on u.reversal_id = r.id left join reversal_request q on q.id = u.request_id
         left join reversal_answer a on a.request_id = q.id
         left join lateral (
             select l.id from public.operation_log l
             where l.at = a.answered_at and l.user_id = a.answered_by and l.action = 'counter.reversal.approve' limit 1) m on true
         left join lateral (select * from public.payment o where o.id = r.reverses_id offset 0) o on true
         where r.kind = 'reversal' and coalesce(r.cashier_id, o.cashier_id) is not null
             and ((q.payment_id, q.asked_by, q.asked_on, (a.answered_at at time zone 'Asia/Shanghai')::date, a.approved)
                     is distinct from (r.reverses_id, r.cashier_id, r.account_date, r.account_date, true)
                 or a.answered_by in (r.cashier_id, o.cashier_id) or m.id is null)",
    ),
    (
        "25o",
        "申请、变更、核准、冲正和退回及其原因与其操作日志一致，无一缺失",
        "with said as (
             select l.id, l.action, l.user_id, l.at, l.details->>'reason' as reason, l.details->>'approved' as approved,
                 case when l.details->>'request' ~ '^[0-9]{1,18}$' then (l.details->>'request')::bigint end as request,
                 case when l.details->>'reversal' ~ '^[0-9]{1,18}$' then (l.details->>'reversal')::bigint end as reversal,
                 case when l.details->>'version' ~ '^[0-9]{1,18}$' then (l.details->>'version')::bigint end as version,
                 case when l.details->>'item' ~ '^[0-9]{1,18}$' then (l.details->>'item')::bigint end as item
             from operation_log l
             where l.action in ('counter.reversal.request', 'counter.reversal.approve', 'counter.payment.reverse', 'billing.reversal.request',
                 'billing.reversal.approve', 'channels.item.request', 'channels.item.approve', 'channels.item.return',
                 'channels.payment.reverse', 'remittance.voucher.reverse', 'register.account.change', 'register.account.approve',
                 'register.payer.correct', 'register.payer.approve', 'register.point.correct', 'register.meter.correct')
         )
         -- Each is looked up by its key.
         select '操作日志 ' || s.id from said s
         where s.request is not null and case s.action
             when 'counter.reversal.request' then not exists (
                 select from reversal_request r where r.id = s.request
                     and (r.asked_by, r.asked_at, r.reason) = (s.user_id, s.at, s.reason) offset 0)
             when 'counter.reversal.approve' then not exists (
                 select from reversal_answer a where a.request_id = s.request
                     and (a.answered_by, a.answered_at, a.approved::text, coalesce(a.reason, '')) = (s.user_id, s.at, s.approved, s.reason) offset 0)
             when 'billing.reversal.request' then not exists (
                 select from charge_reversal_request r where r.id = s.request
                     and (r.asked_by, r.asked_at, r.reason) = (s.user_id, s.at, s.reason) offset 0)
             when 'billing.reversal.approve' then not exists (
                 select from charge_reversal_answer a where a.request_id = s.request
                     and (a.answered_by, a.answered_at, a.approved::text, coalesce(a.reason, '')) = (s.user_id, s.at, s.approved, s.reason) offset 0)
             when 'channels.item.request' then not exists (
                 select from item_request r where r.id = s.request and (r.asked_by, r.asked_at) = (s.user_id, s.at) offset 0)
             when 'channels.item.approve' then not exists (
                 select from item_answer a where a.request_id = s.request
                     and (a.answered_by, a.answered_at, a.approved::text, coalesce(a.reason, '')) = (s.user_id, s.at, s.approved, s.reason) offset 0)
             else false end
         union all
         select '操作日志 ' || s.id from said s
         where s.reversal is not null and case s.action
             when 'counter.payment.reverse' then not exists (
                 select from public.payment p where p.id = s.reversal and p.reason = s.reason offset 0)
             when 'channels.payment.reverse' then not exists (
                 select from public.payment p where p.id = s.reversal and p.reason = s.reason offset 0)
             when 'billing.reversal.approve' then not exists (
                 select from public.charge c join charge_reversal_request r on r.id = s.request
                 where c.id = s.reversal and c.reason = r.reason offset 0)
             when 'remittance.voucher.reverse' then not exists (
                 select from remittance r where r.id = s.reversal and r.reason = s.reason offset 0)
             else false end
         union all
         select '操作日志 ' || s.id from said s
         where s.version is not null and case s.action
             when 'register.account.change' then not exists (
                 select from account_version v where v.id = s.version
                     and (v.submitted_by, v.recorded_at, v.reason) = (s.user_id, s.at, s.reason) offset 0)
             when 'register.account.approve' then not exists (
                 select from account_approval a where a.version_id = s.version
                     and (a.approved_by, a.approved_at, (a.decision = 'approved')::text) = (s.user_id, s.at, s.approved) offset 0)
             when 'register.payer.correct' then not exists (
                 select from payer_version v where v.id = s.version
                     and (v.submitted_by, v.recorded_at, v.reason) = (s.user_id, s.at, s.reason) offset 0)
             when 'register.payer.approve' then not exists (
                 select from payer_approval a where a.version_id = s.version
                     and (a.approved_by, a.approved_at, (a.decision = 'approved')::text) = (s.user_id, s.at, s.approved) offset 0)
             when 'register.point.correct' then not exists (
                 select from service_point_version v where v.id = s.version
                     and (v.submitted_by, v.recorded_at, v.reason) = (s.user_id, s.at, s.reason) offset 0)
             when 'register.meter.correct' then not exists (
                 select from meter_version v where v.id = s.version
                     and (v.submitted_by, v.recorded_at, v.reason) = (s.user_id, s.at, s.reason) offset 0)
             else false end
         union all
         select '操作日志 ' || s.id from said s
         where s.action = 'channels.item.return' and s.item is not null and not exists (
             select from channel_item_event e where e.item_id = s.item and e.event = 'returned'
                 and (e.by_user_id, e.at, e.reason) = (s.user_id, s.at, s.reason) offset 0)",
    ),
    (
        "25j",
        "应收冲正都由申请以外的另一人核准并留有其操作日志，一次核准只用一次",
        "select '应收冲正 ' || c.id from charge c
         left join charge_reversal_approved u on u.reversal_id = c.id left join charge_reversal_request q on q.id = u.request_id
         left join charge_reversal_answer a on a.request_id = q.id
         left join lateral (
             select l.id from public.operation_log l
             where l.at = a.answered_at and l.user_id = a.answered_by and l.action = 'billing.reversal.approve' limit 1) m on true
         where c.kind = 'reversal' and ((q.charge_id, q.town_id, q.outlet_id, a.approved)
                     is distinct from (c.reverses_id, c.town_id, c.outlet_id, true)
                 or a.answered_by = q.asked_by or m.id is null)",
    ),
];
