-- Each cashier's day by method. Fees come from the allocations, counts and the whole from the payments.
with paid as (
    select outlet_id, coalesce(cashier_id, 0) as cashier_id, method,
        count(*) filter (where kind = 'payment') as payments,
        count(*) filter (where kind = 'reversal') as reversals,
        sum(case when kind = 'reversal' then net else 0 end) as reversed,
        sum(net) as net
    from payment
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
    group by outlet_id, coalesce(cashier_id, 0), method
), used as (
    select outlet_id, coalesce(cashier_id, 0) as cashier_id, method,
        sum(case when fee_item = 'water' then amount else 0 end) as water,
        sum(case when fee_item = 'sewage' then amount else 0 end) as sewage,
        sum(case when fee_item = 'garbage' then amount else 0 end) as garbage,
        sum(case when fee_item = 'overquota' then amount else 0 end) as overquota,
        sum(late_fee) as late_fee
    from allocation
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
    group by outlet_id, coalesce(cashier_id, 0), method
), stored as (
    select p.outlet_id, coalesce(p.cashier_id, 0) as cashier_id, p.method, sum(e.delta) as prepaid
    from prepaid_entry e join payment p on p.id = e.payment_id
    where e.account_date = $day and p.account_date = $day and ($outlet = 0 or p.outlet_id = $outlet)
    group by p.outlet_id, coalesce(p.cashier_id, 0), p.method
)
select o.name as outlet_name, coalesce(u.cashier_name, case when paid.cashier_id <> 0 then '工号 ' || cast(paid.cashier_id as varchar)
        when paid.method = 'prepaid' then '预存抵扣' else '渠道' end) as cashier,
    paid.method, paid.payments, used.water, used.sewage, used.garbage, used.overquota, used.late_fee,
    stored.prepaid, paid.reversals, paid.reversed, paid.net
from paid
left join used on used.outlet_id = paid.outlet_id and used.cashier_id = paid.cashier_id and used.method = paid.method
left join stored on stored.outlet_id = paid.outlet_id and stored.cashier_id = paid.cashier_id and stored.method = paid.method
left join organisation o on o.id = paid.outlet_id
left join cashier u on u.cashier_id = paid.cashier_id
-- Channels last; methods in the order of the trade.
order by paid.outlet_id, case when paid.cashier_id = 0 then 1 else 0 end, paid.cashier_id,
    case paid.method when 'cash' then 1 when 'pos' then 2 when 'cheque' then 3 when 'batch_withhold' then 4
        when 'realtime_withhold' then 5 when 'wechat' then 6 when 'alipay' then 7 when 'fiscal_notice' then 8
        when 'mixed' then 9 else 10 end
