-- Every payment and reversal of the day, with what it was used for and the paper that was handed over.
with paid as (
    select id, outlet_id, coalesce(cashier_id, 0) as cashier_id, account_id, method, kind, posted_at, net
    from payment
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
), settled as (
    -- One row for each charge that a payment settles.
    select payment_id, charge_id, bill_period,
        sum(case when fee_item = 'water' then amount else 0 end) as water,
        sum(case when fee_item = 'sewage' then amount else 0 end) as sewage,
        sum(case when fee_item = 'garbage' then amount else 0 end) as garbage,
        sum(case when fee_item = 'overquota' then amount else 0 end) as overquota,
        sum(late_fee) as late_fee, sum(amount) as amount
    from allocation
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
    group by payment_id, charge_id, bill_period
), used as (
    select s.payment_id, sum(s.water) as water, sum(s.sewage) as sewage, sum(s.garbage) as garbage,
        sum(s.overquota) as overquota, sum(s.late_fee) as late_fee,
        -- Where the garbage fee is taken apart, the water of a charge counts with the fees that go by water.
        sum(case when s.water = 0 and s.sewage = 0 then 0 when s.amount < 0 then -c.volume_m3 else c.volume_m3 end) as volume_m3,
        min(coalesce(c.service_period, s.bill_period)) as first_period,
        max(coalesce(c.service_period, s.bill_period)) as last_period
    from settled s left join charge c on c.id = s.charge_id and c.bill_period = s.bill_period
    group by s.payment_id
), stored as (
    select payment_id, sum(delta) as prepaid
    from prepaid_entry
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
    group by payment_id
), paper as (
    select payment_id,
        string_agg(case when receipt_type = 'water_invoice' then printed end, '、' order by printed) as invoice_no,
        string_agg(case when receipt_type <> 'water_invoice' then printed end, '、' order by printed) as nontax_no
    from (
        select r.payment_id, r.receipt_type, n.code || ' ' || n.no as printed
        from receipt r
        join receipt_number n on n.receipt_id = r.id
        where r.account_date = $day and ($outlet = 0 or r.outlet_id = $outlet)
    ) numbered
    group by payment_id
), called as (
    select payment_id, account_no, payer_name from payer_then
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
)
select o.name as outlet_name, coalesce(u.cashier_name, case when paid.cashier_id <> 0 then '工号 ' || cast(paid.cashier_id as varchar)
        when paid.method = 'prepaid' then '预存抵扣' else '渠道' end) as cashier,
    cast(paid.id as varchar) as payment_no, paid.posted_at, called.account_no, called.payer_name,
    case when used.first_period is null then ''
        else substr(cast(used.first_period as varchar), 1, 4) || '-' || substr(cast(used.first_period as varchar), 5, 2) end
    || case when used.first_period is null or used.first_period = used.last_period then ''
        else '~' || substr(cast(used.last_period as varchar), 1, 4) || '-' || substr(cast(used.last_period as varchar), 5, 2) end
        as periods,
    used.volume_m3, used.water, used.sewage, used.garbage, used.overquota, used.late_fee,
    stored.prepaid, paid.net, paid.method, paper.invoice_no, paper.nontax_no,
    case when paid.kind = 'reversal' then '红' else '蓝' end as colour,
    case when paid.kind = 'payment' then 1 else 0 end as payments,
    case when paid.kind = 'reversal' then 1 else 0 end as reversals,
    case when paid.kind = 'reversal' then paid.net else 0 end as reversed
from paid
left join used on used.payment_id = paid.id
left join stored on stored.payment_id = paid.id
left join paper on paper.payment_id = paid.id
left join called on called.payment_id = paid.id
left join organisation o on o.id = paid.outlet_id
left join cashier u on u.cashier_id = paid.cashier_id
-- Of what no cashier took, that of the channels stands before that of the purses: a group is of one name.
order by paid.outlet_id, case when paid.cashier_id <> 0 then 0 when paid.method <> 'prepaid' then 1 else 2 end, paid.cashier_id, paid.posted_at, paid.id
