//! What is owed and paid, settled and stored, and by which way it came in.

use super::Invariant;

pub(super) const ALL: &[Invariant] = &[
    (
        "1",
        "每笔实收来源等于用途：收到 + 预存抵扣 = 销账 + 滞纳金 + 转入预存 + 找零",
        "select '实收 ' || p.id from payment p
         left join (select payment_id, sum(amount + late_fee) as used, sum(late_fee) as late from allocation group by 1) a
             on a.payment_id = p.id
         left join (select payment_id, -sum(delta) filter (where kind = 'offset') as used,
                        sum(delta) filter (where kind = 'deposit') as stored
                    from prepaid_entry group by 1) e on e.payment_id = p.id
         where p.received + p.prepaid_used <> coalesce(a.used, 0) + p.prepaid_in + p.change_given
            or p.net <> p.received - p.change_given or coalesce(a.late, 0) <> p.late_fee
            or coalesce(e.used, 0) <> p.prepaid_used or coalesce(e.stored, 0) <> p.prepaid_in",
    ),
    (
        "1b",
        "销账、收款方式、预存流水、票据与其实收同户、同网点、同日，销账还同收款人、同方式；实收只收，冲正只退",
        "select '销账 ' || a.id from allocation a left join payment p on p.id = a.payment_id
         where (p.account_id, p.town_id, p.outlet_id, p.cashier_id, p.method, p.account_date, p.kind)
             is distinct from (a.account_id, a.town_id, a.outlet_id, a.cashier_id, a.method, a.account_date,
                 case when a.amount > 0 then 'payment' else 'reversal' end)
         union all
         select '收款方式 ' || t.payment_id || ' ' || t.no from payment_tender t left join payment p on p.id = t.payment_id
         where (p.account_id, p.town_id, p.outlet_id, p.account_date, p.kind)
             is distinct from (t.account_id, t.town_id, t.outlet_id, t.account_date, case when t.amount > 0 then 'payment' else 'reversal' end)
         union all
         select '预存 ' || e.id from prepaid_entry e left join payment p on p.id = e.payment_id
         where (p.account_id, p.town_id, p.outlet_id, p.account_date, p.kind) is distinct from (e.account_id, e.town_id, e.outlet_id,
             e.account_date, case when (e.kind = 'deposit') = (e.delta > 0) then 'payment' else 'reversal' end)
         union all
         select '票据 ' || r.id from receipt r left join payment p on p.id = r.payment_id
         where (p.account_id, p.town_id, p.outlet_id, p.cashier_id, p.account_date, p.kind) is distinct from (r.account_id, r.town_id,
             r.outlet_id, r.cashier_id, r.account_date, case r.kind when 'blue' then 'payment' else 'reversal' end)",
    ),
    (
        "2",
        "每条应收明细的销账合计在零与其金额之间",
        "select '应收明细 ' || l.id from charge_line l
         left join (select charge_line_id, bill_period, sum(amount) as settled from allocation group by 1, 2) a
             on a.charge_line_id = l.id and a.bill_period = l.bill_period
         where coalesce(a.settled, 0) not between least(l.amount, 0) and greatest(l.amount, 0)",
    ),
    (
        "2b",
        "每条销账都对应同户、同镇街、同月、同收费项目、同归属单位的应收明细",
        "select '销账 ' || a.id from allocation a
         left join charge_line l on l.id = a.charge_line_id and l.bill_period = a.bill_period
         where (l.charge_id, l.account_id, l.town_id, l.owner_id, l.fee_item)
               is distinct from (a.charge_id, a.account_id, a.town_id, a.owner_id, a.fee_item)",
    ),
    (
        "3",
        "应收合计等于其明细之和，应收的明细不为负，冲正的不为正",
        "select '应收 ' || c.id from charge c
         left join (select charge_id, bill_period, sum(amount) as total, min(amount) as least, max(amount) as most
                    from charge_line group by 1, 2) l
             on l.charge_id = c.id and l.bill_period = c.bill_period
         where c.total is distinct from coalesce(l.total, 0) or case c.kind when 'reversal' then l.most > 0 else l.least < 0 end",
    ),
    (
        "3b",
        "每条明细的金额等于数量乘单价，四舍五入到分；垃圾处理费扣减已计部分的，数量等于金额除以单价",
        "select '应收明细 ' || id from charge_line where amount <> round(quantity * unit_price, 2)
             and not (fee_item = 'garbage' and abs(amount - quantity * unit_price) <= 0.0005 * unit_price)",
    ),
    (
        "3c",
        "每条明细与其应收同户、同镇街、同网点，收入归属是在册机构",
        "select '应收明细 ' || l.id from charge_line l
         left join charge c on (c.id, c.bill_period) = (l.charge_id, l.bill_period)
         where (c.account_id, c.town_id, c.outlet_id) is distinct from (l.account_id, l.town_id, l.outlet_id)
            or not exists (select from organisation o where o.id = l.owner_id)",
    ),
    (
        "4",
        "冲正与原实收逐项相反，原实收有收款人的冲正也有，冲正不再被冲正",
        "select '冲正 ' || r.id
         from payment r left join lateral (select * from public.payment o where o.id = r.reverses_id offset 0) o on true
         where r.kind = 'reversal' and ((o.kind, o.account_id, o.town_id, o.outlet_id, o.method, o.channel_item_id, o.cashier_id is null,
                o.received, o.change_given, o.net, o.late_fee, o.prepaid_used, o.prepaid_in)
            is distinct from ('payment', r.account_id, r.town_id, r.outlet_id, r.method, r.channel_item_id, r.cashier_id is null,
                -r.received, -r.change_given, -r.net, -r.late_fee, -r.prepaid_used, -r.prepaid_in)
            or exists (select charge_line_id, amount, late_fee from public.allocation where payment_id = o.id
                       except select charge_line_id, -amount, -late_fee from public.allocation where payment_id = r.id)
            or exists (select charge_line_id, -amount, -late_fee from public.allocation where payment_id = r.id
                       except select charge_line_id, amount, late_fee from public.allocation where payment_id = o.id))",
    ),
    (
        "4b",
        "应收冲正与原应收逐项相反，只冲一次，原应收未销账",
        "select '应收 ' || c.id from charge c
         full join charge_reversal v on v.reversal_id = c.id
         left join charge o on o.id = v.charge_id
         where (c.kind = 'reversal' or v.reversal_id is not null)
           and ((o.account_id, o.payer_id, o.town_id, o.outlet_id, o.service_period, o.from_date, o.to_date, o.months, o.persons,
                    o.volume_m3, o.total, o.id)
                    is distinct from (c.account_id, c.payer_id, c.town_id, c.outlet_id, c.service_period, c.from_date, c.to_date, c.months,
                    c.persons, -c.volume_m3, -c.total, c.reverses_id)
                or (v.bill_period, v.account_id, v.service_period, v.reversal_period)
                    is distinct from (o.bill_period, o.account_id, o.service_period, c.bill_period)
                or exists (select from charge_line l where l.charge_id in (o.id, c.id)
                           group by l.town_id, l.outlet_id, l.fee_item, l.owner_id, l.tier, l.unit_price, l.tariff_version_id
                           having sum(l.amount) <> 0 or sum(l.quantity) <> 0)
                or (select sum(a.amount) from allocation a where a.charge_id = v.charge_id) <> 0)",
    ),
    (
        "7",
        "账务月份不早于所属年月",
        "select '应收 ' || id from charge where bill_period < service_period",
    ),
    (
        "8a",
        "未缴余额与由应收明细、销账逐项重算的结果一致，已缴清的不在其中",
        "select '应收明细 ' || coalesce(b.charge_line_id, l.id)
         from charge_balance b
         full join (select l.id, l.charge_id, l.bill_period, l.account_id, c.payer_id, c.due_date, c.volume_m3, l.owner_id, l.fee_item, l.tier,
                           l.quantity, l.unit_price, l.amount, l.amount - coalesce(a.settled, 0) as open_amount
                    from charge_line l join charge c on c.id = l.charge_id and c.bill_period = l.bill_period
                    left join (select charge_line_id, bill_period, sum(amount) as settled from allocation group by 1, 2) a
                        on a.charge_line_id = l.id and a.bill_period = l.bill_period
                    where l.amount <> coalesce(a.settled, 0) and c.kind <> 'reversal'
                      and not exists (select from charge_reversal v where v.charge_id = c.id)) l on l.id = b.charge_line_id
         where (b.charge_id, b.bill_period, b.account_id, b.payer_id, b.due_date, b.volume_m3, b.owner_id, b.fee_item, b.tier, b.quantity,
                b.unit_price, b.amount, b.open_amount)
               is distinct from (l.charge_id, l.bill_period, l.account_id, l.payer_id, l.due_date, l.volume_m3, l.owner_id, l.fee_item,
                l.tier, l.quantity, l.unit_price, l.amount, l.open_amount)",
    ),
    (
        "8b",
        "预存余额及其起存流水与由预存流水重算的结果一致",
        "select '用水户 ' || coalesce(b.account_id, e.account_id)
         from prepaid_balance b
         full join (select account_id, sum(delta) as balance, max(id) as last, max(id) filter (where balance_before = 0) as filled,
                        max(payment_id) filter (where balance_before = 0) as filled_by,
                        max(id) filter (where (kind = 'deposit') <> (delta > 0)) as taken_back
                    from prepaid_entry group by 1) e using (account_id)
         where b.balance is distinct from e.balance
             -- Nothing where an entry was taken back: then all are looked at.
             or (b.since_entry <> 0 and (
                 b.since_entry <> case when b.balance = 0 then 9223372036854775807 else e.filled end
                 or b.since_payment <> case when b.balance = 0 then 9223372036854775807 else e.filled_by end
                 or e.taken_back >= case when b.balance = 0 then e.last else b.since_entry end))
             or (b.since_entry = 0) <> (b.since_payment = 0)",
    ),
    (
        "8c",
        "预存流水首尾相接",
        "select '预存 ' || id
         from (select id, balance_before, coalesce(lag(balance_after) over (partition by account_id order by id), 0) as had
               from prepaid_entry) e
         where balance_before <> had",
    ),
    (
        "10a",
        "每笔渠道明细恰居其一：已入账、挂账或已退回",
        "select '渠道明细 ' || i.id from channel_item i
         left join (select channel_item_id, sum(case kind when 'payment' then 1 else -1 end) as standing, sum(net) as net
                    from payment where channel_item_id is not null group by 1) p on p.channel_item_id = i.id
         left join (select item_id, count(*) as n from channel_item_event where event = 'returned' group by 1) r on r.item_id = i.id
         left join channel_item_open o on o.item_id = i.id
         where coalesce(p.standing, 0) + coalesce(r.n, 0) + (o.item_id is not null)::int <> 1
            or coalesce(p.net, 0) <> case when p.standing = 1 then i.gross else 0 end",
    ),
    (
        "10b",
        "渠道文件在同一批次或同一结算日内流水号不重复，重复的挂账",
        "select '渠道明细 ' || i.id from channel_item i
         join channel_batch b on b.id = i.batch_id join channel c on c.id = b.channel_id
         where i.unique_in <> case c.serial_scope when 'batch' then b.batch_no else b.settled_on::text end
            or (i.is_contested and exists (select from payment p where p.channel_item_id = i.id))",
    ),
    (
        "10d",
        "渠道占用的应收与占用登记一致，未解除、未缴的都在占用",
        "select '占用 ' || h.hold_id from held_charge h left join hold p on p.id = h.hold_id
         where (p.charge_id, p.account_id, p.channel_id, p.ends_at) is distinct from (h.charge_id, h.account_id, h.channel_id, h.ends_at)
            or exists (select from hold_release r where r.hold_id = h.hold_id)
         union all
         -- Those of old have ended.
         select '占用 ' || p.id from hold p
         where p.placed_at > (select max(placed_at) from hold) - interval '31 days'
             and not exists (select from held_charge h where h.charge_id = p.charge_id)
             and not exists (select from hold_release r where r.hold_id = p.id)
             and not exists (select from hold later where later.charge_id = p.charge_id and later.id > p.id)
             and exists (select from charge_balance b where (b.account_id, b.bill_period, b.charge_id) = (p.account_id, p.bill_period, p.charge_id))
             and not exists (select from allocation a where a.charge_id = p.charge_id)",
    ),
    (
        "10c",
        "渠道明细挂账的笔数与其入账的操作日志所记的一致",
        "select '操作日志 ' || l.id
         from (select min(id) as id, at, sum(case when details->>'refused' ~ '^[0-9]{1,9}$' then (details->>'refused')::bigint end) as refused
               from operation_log where action = 'channels.batch.post' and details ? 'refused' group by at) l
         left join (select at, count(*) as refused from channel_item_event where event = 'refused' group by at) e on e.at = l.at
         where l.refused is distinct from coalesce(e.refused, 0)",
    ),
    (
        "8d",
        "柜台实收等于其收款方式之和，缴费方式与之相符，渠道缴费没有收款方式；找零不超过其中的现金，没有只为找零的实收",
        "select '实收 ' || p.id from payment p
         left join (select payment_id, sum(amount) as amount, sum(amount) filter (where method = 'cash') as cash,
                        count(distinct method) as ways, min(method) as method
                    from payment_tender group by 1) t on t.payment_id = p.id
         where case when p.channel_item_id is null
                then p.received <> coalesce(t.amount, 0)
                    or p.method is distinct from case coalesce(t.ways, 0) when 0 then 'prepaid' when 1 then t.method else 'mixed' end
                else t.ways > 0 end
            or abs(p.change_given) > abs(coalesce(t.cash, 0)) or (p.net, p.prepaid_used) = (0, 0)",
    ),
    (
        "8e",
        "支票、刷卡凭证的在用金额与由收款方式重算的结果一致，不超过其总额",
        "select '凭证 ' || coalesce(s.reference, t.reference)
         from slip_standing s
         full join (select method, outlet_id, reference, coalesce(slip_day, date '0001-01-01') as day, sum(amount) as standing,
                        (array_agg(slip_total order by payment_id desc) filter (where amount > 0))[1] as slip_total
                    from payment_tender where reference is not null group by 1, 2, 3, 4 having sum(amount) <> 0) t
             on (t.method, t.outlet_id, t.reference, t.day)
                = (s.method, s.outlet_id, s.reference, coalesce(s.slip_day, date '0001-01-01'))
         where (s.standing, s.slip_total) is distinct from (t.standing, t.slip_total) or s.standing > s.slip_total",
    ),
    (
        "8f",
        "每笔实收、每笔实收冲正都登记在其键、其原实收之下",
        "select '实收 ' || p.id from payment p left join payment_key k on k.key = p.idempotency_key
         where k.payment_id is distinct from p.id
         union all
         select '实收冲正 ' || p.id from payment p left join payment_reversal v on v.payment_id = p.reverses_id
         where p.reverses_id is not null and v.reversal_id is distinct from p.id",
    ),
    (
        "8g",
        "登记的键、冲正都有其实收",
        "select '键 ' || k.key from payment_key k
         where not exists (select from payment p where p.id = k.payment_id and p.idempotency_key = k.key)
         union all
         select '实收冲正 ' || v.reversal_id from payment_reversal v
         where not exists (select from payment p where p.id = v.reversal_id and p.reverses_id = v.payment_id)",
    ),
    (
        "11",
        "渠道缴费都有渠道明细，方式和金额相符，没有收款人；此外只有预存抵扣可以没有收款人",
        "select '实收 ' || p.id from payment p
         left join public.channel_item i on i.id = p.channel_item_id and i.settled_period = month_of_id(p.channel_item_id)
         left join channel c on c.id = i.channel_id
         where case when p.channel_item_id is null then p.cashier_id is null and p.method <> 'prepaid'
             else p.cashier_id is not null or (c.method, i.gross) is distinct from (p.method, abs(p.net)) end",
    ),
    (
        "11b",
        "不服务该户的网点、环卫所的收费员只单独收取其镇街准予分项的费用",
        "select '销账 ' || a.id from allocation a join account c on c.id = a.account_id
         where a.amount > 0 and (a.outlet_id <> c.outlet_id or (a.cashier_id is not null and exists (
             select from organisation s where s.id = a.outlet_id and s.kind = 'sanitation_station'))) and not exists (
             select from fee_apart f join organisation o on o.id = f.outlet_id and o.town_id = c.town_id
             where (f.outlet_id, f.fee_item) = (a.outlet_id, a.fee_item))",
    ),
];
