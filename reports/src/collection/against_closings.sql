-- The sheets of the cashiers who have closed the day, and their payments. Nothing is said before anyone has.
select count(*) as present, sum(coalesce(paid.net, 0)) as ours, sum(closed.net) as theirs
from (
    select cashier_id, outlet_id, net
    from cashier_close
    where business_day = $day and ($outlet = 0 or outlet_id = $outlet)
) closed
left join (
    select cashier_id, outlet_id, sum(net) as net
    from payment
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet) and cashier_id is not null
    group by cashier_id, outlet_id
) paid on paid.cashier_id = closed.cashier_id and paid.outlet_id = closed.outlet_id
