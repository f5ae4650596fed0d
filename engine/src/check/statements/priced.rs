//! What bills and late fees were priced by, asked again from what they say. What a month bears for garbage, and a part of a
//! month that was billed before, the second rater prices again where it is asked: `engine/src/billing/oracle.rs`.

use super::Invariant;

pub(super) const ALL: &[Invariant] = &[
    (
        "21i",
        "应收各费用的水量与其所计水量相符：水费全计，污水处理费按计征比例，加价费计超出定额的部分，各阶梯一次；应计的垃圾处理费不漏计",
        "select '应收 ' || c.id from charge c
         left join (select charge_id, bill_period,
                        coalesce(sum(quantity) filter (where fee_item = 'water'), 0) as water,
                        coalesce(sum(quantity) filter (where fee_item = 'sewage'), 0) as sewage,
                        coalesce(sum(quantity) filter (where fee_item = 'overquota'), 0) as over,
                        count(*) filter (where fee_item = 'garbage') as garbage
                    from charge_line group by 1, 2) l on (l.charge_id, l.bill_period) = (c.id, c.bill_period)
         cross join lateral (
             select case when c.use_class = 'self_supplied' or c.quota_m3 is null then 0
                 else greatest(c.used_before_m3 + c.volume_m3 - c.quota_m3, 0) - greatest(c.used_before_m3 - c.quota_m3, 0) end as over) due
         where c.kind <> 'reversal' and (
             coalesce(l.water, 0) <> case c.use_class when 'self_supplied' then 0 else c.volume_m3 end
             or abs(coalesce(l.sewage, 0) - coalesce(c.levy_ratio, 0) * c.volume_m3) > 0.002
             or (c.levy_ratio is null) <> (c.sewage_class = 'exempt') or (c.garbage_class = 'none' and l.garbage > 0 and c.months = 1)
             -- Of a month that is billed in parts, over spans of their own, a part bears what is left of the whole.
             or (coalesce(l.over, 0) <> due.over and (c.used_before_m3 = 0 or coalesce(l.over, 0) not between 0 and c.volume_m3)))
         union all
         -- Few bear no garbage: those are asked one by one whether they should, by water or by the month.
         select '应收 ' || c.id from (
             select * from charge c
             where c.kind = 'bill' and c.garbage_class <> 'none' and not exists (select from charge_reversal v where v.charge_id = c.id)
                 and not exists (
                     select from charge_line l where l.charge_id = c.id and l.bill_period = c.bill_period and l.fee_item = 'garbage')
             offset 0) c
         where misses_garbage(c.id, c.account_id, c.service_period, c.months, c.volume_m3)
         union all
         select '应收 ' || charge_id from charge_line where fee_item <> 'garbage' group by charge_id, fee_item, tier having count(*) > 1",
    ),
    (
        "21j",
        "应收按用水户在所属月份末日的类别、人数、定额和当日执行的收费标准、计征比例计价，归属当日的供水单位和代征机构",
        "with stated as materialized (
             select c.id, c.bill_period, c.town_id, c.use_class, c.sewage_class, c.garbage_class, c.levy_ratio, day.last,
                 case when h.id is null then a.supplier_id else h.supplier_id end as supplier_id,
                 case when h.id is null then a.levy_ratio else h.levy_ratio end as own_ratio,
                 (c.use_class, c.sewage_class, c.garbage_class, c.persons) is not distinct from
                     case when h.id is null then row(a.use_class, a.sewage_class, a.garbage_class, a.persons)
                         else row(h.use_class, h.sewage_class, h.garbage_class, h.persons) end
                     and (c.kind <> 'bill' or c.quota_m3 is not distinct from q.quota_m3) as is_true,
                 c.kind = 'bill' and c.months = 1 and c.volume_m3 > 0 and c.used_before_m3 = 0 and c.garbage_class <> 'none' as is_whole,
                 c.months = 1 as is_one
             from charge c join account a on a.id = c.account_id
             cross join lateral (
                 select (make_date(c.service_period / 100, c.service_period % 100, 1) + interval '1 month')::date - 1 as last) day
             left join lateral (
                 select * from account_version_held h where h.account_id = c.account_id and h.valid_from <= day.last
                 order by h.valid_from desc, h.submitted_by is not null desc, h.id desc limit 1) h on true
             left join lateral (
                 select round(sum(p.quota_m3) * c.months / count(*), 3) as quota_m3 from overquota_plan p
                 where p.account_id = c.account_id and p.approved_at is not null and p.replaced_at is null
                     and p.bill_period <= c.service_period and months_from(c.service_period, p.bill_period) < c.months) q on true
             where c.kind <> 'reversal' and not exists (select from charge_reversal v where v.charge_id = c.id)
         ), priced as (
             select 'line' as what, min(l.id) as id, l.fee_item, l.tariff_version_id, l.owner_id, c.town_id, c.supplier_id, c.last,
                 case l.fee_item when 'sewage' then c.sewage_class when 'garbage' then c.garbage_class else c.use_class end as class,
                 null::numeric as levy_ratio, null::numeric as own_ratio
             from charge_line l join stated c on (c.id, c.bill_period) = (l.charge_id, l.bill_period)
             -- Garbage of several months bears what each of them says.
             where l.fee_item <> 'garbage' or c.is_one
             group by 3, 4, 5, 6, 7, 8, 9
             union all
             select 'charge', min(c.id), 'sewage', null, null, c.town_id, c.supplier_id, c.last, c.sewage_class, c.levy_ratio, c.own_ratio
             from stated c where c.levy_ratio is not null
             group by c.town_id, c.supplier_id, c.last, c.sewage_class, c.levy_ratio, c.own_ratio
             union all
             -- A month that is billed at once without garbage: only a rate by the month may leave nothing of it.
             select 'none', min(c.id), 'garbage', null, null, c.town_id, c.supplier_id, c.last, c.garbage_class, null, null
             from stated c where c.is_whole and not exists (
                 select from charge_line l where l.charge_id = c.id and l.bill_period = c.bill_period and l.fee_item = 'garbage')
             group by c.town_id, c.supplier_id, c.last, c.garbage_class
         )
         select '应收 ' || id from stated where not is_true
         union all
         -- Of several months, garbage is for whoever it was for in one of them.
         select '应收明细 ' || l.id from charge_line l join stated c on (c.id, c.bill_period) = (l.charge_id, l.bill_period)
         where l.fee_item = 'garbage' and not c.is_one and not exists (
             select from fee_owner o where (o.town_id, o.fee_item, o.owner_id) = (c.town_id, 'garbage', l.owner_id)
                 and o.approved_at is not null and o.replaced_at is null and o.valid_from <= c.last)
         union all
         select case p.what when 'line' then '应收明细 ' else '应收 ' end || p.id from priced p
         left join lateral (
             select v.id, v.levy_ratio, v.basis <> 'volume' or v.minimum_charge > 0 as is_monthly from tariff_version v
             where v.fee_item = p.fee_item and v.class = p.class and (v.town_id is null or v.town_id = p.town_id)
                 and (v.supplier_id is null or v.supplier_id = p.supplier_id) and v.approved_at is not null and v.replaced_at is null
                 and v.valid_from <= p.last and (v.valid_to is null or v.valid_to > p.last)
             order by v.supplier_id nulls last, v.town_id nulls last, v.valid_from desc limit 1) best on true
         left join lateral (
             select o.owner_id from fee_owner o
             where o.town_id = p.town_id and o.fee_item = p.fee_item and o.valid_from <= p.last
                 and o.approved_at is not null and o.replaced_at is null
             order by o.valid_from desc limit 1) agency on true
         where case p.what when 'line' then p.tariff_version_id is distinct from best.id
                 or p.owner_id is distinct from case when p.fee_item in ('water', 'overquota') then p.supplier_id else agency.owner_id end
             when 'none' then best.is_monthly is not true
             else p.levy_ratio is distinct from coalesce(p.own_ratio, best.levy_ratio) end",
    ),
    (
        "21k",
        "应收各阶梯的水量与其收费标准的阶梯、月数、人数和定额相符；同月已计过水量的、按月计收的垃圾处理费除外",
        "with step as materialized (
             select t.*, lag(t.upto) over w as from_upto, lag(t.add_per_person) over w as from_add
             from (select version_id, tier, upto, unit_price, add_per_person from tariff_tier
                   union all select version_id, tier, quota_share, price_factor, 0 from surcharge_step) t
             window w as (partition by t.version_id order by t.tier)
         )
         select '应收明细 ' || l.id
         from charge c
         join charge_line l on (l.charge_id, l.bill_period) = (c.id, c.bill_period)
         join tariff_version v on v.id = l.tariff_version_id
         left join step s on s.version_id = v.id and s.tier = l.tier
         cross join lateral (
             select greatest(c.persons - v.base_persons, 0) as extra,
                 case l.fee_item when 'sewage' then round(c.used_before_m3 * c.levy_ratio, 3)
                     when 'overquota' then greatest(c.used_before_m3 - c.quota_m3, 0) else c.used_before_m3 end as from_m3,
                 case l.fee_item when 'sewage' then round((c.used_before_m3 + c.volume_m3) * c.levy_ratio, 3)
                     when 'overquota' then greatest(c.used_before_m3 + c.volume_m3 - c.quota_m3, 0)
                     else c.used_before_m3 + c.volume_m3 end as upto_m3) used
         cross join lateral (
             select case l.fee_item when 'overquota' then round(c.quota_m3 * s.upto, 3)
                     else ceil(c.months * (s.upto + used.extra * s.add_per_person)) end as upto,
                 case l.fee_item when 'overquota' then round(c.quota_m3 * s.from_upto, 3)
                     else ceil(c.months * (s.from_upto + used.extra * s.from_add)) end as above) limits
         where c.kind = 'bill'
             and (l.fee_item <> 'garbage' or c.months = 1 and v.basis = 'volume' and v.fixed_charge = 0 and v.minimum_charge = 0)
             and case when l.quantity = least(used.upto_m3, greatest(coalesce(limits.upto, used.upto_m3), used.from_m3))
                     - least(used.upto_m3, greatest(coalesce(limits.above, 0), used.from_m3))
                     and (l.fee_item <> 'overquota' or l.unit_price = (
                         select round(t.unit_price * s.unit_price, 4) from charge_line w
                         join tariff_tier t on t.version_id = w.tariff_version_id and t.tier = 1
                         where w.charge_id = c.id and w.bill_period = c.bill_period and w.fee_item = 'water' limit 1)) then false
                 else c.used_before_m3 = 0 end",
    ),
    (
        "23b",
        "滞纳金等于按缴费期限、缴费日期和当时的规则算得的数额；户有预存的，可算至其某次存入之日",
        "select '实收 ' || a.payment_id || ' 应收 ' || a.charge_id
         from (select payment_id, charge_id, bill_period, account_id, fee_item, method, sum(amount) as amount, sum(late_fee) as late_fee
               from allocation where amount > 0 group by 1, 2, 3, 4, 5, 6) a
         join payment p on p.id = a.payment_id
         left join lateral (
             select i.batch_id from public.channel_item i
             where i.id = p.channel_item_id and i.settled_period = month_of_id(p.channel_item_id) offset 0) i on true
         left join channel_batch b on b.id = i.batch_id
         cross join lateral (select c.due_date from public.charge c where c.id = a.charge_id and c.bill_period = a.bill_period offset 0) c
         -- What a channel settled was paid on that day, whichever month it counts in.
         cross join lateral (select coalesce(b.settled_on, p.account_date) as day) paid
         where case when a.late_fee = 0 and (paid.day <= c.due_date or a.method = 'batch_withhold') then false
             when a.method = 'batch_withhold' then true
             when a.late_fee = 0 and not exists (
                 select from late_fee_rule r where r.fee_item = a.fee_item and r.valid_from <= c.due_date
                     and (r.order_id is null or r.approved_at <= p.posted_at) and coalesce(r.replaced_at > p.posted_at, true)) then false
             else not exists (
                 select from late_fee_rule r
                 cross join lateral (
                     select paid.day
                     union all
                     select e.account_date from public.prepaid_entry e
                     where e.account_id = a.account_id and e.payment_id <= a.payment_id and e.delta > 0 and e.account_date < paid.day) d
                 where r.fee_item = a.fee_item and r.valid_from <= c.due_date and r.approved_at is not null
                     and coalesce(r.replaced_at > p.posted_at, true)
                     and not exists (
                         select from late_fee_rule n where n.fee_item = a.fee_item and n.valid_from <= c.due_date and n.valid_from > r.valid_from
                             and (n.order_id is null or n.approved_at <= p.posted_at) and coalesce(n.replaced_at > p.posted_at, true))
                     and a.late_fee = trunc(a.amount * least(greatest(d.day - c.due_date - r.grace_days, 0) * r.rate_per_day, r.cap_ratio), 2)) end",
    ),
];
