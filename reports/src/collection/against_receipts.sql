-- What the counter settled, and what stands on the paper that it handed over.
select 1 as present, settled.amount as ours, paper.amount as theirs
from (
    select coalesce(sum(amount + late_fee), 0) as amount
    from allocation
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet) and method in ('cash', 'pos', 'cheque')
) settled
cross join (
    select coalesce(sum(amount), 0) as amount
    from receipt
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
) paper
