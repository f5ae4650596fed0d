-- What was passed on to the treasury of each owner's money: for months of this year, and ever.
select town_id, owner_id, fee_item,
    sum(amount) filter (where pay_period between $this_first and $this_last) as this_year,
    sum(amount) as ever
from remittance
group by town_id, owner_id, fee_item
