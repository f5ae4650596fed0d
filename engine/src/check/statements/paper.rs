//! Paper, its numbers, and what receipts say.

use super::Invariant;

pub(super) const ALL: &[Invariant] = &[
    (
        "13a",
        "票据号段互不重叠",
        // One that begins before all that lie before it have ended, with each of those that it meets.
        "select '号段 ' || least(a.id, b.id)
         from (select *, max(last_no) over (partition by receipt_type, code order by first_no, id
                                            rows between unbounded preceding and 1 preceding) as reached
               from stock_segment) b
         join stock_segment a on (a.receipt_type, a.code) = (b.receipt_type, b.code)
             and (a.first_no, a.id) < (b.first_no, b.id) and a.last_no >= b.first_no
         where b.first_no <= b.reached",
    ),
    (
        "13b",
        "纸质票据都有票号，且在已发放号段的已用范围内",
        // Segments lie apart, and a number is in the last one that begins before it: they are laid in one row, code by code.
        "select '票据 ' || n.id
         from (select *, max(first_no) over (partition by receipt_type, code order by paper_no, id nulls first) as begun
               from (select null::bigint as id, receipt_type, code, first_no as paper_no, null as no, first_no from stock_segment
                     union all
                     select r.id, n.receipt_type, n.code, n.paper_no, n.no, null
                     from receipt r left join receipt_number n on n.receipt_id = r.id
                     where r.medium = 'paper') n) n
         left join stock_segment s on (s.receipt_type, s.code, s.first_no) = (n.receipt_type, n.code, n.begun)
         where n.id is not null and (n.paper_no < s.next_no and n.no = lpad(n.paper_no::text, s.digits, '0')) is not true",
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
                and e.first_no between s.first_no and s.last_no and e.last_no <= s.last_no)",
    ),
    (
        "13e",
        "号段的位数、存放和持有与票据流水一致，入库的号码无一缺失",
        "select '号段 ' || s.id from stock_segment s
         -- What happened to any of it, and to all of it.
         cross join lateral (
             select (array_agg(e order by e.id desc))[1] as last,
                 max(e.digits) filter (where e.event = 'received' and e.first_no <= s.first_no and e.last_no >= s.last_no) as digits,
                 (array_agg(e.holder_id order by e.id desc)
                     filter (where e.event = 'leased' and e.first_no <= s.first_no and e.last_no >= s.last_no))[1] as holder_id
             from receipt_event e
             where e.receipt_type = s.receipt_type and e.code = s.code and e.event <> 'voided'
                 and int8range(e.first_no, e.last_no, '[]') && int8range(s.first_no, s.last_no, '[]')) e
         where ((e.last).first_no <= s.first_no and (e.last).last_no >= s.last_no) is not true or s.digits is distinct from e.digits
            or (s.outlet_id, s.moved_at, s.written_off, s.holder_id) is distinct from
               ((e.last).outlet_id, (e.last).at, (e.last).event = 'written_off',
                case when (e.last).event in ('leased', 'written_off') then e.holder_id end)
         union all
         select '票据流水 ' || e.id from receipt_event e
         where e.event = 'received' and e.last_no - e.first_no + 1 <> (
             select coalesce(sum(s.last_no - s.first_no + 1), 0) from public.stock_segment s
             where (s.receipt_type, s.code) = (e.receipt_type, e.code)
                 and int8range(s.first_no, s.last_no, '[]') && int8range(e.first_no, e.last_no, '[]'))",
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
        "14e",
        "票据的明细与其实收的销账逐项相符，开具时间与实收一致，票号及其票种、网点与票据一致，纸质票开具时即有票号，其他票据不早于开具赋号",
        "select '票据 ' || r.id from receipt r
         left join receipt_line l on l.receipt_id = r.id
         left join allocation a on (a.payment_id, a.charge_line_id) = (r.payment_id, l.charge_line_id)
         where l.receipt_id is not null and (a.bill_period, a.town_id, a.owner_id, a.fee_item, a.amount, a.late_fee)
             is distinct from (l.bill_period, l.town_id, l.owner_id, l.fee_item, l.amount, l.late_fee)
         union all
         select '票据 ' || r.id from receipt r
         left join payment p on p.id = r.payment_id
         left join receipt_number n on n.receipt_id = r.id
         where r.issued_at is distinct from p.posted_at or (r.medium = 'paper') <> (n.paper_no is not null)
            or (n.receipt_type, n.town_id, n.outlet_id) <> (r.receipt_type, r.town_id, r.outlet_id)
            or case r.medium when 'paper' then n.assigned_at <> r.issued_at else n.assigned_at < r.issued_at end",
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
];
