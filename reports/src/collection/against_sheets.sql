-- The numbers that left the pads on the day, and those that the sheets of the day hold. Nothing is said before anyone has
-- closed.
select count(*) as present, cast(sum(coalesce(used.sheets, 0) + coalesce(spoilt.sheets, 0)) as decimal(18, 2)) as ours,
    cast(sum(coalesce(held.sheets, 0)) as decimal(18, 2)) as theirs
from (
    select id, cashier_id, outlet_id
    from cashier_close
    where business_day = $day and ($outlet = 0 or outlet_id = $outlet)
) closed
left join (
    select close_id, sum(last_no - first_no + 1) as sheets
    from close_paper
    where fate in ('used', 'red', 'voided') and ($outlet = 0 or outlet_id = $outlet)
    group by close_id
) held on held.close_id = closed.id
left join (
    select r.cashier_id, r.outlet_id, count(*) as sheets
    from receipt r
    join receipt_number n on n.receipt_id = r.id
    where r.account_date = $day and ($outlet = 0 or r.outlet_id = $outlet) and n.paper_no is not null
    group by r.cashier_id, r.outlet_id
) used on used.cashier_id = closed.cashier_id and used.outlet_id = closed.outlet_id
left join (
    select by_user_id as cashier_id, outlet_id, count(*) as sheets
    from receipt_event
    where event = 'voided' and business_day = $day and ($outlet = 0 or outlet_id = $outlet)
    group by by_user_id, outlet_id
) spoilt on spoilt.cashier_id = closed.cashier_id and spoilt.outlet_id = closed.outlet_id
