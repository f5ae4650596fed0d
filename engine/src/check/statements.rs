//! Every invariant: its number, what must hold, and the statement that gives one text for each violation.

pub(super) const ALL: &[(&str, &str, &str)] = &[
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
        "每条明细的收入归属是在册机构",
        "select '应收明细 ' || l.id from charge_line l
         where not exists (select from organisation o where o.id = l.owner_id)",
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
           and ((o.account_id, o.town_id, o.outlet_id, o.volume_m3, o.total, o.id)
                    is distinct from (c.account_id, c.town_id, c.outlet_id, -c.volume_m3, -c.total, c.reverses_id)
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
         full join (select l.id, l.charge_id, l.bill_period, l.account_id, c.due_date, c.volume_m3, l.owner_id, l.fee_item, l.tier,
                           l.quantity, l.unit_price, l.amount, l.amount - coalesce(a.settled, 0) as open_amount
                    from charge_line l join charge c on c.id = l.charge_id and c.bill_period = l.bill_period
                    left join (select charge_line_id, bill_period, sum(amount) as settled from allocation group by 1, 2) a
                        on a.charge_line_id = l.id and a.bill_period = l.bill_period
                    where l.amount <> coalesce(a.settled, 0) and c.kind <> 'reversal'
                      and not exists (select from charge_reversal v where v.charge_id = c.id)) l on l.id = b.charge_line_id
         where (b.charge_id, b.bill_period, b.account_id, b.due_date, b.volume_m3, b.owner_id, b.fee_item, b.tier, b.quantity,
                b.unit_price, b.amount, b.open_amount)
               is distinct from (l.charge_id, l.bill_period, l.account_id, l.due_date, l.volume_m3, l.owner_id, l.fee_item,
                l.tier, l.quantity, l.unit_price, l.amount, l.open_amount)",
    ),
    (
        "8b",
        "预存余额与由预存流水重算的结果一致",
        "select '用水户 ' || coalesce(b.account_id, e.account_id)
         from prepaid_balance b
         full join (select account_id, sum(delta) as balance from prepaid_entry group by 1) e using (account_id)
         where b.balance is distinct from e.balance",
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
        "8d",
        "柜台实收等于其收款方式之和，缴费方式与之相符",
        "select '实收 ' || p.id from payment p
         left join (select payment_id, sum(amount) as amount, count(distinct method) as ways, min(method) as method
                    from payment_tender group by 1) t on t.payment_id = p.id
         where p.channel_item_id is null
           and (p.received <> coalesce(t.amount, 0)
                or p.method is distinct from case coalesce(t.ways, 0) when 0 then 'prepaid' when 1 then t.method else 'mixed' end)",
    ),
    (
        "8e",
        "支票、刷卡凭证的在用金额与由收款方式重算的结果一致，不超过其总额",
        "select '凭证 ' || coalesce(s.reference, t.reference)
         from slip_standing s
         full join (select method, outlet_id, reference, coalesce(slip_day, date '0001-01-01') as day, sum(amount) as standing
                    from payment_tender where reference is not null group by 1, 2, 3, 4 having sum(amount) <> 0) t
             on (t.method, t.outlet_id, t.reference, t.day)
                = (s.method, s.outlet_id, s.reference, coalesce(s.slip_day, date '0001-01-01'))
         where s.standing is distinct from t.standing or s.standing > s.slip_total",
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
        "不服务该户的网点只单独收取其镇街准予分项的费用",
        "select '销账 ' || a.id from allocation a join account c on c.id = a.account_id
         where a.amount > 0 and a.outlet_id <> c.outlet_id and not exists (
             select from fee_apart f join organisation o on o.id = f.outlet_id and o.town_id = c.town_id
             where (f.outlet_id, f.fee_item) = (a.outlet_id, a.fee_item))",
    ),
    (
        "13a",
        "票据号段互不重叠",
        "select '号段 ' || a.id from stock_segment a join stock_segment b
             on a.id < b.id and a.receipt_type = b.receipt_type and a.code = b.code
            and a.first_no <= b.last_no and b.first_no <= a.last_no",
    ),
    (
        "13b",
        "纸质票据都有票号，且在已发放号段的已用范围内",
        "select '票据 ' || r.id from receipt r left join receipt_number n on n.receipt_id = r.id
         where r.medium = 'paper' and not exists (select from stock_segment s
             where s.receipt_type = n.receipt_type and s.code = n.code and n.paper_no >= s.first_no and n.paper_no < s.next_no
                 and n.no = lpad(n.paper_no::text, s.digits, '0'))",
    ),
    (
        "13c",
        "号段：已过号 = 开具 + 作废，无缺号",
        "select '号段 ' || s.id from stock_segment s
         where s.next_no - s.first_no <>
             (select count(distinct n.paper_no) from receipt_number n where n.receipt_type = s.receipt_type and n.code = s.code
                  and n.paper_no between s.first_no and s.last_no)
           + (select coalesce(sum(e.last_no - e.first_no + 1), 0) from receipt_event e
              where e.event = 'voided' and e.receipt_type = s.receipt_type and e.code = s.code
                and e.first_no >= s.first_no and e.last_no <= s.last_no)",
    ),
    (
        "13d",
        "每个纸质票号只赋给一张票据；没有纸张的票号都有登记，各只一次",
        "select '票号 ' || n.code || ' ' || n.paper_no from receipt_number n
         where n.paper_no is not null and exists (
             select from public.receipt_number o
             where (o.receipt_type, o.code, o.paper_no) = (n.receipt_type, n.code, n.paper_no)
                 and o.paper_no is not null and o.receipt_id < n.receipt_id)
         union all
         select '票据 ' || n.receipt_id from receipt_number n
         left join number_given g on (g.receipt_type, g.code, g.no) = (n.receipt_type, n.code, n.no)
         where n.paper_no is null and g.receipt_id is distinct from n.receipt_id
         union all
         select '票号 ' || g.code || ' ' || g.no from number_given g
         where not exists (select from public.receipt_number n where n.receipt_id = g.receipt_id
                           and (n.receipt_type, n.code, n.no) = (g.receipt_type, g.code, g.no))",
    ),
    (
        "14a",
        "柜台实收都开具票据，其各收费项目之和等于销账之和；无收款人的不开票据",
        "select '实收 ' || coalesce(r.payment_id, a.payment_id)
         from (select r.payment_id, l.fee_item, sum(l.amount) as amount, sum(l.late_fee) as late_fee
               from receipt r join receipt_line l on l.receipt_id = r.id group by 1, 2) r
         full join (select a.payment_id, a.fee_item, sum(a.amount) as amount, sum(a.late_fee) as late_fee
                    from allocation a where a.cashier_id is not null
                    group by 1, 2) a using (payment_id, fee_item)
         where (r.amount, r.late_fee) is distinct from (a.amount, a.late_fee)",
    ),
    (
        "14d",
        "柜台实收，转入预存的都有预存收据",
        "select '实收 ' || p.id from payment p
         left join receipt r on r.payment_id = p.id and r.receipt_type = 'prepaid'
         where p.cashier_id is not null and p.prepaid_in is distinct from coalesce(r.amount, 0)",
    ),
    (
        "14b",
        "水费只开水费发票，其他费用只开非税票据",
        "select '票据 ' || r.id from receipt r join receipt_line l on l.receipt_id = r.id
         where (l.fee_item = 'water') <> (r.receipt_type = 'water_invoice')",
    ),
    (
        "14c",
        "票据金额等于其明细与滞纳金之和，预存收据等于转入预存",
        "select '票据 ' || r.id from receipt r
         left join (select receipt_id, sum(amount + late_fee) as total from receipt_line group by 1) l on l.receipt_id = r.id
         left join payment p on p.id = r.payment_id
         where r.amount is distinct from case r.receipt_type when 'prepaid' then p.prepaid_in else l.total end
            or (r.receipt_type = 'prepaid' and l.total is not null)",
    ),
    (
        "15",
        "红字票据与原票据同类、同额、方向相反",
        "select '票据 ' || r.id from receipt r join receipt o on o.id = r.red_of
         where o.kind <> 'blue' or o.receipt_type <> r.receipt_type or o.amount <> -r.amount",
    ),
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
         left join public.outbox o on o.key = 'day-close:' || c.id and o.body->>'seal' = c.seal
         left join lateral (select l.id from public.operation_log l
             where l.at = c.closed_at and l.details->>'seal' = c.seal
                 and l.action in ('closing.day.close', 'closing.day.substitute') limit 1) m on true
         where c.before is distinct from case when c.no = 1 then '' else b.seal end
            or c.seal <> day_seal(row(c.*)::public.cashier_close) or m.id is null or o.id is null
         union all
         select '操作日志 ' || l.id from operation_log l
         where l.action in ('closing.day.close', 'closing.day.substitute')
           and not exists (select from public.cashier_close c
                           where c.id = (l.details->>'close')::bigint and c.seal = l.details->>'seal')",
    ),
    (
        "17i",
        "日结时清点的现金与其操作日志中的一致",
        "select '日结 ' || c.id from cashier_close c
         left join cash_count k on k.id = c.id
         cross join lateral (select l.details from public.operation_log l
             where l.at = c.closed_at and l.details->>'seal' = c.seal
                 and l.action in ('closing.day.close', 'closing.day.substitute') limit 1) m
         where k.counted is distinct from (m.details->>'counted')::numeric
             or k.cash_due <> (m.details->>'cash')::numeric",
    ),
    (
        "17h",
        "不经柜台的实收都在其入账的操作日志内，指纹与其重算的一致",
        "select '操作日志 ' || l.id from operation_log l
         where l.details ? 'posted'
             and l.details->'posted'->>'digest' <> posting_digest((l.details->'posted'->>'payments')::int8multirange)
         union all
         select '实收 ' || id from (
             select id from payment where cashier_id is null
             except
             select generate_series(lower(r.ids), upper(r.ids) - 1) from operation_log l
             cross join unnest((l.details->'posted'->>'payments')::int8multirange) as r(ids)
             where l.details ? 'posted') unmarked",
    ),
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
         where not coalesce(v.decision = 'accepted', r.flag in ('none', 'zero'), false)
            or (exists (select from reading s where s.supersedes_id = t.reading_id and s.bill_period = t.service_period)
                and not exists (select from charge_reversal w where w.charge_id = t.charge_id))",
    ),
    (
        "20b",
        "计费完成后，已审核且有应收的抄表都已计费或已列明原因",
        "select '抄表 ' || r.id from reading r
         join account a on a.id = r.account_id
         left join period_pointer o on o.organisation_id = a.outlet_id and o.kind = 'bill'
         -- What a reversal set free in a month that is closed since is billed in the first open one.
         join bill_run b on b.bill_period = greatest(r.bill_period, o.open_period)
         left join reading_review v on v.reading_id = r.id and v.bill_period = r.bill_period
         where b.state = 'done' and coalesce(v.reviewed_at, r.entered_at) < b.finished_at
           and not exists (select from charge_reading t join charge_reversal w on w.charge_id = t.charge_id
                           join charge c on c.id = w.reversal_id and c.bill_period = w.reversal_period
                           where t.reading_id = r.id and t.service_period = r.bill_period and c.created_at >= b.finished_at)
           and coalesce(v.decision = 'accepted', r.flag in ('none', 'zero'))
           and not exists (select from reading s where s.supersedes_id = r.id and s.bill_period = r.bill_period)
           and not exists (select from charge_reading t where t.reading_id = r.id and t.service_period = r.bill_period
                           and not exists (select from charge_reversal w where w.charge_id = t.charge_id))
           and not exists (select from bill_failure f where f.run_id = b.id and f.account_id = r.account_id)
           and (r.consumption_m3 > 0
                or (not exists (select from charge_month m where m.account_id = r.account_id and m.month = r.bill_period
                                and not exists (select from charge_reversal w where w.charge_id = m.charge_id))
                    and fixed_charge_of(r.account_id, r.bill_period) > 0
                    -- What was approved after the run counts for the next one.
                    and not exists (select from account_version s join account_approval p on p.version_id = s.id
                                    where s.account_id = r.account_id and p.approved_at >= b.finished_at)))",
    ),
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
        "每笔应收自同月份此前未冲正的应收水量之后接续计价",
        "select '应收 ' || c.id from charge c
         where c.kind = 'bill' and not exists (select from charge_reversal v where v.charge_id = c.id)
           and c.used_before_m3 <> (
               select coalesce(sum(n.volume_m3), 0) from charge n
               where n.account_id = c.account_id and n.id < c.id and n.kind <> 'reversal'
                 and n.service_period <= c.service_period
                 and (c.service_period / 100 - n.service_period / 100) * 12 + c.service_period % 100 - n.service_period % 100 < c.months
                 and not exists (select from charge_reversal v where v.charge_id = n.id))",
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
        "22b",
        "每条明细的单价出自其收费标准",
        "select '应收明细 ' || l.id from charge_line l
         left join tariff_version v on v.id = l.tariff_version_id
         left join tariff_tier t on t.version_id = v.id and t.tier = l.tier
         where v.id is null or v.fee_item <> l.fee_item
            or case when v.basis <> 'volume' then l.unit_price is distinct from (
                    select round(c.quantity * t.unit_price, 2) from charge c where c.id = l.charge_id and c.bill_period = l.bill_period)
                else l.fee_item <> 'overquota' and l.unit_price <> coalesce(t.unit_price, -1)
                    and l.unit_price not in (v.fixed_charge, v.minimum_charge) end",
    ),
    (
        "23",
        "滞纳金不超过本金，且方向相同",
        "select '销账 ' || id from allocation
         where abs(late_fee) > abs(amount) or (late_fee <> 0 and sign(late_fee) <> sign(amount))",
    ),
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
        "select '用户 ' || u.login from (select distinct on (user_id) * from person_version order by user_id, id desc) v
         join app_user u on u.id = v.user_id
         where (u.name, u.role, u.outlet_id, u.town_id, u.active) is distinct from (v.name, v.role, v.outlet_id, v.town_id, v.active)
         union all
         select '顶岗 ' || s.id from stand_in s where s.role in ('administrator', 'auditor')",
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
        "select t.short_name || ' ' || r.fee_item
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
        "柜台冲正都由收款和申请以外的另一人当日核准，一次核准只用一次",
        "select '冲正 ' || r.id from payment r
         left join reversal_approved u on u.reversal_id = r.id left join reversal_request q on q.id = u.request_id
         left join reversal_answer a on a.request_id = q.id
         left join lateral (select * from public.payment o where o.id = r.reverses_id offset 0) o on true
         where r.kind = 'reversal' and coalesce(r.cashier_id, o.cashier_id) is not null
             and ((q.payment_id, q.asked_by, q.asked_on, (a.answered_at at time zone 'Asia/Shanghai')::date, a.approved)
                     is distinct from (r.reverses_id, r.cashier_id, r.account_date, r.account_date, true)
                 or a.answered_by in (r.cashier_id, o.cashier_id))",
    ),
    (
        "25j",
        "应收冲正都由申请以外的另一人核准，一次核准只用一次",
        "select '应收冲正 ' || c.id from charge c
         left join charge_reversal_approved u on u.reversal_id = c.id left join charge_reversal_request q on q.id = u.request_id
         left join charge_reversal_answer a on a.request_id = q.id
         where c.kind = 'reversal' and ((q.charge_id, q.town_id, q.outlet_id, a.approved)
                     is distinct from (c.reverses_id, c.town_id, c.outlet_id, true)
                 or a.answered_by = q.asked_by)",
    ),
    (
        "25l",
        "渠道资金改户入账都由申请以外的另一人核准，一次核准只用一次",
        "select '实收 ' || p.id from payment p
         join public.channel_item i on i.id = p.channel_item_id and i.settled_period = month_of_id(p.channel_item_id)
         left join item_approved u on u.payment_id = p.id left join item_request q on q.id = u.request_id
         left join item_answer a on a.request_id = q.id
         where p.kind = 'payment' and i.account_id is distinct from p.account_id
             and ((q.item_id, q.account_id, a.approved) is distinct from (p.channel_item_id, p.account_id, true)
                 or a.answered_by = q.asked_by)",
    ),
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
         left join public.outbox o on o.key = 'month-close:' || c.id and o.body->>'seal' = c.seal
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
