-- 实收 is money received: tendered, less change. A purse is received when it is filled ('prepaid'); what it pays later
-- settles fees, and leaves it as a negative line ('offset'), so that the total of a payment is always its net.
select
    'allocation' as entry,
    id as entry_id,
    payment_id,
    account_id,
    town_id,
    outlet_id,
    cashier_id,
    method,
    account_date,
    charge_id,
    charge_line_id,
    bill_period,
    owner_id,
    fee_item,
    amount,
    late_fee,
    amount + late_fee as total
from allocation
union all
select
    case e.kind when 'offset' then 'offset' else 'prepaid' end as entry,
    e.id as entry_id,
    e.payment_id,
    e.account_id,
    e.town_id,
    e.outlet_id,
    p.cashier_id,
    p.method,
    e.account_date,
    cast(null as bigint) as charge_id,
    cast(null as bigint) as charge_line_id,
    cast(null as int) as bill_period,
    cast(null as int) as owner_id,
    'prepaid' as fee_item,
    e.delta as amount,
    cast(0 as decimal(18, 2)) as late_fee,
    e.delta as total
from prepaid_entry e
join payment p on p.id = e.payment_id
