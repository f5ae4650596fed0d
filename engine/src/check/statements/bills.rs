//! Bills, and the rates that price them.

use super::Invariant;

pub(super) const ALL: &[Invariant] = &[
    (
        "21a",
        "应收水量等于其所计抄表之和",
        "select '应收 ' || c.id from charge c
         left join (select charge_id, sum(volume_m3) as m3 from charge_reading group by 1) t on t.charge_id = c.id
         where c.kind <> 'reversal' and c.volume_m3 is distinct from coalesce(t.m3, 0)",
    ),
    (
        "21b",
        "所计抄表与应收同户、同月、同量",
        "select '抄表 ' || t.reading_id from charge_reading t
         left join charge c on c.id = t.charge_id and c.bill_period = t.bill_period
         left join reading r on r.id = t.reading_id and r.bill_period = t.service_period
         where (r.account_id, r.bill_period, r.consumption_m3) is distinct from (c.account_id, c.service_period, t.volume_m3)",
    ),
    (
        "21c",
        "应收与其出账批次同月、同出账日期和缴费期限，出账时未逾期",
        "select '应收 ' || c.id from charge c left join bill_issue i on i.id = c.issue_id
         where c.kind <> 'reversal' and ((c.bill_period, c.bill_date, c.due_date) is distinct from (i.bill_period, i.bill_date, i.due_date)
            or c.due_date < (c.created_at at time zone 'Asia/Shanghai')::date)",
    ),
    (
        "21d",
        "按月计收的月份、抄表在未冲正的应收中各只一次",
        "select '用水户 ' || m.account_id || ' ' || m.month from charge_month m
         where not exists (select from charge_reversal v where v.charge_id = m.charge_id)
         group by m.account_id, m.month having count(*) > 1
         union all
         select '抄表 ' || t.reading_id from charge_reading t
         where not exists (select from charge_reversal v where v.charge_id = t.charge_id)
         group by t.reading_id having count(*) > 1",
    ),
    (
        "21e",
        "无抄表定额应收的每个月份都有登记",
        "select '应收 ' || c.id from charge c
         where c.kind = 'fixed' and c.months <> (select count(*) from charge_month m where m.charge_id = c.id)",
    ),
    (
        "21f",
        "每笔应收自此前已计、月份与其相连的未冲正应收水量之后接续计价",
        // All that meets it, and what meets that: meters of one account that are read by turns.
        "select '应收 ' || w.id
         from (with recursive bill as materialized (
                   select c.id, c.account_id, c.used_before_m3, c.volume_m3, c.service_period / 100 * 12 + c.service_period % 100 as last_month,
                          c.service_period / 100 * 12 + c.service_period % 100 - c.months + 1 as first_month
                   from account a
                   -- Account by account: that few bills go on from others makes no reason to read them all.
                   cross join lateral (
                       select c.* from public.charge c
                       where c.account_id = a.id and c.kind = 'bill'
                         and not exists (select from public.charge_reversal v where v.charge_id = c.id)
                         and (c.used_before_m3 <> 0 or (select count(*) from public.meter m where m.account_id = a.id) > 1)
                       offset 0) c
               ), met as (
                   select id, account_id, first_month, last_month from bill
                   union
                   select m.id, m.account_id, least(m.first_month, n.first_month), greatest(m.last_month, n.last_month)
                   from met m join bill n on n.account_id = m.account_id and n.id < m.id and n.volume_m3 > 0
                       and n.first_month <= m.last_month and n.last_month >= m.first_month
                   where n.first_month < m.first_month or n.last_month > m.last_month
               )
               select c.id, c.used_before_m3, coalesce(sum(n.volume_m3), 0) as before
               from bill c
               join (select id, min(first_month) as first_month, max(last_month) as last_month from met group by id) w on w.id = c.id
               left join bill n on n.account_id = c.account_id and n.id < c.id
                   and n.first_month <= w.last_month and n.last_month >= w.first_month
               group by c.id, c.used_before_m3) w
         where w.used_before_m3 <> w.before",
    ),
    (
        "21g",
        "计费批次各段的笔数和金额之和等于其出账的应收",
        "select '计费批次 ' || r.bill_period from bill_run r
         left join (select run_id, sum(charges) as charges, sum(amount) as amount from bill_run_chunk group by 1) k on k.run_id = r.id
         left join lateral (select count(*) as charges, sum(total) as amount
                    from charge c where c.bill_period = r.bill_period and c.kind <> 'reversal') c on true
         where (coalesce(k.charges, 0), coalesce(k.amount, 0)) <> (coalesce(c.charges, 0), coalesce(c.amount, 0))",
    ),
    (
        "21m",
        "出账的应收与其计费的操作日志一致：户、水量、金额和笔数",
        "with made as materialized (
             select l.id, l.details->>'digest' as digest,
                 case when l.details->>'issue' ~ '^[0-9]{1,18}$' then (l.details->>'issue')::bigint end as issue_id,
                 case when l.details->'ids'->>0 ~ '^[0-9]{1,18}$' then (l.details->'ids'->>0)::bigint end as first,
                 case when l.details->'ids'->>1 ~ '^[0-9]{1,18}$' then (l.details->'ids'->>1)::bigint end as last,
                 case when l.details->'accounts'->>0 ~ '^[0-9]{1,18}$' then (l.details->'accounts'->>0)::bigint end as first_account,
                 case when l.details->'accounts'->>1 ~ '^[0-9]{1,18}$' then (l.details->'accounts'->>1)::bigint end as last_account
             from operation_log l where l.action = 'billing.run.begin' and l.details ? 'digest'
         )
         select '操作日志 ' || m.id from made m
         left join bill_issue i on i.id = m.issue_id
         cross join lateral (
             select encode(sha256(convert_to(coalesce(string_agg(concat_ws(' ', c.id, c.account_id, (c.volume_m3 * 1000)::bigint,
                 (c.total * 100)::bigint) || ' ', '' order by c.id), ''), 'UTF8')), 'hex') as digest
             from public.charge c
             where c.bill_period = i.bill_period and c.issue_id = m.issue_id and c.kind <> 'reversal'
                 and c.id between m.first and m.last and c.account_id between m.first_account and m.last_account) c
         where c.digest is distinct from m.digest
         union all
         -- And none came otherwise.
         select '出账 ' || c.issue_id
         from (select issue_id, created_at, count(*) as charges from charge where kind <> 'reversal' group by 1, 2) c
         cross join lateral (
             select coalesce(sum(case when l.details->>'charges' ~ '^[0-9]{1,9}$' then (l.details->>'charges')::bigint end), 0) as charges
             from public.operation_log l
             where l.at = c.created_at and l.action = 'billing.run.begin' and l.details->>'issue' = c.issue_id::text) m
         where m.charges <> c.charges",
    ),
    (
        "21n",
        "应收的镇街、网点是用水户的，缴费人是其所属月份末日的缴费人",
        "select '应收 ' || c.id from charge c left join account a on a.id = c.account_id
         where (a.town_id, a.outlet_id) is distinct from (c.town_id, c.outlet_id)
            or (c.kind <> 'reversal'
                -- Few accounts ever passed on.
                and (c.payer_id <> a.payer_id or exists (
                    select from account_version v where v.account_id = c.account_id and v.payer_id <> c.payer_id))
                and c.payer_id not in (select p from paying(c.account_id, c.service_period, c.created_at) p))",
    ),
    (
        "21o",
        "应收的起止日期和月数是其所计抄表的，与先前应收的月份相接时含其抄表，所登记的月份属于该应收，次序无误；按月计收的月份都有登记",
        "select '应收 ' || c.id from account a
         cross join lateral (select * from public.charge c where c.account_id = a.id and c.kind = 'bill' offset 0) c
         cross join lateral (select min(r.from_date) as from_date, max(r.to_date) as to_date, min(r.since_period) as since_period
                    from public.charge_reading t join public.reading r on r.id = t.reading_id and r.bill_period = t.service_period
                    where t.charge_id = c.id and t.service_period = c.service_period) r
         where (c.from_date, c.to_date, c.months)
             is distinct from (r.from_date, r.to_date, greatest(months_from(c.service_period, r.since_period), 1))
           and (c.from_date <= r.from_date and c.to_date >= r.to_date and exists (
                select from public.charge o
                where o.account_id = c.account_id and o.kind = 'bill' and o.id < c.id
                  and months_from(c.service_period, o.service_period) < c.months
                  and months_from(o.service_period, c.service_period) < o.months)) is not true
         union all
         select '抄表 ' || t.reading_id
         from (select reading_id, turn, row_number() over (partition by reading_id order by charge_id) as place from charge_reading) t
         where t.turn <> t.place
         union all
         select '用水户 ' || m.account_id || ' ' || m.month
         from (select *, row_number() over (partition by account_id, month order by charge_id) as place from charge_month) m
         left join public.charge c on c.id = m.charge_id and c.bill_period = m.bill_period and c.account_id = m.account_id
         where m.turn <> m.place or (months_from(c.service_period, m.month) between 0 and c.months - 1) is not true
         union all
         select '应收 ' || c.id from account a
         cross join lateral (select * from public.charge c where c.account_id = a.id and c.kind = 'bill' and c.months = 1 offset 0) c
         join public.charge_line l on (l.charge_id, l.bill_period) = (c.id, c.bill_period) and l.fee_item = 'garbage'
         join tariff_version v on v.id = l.tariff_version_id
         where (v.basis <> 'volume' or v.fixed_charge > 0 or v.minimum_charge > 0)
             and not exists (select from charge_month m where m.account_id = c.account_id and m.month = c.service_period)",
    ),
    (
        "21h",
        "补计的应收接替同户的应收冲正，所属月份相含，一次冲正至多一笔",
        "select '应收 ' || c.id from charge c
         left join charge_reversal v on v.reversal_id = c.replaces_id and v.account_id = c.account_id
         where c.replaces_id is not null
           and ((c.service_period / 100 - v.service_period / 100) * 12 + c.service_period % 100 - v.service_period % 100
                    between 0 and c.months - 1) is not true
         union all
         select '应收冲正 ' || min(replaces_id) from charge where replaces_id is not null
         group by replaces_id having count(*) > 1",
    ),
    (
        "22a",
        "同日起执行的同一收费标准只有一份，定额、滞纳金规则、费用归属亦然",
        "select '收费标准 ' || max(id) from tariff_version where approved_at is not null and replaced_at is null
         group by fee_item, class, town_id, supplier_id, valid_from having count(*) > 1
         union all
         select '滞纳金规则 ' || max(id) from late_fee_rule where approved_at is not null and replaced_at is null
         group by fee_item, valid_from having count(*) > 1
         union all
         select '费用归属 ' || max(id) from fee_owner where approved_at is not null and replaced_at is null
         group by town_id, fee_item, valid_from having count(*) > 1
         union all
         select '定额 ' || max(id) from overquota_plan where approved_at is not null and replaced_at is null
         group by account_id, bill_period having count(*) > 1",
    ),
    (
        "22c",
        "收费标准、定额等由一人提交、另一人批准，未经批准的不生效",
        "select '提交 ' || o.id from rate_order o join rate_decision d on d.order_id = o.id where d.decided_by = o.submitted_by
         union all
         select '提交 ' || r.order_id
         from (select order_id, approved_at from tariff_version union all select order_id, approved_at from late_fee_rule
               union all select order_id, approved_at from fee_owner union all select order_id, approved_at from overquota_plan) r
         left join rate_decision d on d.order_id = r.order_id and d.decision = 'approved'
         where r.order_id is not null and r.approved_at is distinct from d.decided_at",
    ),
    (
        "22d",
        "收费标准、定额等与批准时的一致，批准留有其操作日志",
        "select '提交 ' || d.order_id from rate_decision d
         where d.decision = 'approved' and not exists (
             select from public.operation_log l
             where l.at = d.decided_at and l.user_id = d.decided_by and l.action = 'tariff.order.decide'
                 and l.details->>'rows' = order_digest(d.order_id))",
    ),
    (
        "22e",
        "收费标准、定额等自后来的批准起停用，此外不停用",
        "with quota as (
             -- Of the millions, those that ended or that came twice: whatever else was decided says nothing of another.
             select * from (
                 select q.*, count(q.approved_at) over same as decided, count(q.replaced_at) over same as ended
                 from overquota_plan q window same as (partition by q.account_id, q.bill_period)) q
             where decided > 1 or ended > 0
         ), rate as (
             select '收费标准' as what, id::bigint, order_id, approved_at, replaced_at, replaces_id,
                 concat_ws(' ', fee_item, class, coalesce(town_id, 0), coalesce(supplier_id, 0), valid_from) as says
             from tariff_version
             union all
             select '滞纳金规则', id, order_id, approved_at, replaced_at, null, concat_ws(' ', fee_item, valid_from) from late_fee_rule
             union all
             select '费用归属', id, order_id, approved_at, replaced_at, null, concat_ws(' ', town_id, fee_item, valid_from) from fee_owner
             union all
             select '定额', id, order_id, approved_at, replaced_at, null, concat_ws(' ', account_id, bill_period) from quota
         ), later as (
             select r.what, r.id, v.approved_at as at from rate v join rate r on r.what = v.what and r.says = v.says and r.id <> v.id
             where v.order_id is not null
             union all
             select r.what, r.id, v.approved_at from rate v join rate r on r.what = v.what and r.id = v.replaces_id
         )
         -- What Weir ships with held before any decision.
         select r.what || ' ' || r.id
         from (select r.*, case when order_id is null then '-infinity' else approved_at end as since from rate r) r
         left join later l on l.what = r.what and l.id = r.id and l.at >= r.since
         group by r.what, r.id, r.since, r.replaced_at
         having (r.replaced_at is not null and bool_or(l.at = r.replaced_at) is not true)
             or bool_or(l.at > r.since and (l.at < r.replaced_at) is not false)",
    ),
    (
        "22b",
        "每条明细的单价出自其收费标准，垃圾处理费按水量计收的应收没有计费数量",
        "select '应收明细 ' || l.id from charge_line l
         left join tariff_version v on v.id = l.tariff_version_id
         left join tariff_tier t on t.version_id = v.id and t.tier = l.tier
         where v.id is null or v.fee_item <> l.fee_item
            or case when v.basis <> 'volume' then l.unit_price is distinct from (
                    select round(c.quantity * t.unit_price, 2) from charge c where c.id = l.charge_id and c.bill_period = l.bill_period)
                else l.fee_item <> 'overquota' and l.unit_price <> coalesce(t.unit_price, -1)
                    and l.unit_price not in (v.fixed_charge, v.minimum_charge) end
         union all
         select '应收 ' || c.id from charge c
         where c.quantity is not null and not exists (
             select from tariff_version v where (v.fee_item, v.class) = ('garbage', c.garbage_class) and v.basis <> 'volume')",
    ),
    (
        "23",
        "滞纳金不超过本金，且方向相同",
        "select '销账 ' || id from allocation
         where abs(late_fee) > abs(amount) or (late_fee <> 0 and sign(late_fee) <> sign(amount))",
    ),
];
