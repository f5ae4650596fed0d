-- What came in, and what it was used for: charges settled with their late fees, and money stored.
select 1 as present, paid.net as ours, settled.amount + stored.amount as theirs
from (
    select coalesce(sum(net), 0) as net
    from payment
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
) paid
cross join (
    select coalesce(sum(amount + late_fee), 0) as amount
    from allocation
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
) settled
cross join (
    select coalesce(sum(delta), 0) as amount
    from prepaid_entry
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
) stored
