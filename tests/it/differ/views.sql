-- The business views as PostgreSQL has them for one reader: over the reader's copies of the tables, which the search
-- path finds first, and over `public` where a view knows of rows out of the reader's sight. Written apart from the
-- warehouse's own, and in other words where there are any. A view of which the reader lacks a table is left out.

create view fee_name (code, name) as
values ('water', '水费'), ('sewage', '污水处理费'), ('garbage', '垃圾处理费'), ('overquota', '累计加价'), ('prepaid', '预存');

create view method_name (code, name) as
values ('cash', '现金'), ('pos', '刷卡'), ('cheque', '支票'), ('batch_withhold', '银行代扣'),
    ('realtime_withhold', '实时代扣'), ('wechat', '微信'), ('alipay', '支付宝'), ('fiscal_notice', '财政缴款'), ('mixed', '组合支付'), ('prepaid', '预存抵扣');

create view water_read as
select counts.id as reading_id, bill_period, meter_id, account_id, town_id, outlet_id, from_date, to_date, since_period, read_at,
    start_index, end_index, consumption_m3, source, flag, entered_by,
    (select said.reviewed_by from public.reading_review said where said.reading_id = counts.id) as reviewed_by
from reading counts
where id in (select id from public.reading_accepted);

create view tariff as
select priced.version_id as tariff_version_id, priced.tier, rate.fee_item, class, town_id, supplier_id, valid_from, valid_to, basis, upto,
    unit_price, add_per_person, quota_share, price_factor, base_persons, levy_ratio, fixed_charge, minimum_charge, doc_no, status, fee.name as fee_item_name
from (select version_id, tier, upto, unit_price, add_per_person, null::numeric as quota_share, null::numeric as price_factor
      from tariff_tier
      union all select version_id, tier, null, null, null, quota_share, price_factor from surcharge_step) priced, tariff_version rate
left join fee_name fee on fee.code = rate.fee_item
where priced.version_id = rate.id and not (rate.approved_at is null or rate.replaced_at is not null);

create view receivable as
select charge_line.id as charge_line_id, charge_line.charge_id, charge_line.account_id, charge_line.town_id,
    charge_line.outlet_id, charge_line.owner_id, charge_line.bill_period, charge.service_period, charge.bill_date, charge.due_date, charge.kind,
    charge.use_class, charge_line.fee_item, charge_line.tier, charge_line.quantity, charge_line.unit_price,
    charge_line.amount, charge_line.tariff_version_id, fee.name as fee_item_name
from charge
join charge_line on (charge.id, charge.bill_period) = (charge_line.charge_id, charge_line.bill_period)
left join fee_name fee on fee.code = charge_line.fee_item;

create view collected as
select entries.*, fee.name as fee_item_name, way.name as method_name
from (
    select 'allocation'::text as entry, id as entry_id, payment_id, account_id, town_id, outlet_id, cashier_id, method,
        account_date, charge_id, charge_line_id, bill_period, owner_id, fee_item, amount, late_fee, late_fee + amount as total
    from allocation
    union all
    select case when kept.kind = 'deposit' then 'prepaid' else kept.kind end, kept.id, kept.payment_id, kept.account_id, kept.town_id, kept.outlet_id, payment.cashier_id,
        payment.method, kept.account_date, null, null, null, null, 'prepaid', kept.delta, 0.00, kept.delta
    from payment
    join prepaid_entry kept on kept.payment_id = payment.id
) entries
left join fee_name fee on fee.code = entries.fee_item
left join method_name way on way.code = entries.method;

create view arrears as
select open.*, fee.name as fee_item_name
from (
    select line.id as charge_line_id, line.charge_id, line.account_id, line.town_id, line.outlet_id, line.owner_id, line.bill_period,
        charge.service_period, charge.bill_date, charge.due_date, charge.use_class, line.fee_item, line.tier,
        line.amount as billed, paid.settled, line.amount - paid.settled as open_amount
    from charge_line line
    join charge on charge.id = line.charge_id and charge.bill_period = line.bill_period
    cross join lateral (
        select coalesce(sum(whole.amount), 0.00) as settled
        from public.allocation whole
        where whole.charge_line_id = line.id and whole.bill_period = line.bill_period
    ) paid
    where charge.id not in (
        select unnest(array[red.id, red.reverses_id]) from charge red where red.reverses_id is not null
    )
) open
left join fee_name fee on fee.code = open.fee_item
where open_amount <> 0;

create view remitted as
select remittance.id as remittance_id, town_id, owner_id, fee_item, pay_period, remitted_on, voucher_no, amount, recorded_by,
    fee.name as fee_item_name
from remittance
left join fee_name fee on fee.code = remittance.fee_item;

create view receipt_usage as
select event as movement, receipt_type, code, first_no, last_no, 1 + last_no - first_no as sheets, town_id, outlet_id,
    by_user_id as user_id, business_day as day, 0.00 as amount
from receipt_event
union all
select case when r.red_of is null then 'used' else 'reddened' end, n.receipt_type, n.code, n.paper_no, n.paper_no, 1, n.town_id,
    n.outlet_id, r.cashier_id, r.account_date, r.amount
from receipt_number n, receipt r
where n.receipt_id = r.id and n.paper_no > 0;

create view cashier as
select id as cashier_id, name as cashier_name, outlet_id
from public.app_user u
where exists (
    select from public.person_version v where v.user_id = u.id and v.role like '%clerk'
    union all
    select from public.stand_in s where s.user_id = u.id and s.role like '%clerk');

create view payer_then as
select payment_id, account_id, (select a.no from public.account a where a.id = account_id) as account_no,
    town_id, outlet_id, account_date, string_agg(payer_name, '、' order by payer_id) as payer_name
from (
    select payment_id, account_id, town_id, outlet_id, account_date, payer_id, {payer_name}
    from (
        select paid.*, public.payer_called(payer_id, posted_at) as payer_name
        from (
            select distinct p.id as payment_id, p.account_id, p.town_id, p.outlet_id, p.account_date, p.posted_at,
                coalesce(c.payer_id, public.payer_at(p.account_id, p.posted_at)) as payer_id
            from payment p
            left join public.allocation l on l.payment_id = p.id
            left join public.charge c on c.id = l.charge_id and c.bill_period = l.bill_period
        ) paid
    ) called
) shown
group by payment_id, account_id, town_id, outlet_id, account_date
