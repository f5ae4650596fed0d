-- What the counter settled and what was left with it for bills to come, and what stands on the paper that it handed over.
select 1 as present, settled.amount + stored.amount as ours, paper.amount as theirs
from (
    select coalesce(sum(amount + late_fee), 0) as amount
    from allocation
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet) and cashier_id is not null
) settled
cross join (
    select coalesce(sum(e.delta), 0) as amount
    from prepaid_entry e join payment p on p.id = e.payment_id
    where e.account_date = $day and p.account_date = $day and ($outlet = 0 or p.outlet_id = $outlet)
        and e.kind = 'deposit' and p.cashier_id is not null
) stored
cross join (
    select coalesce(sum(amount), 0) as amount
    from receipt
    where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
) paper
