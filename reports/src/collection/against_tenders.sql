-- What the tills took, and where it came from: cash less the change, card slips and cheques.
select 1 as present, paid.net as ours, handed.amount - paid.change_given as theirs
from (
    select coalesce(sum(net), 0) as net, coalesce(sum(change_given), 0) as change_given
    from payment
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet) and cashier_id is not null
) paid
cross join (
    select coalesce(sum(amount), 0) as amount
    from payment_tender
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
) handed
