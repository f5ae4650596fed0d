select
    event as movement,
    receipt_type,
    code,
    first_no,
    last_no,
    last_no - first_no + 1 as sheets,
    town_id,
    outlet_id,
    by_user_id as user_id,
    cast(at as date) as day,
    cast(0 as decimal(18, 2)) as amount
from receipt_event
where event in ('leased', 'voided')
union all
select
    case kind when 'red' then 'reddened' else 'used' end as movement,
    receipt_type,
    code,
    no as first_no,
    no as last_no,
    cast(1 as bigint) as sheets,
    town_id,
    outlet_id,
    cashier_id as user_id,
    account_date as day,
    amount
from receipt
