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
    business_day as day,
    cast(0 as decimal(18, 2)) as amount
from receipt_event
union all
select
    case r.kind when 'red' then 'reddened' else 'used' end as movement,
    r.receipt_type,
    n.code,
    n.paper_no as first_no,
    n.paper_no as last_no,
    cast(1 as bigint) as sheets,
    r.town_id,
    r.outlet_id,
    r.cashier_id as user_id,
    r.account_date as day,
    r.amount
from receipt r
join receipt_number n on n.receipt_id = r.id
where n.paper_no is not null
