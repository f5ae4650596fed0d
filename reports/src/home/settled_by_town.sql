-- What charges were settled with, and what was taken with late fees: of each town, owner and fee.
select town_id, owner_id, fee_item,
    sum(amount) filter (where bill_period between $this_first and $this_last) as this_year,
    sum(amount) filter (where bill_period between $last_first and $last_last and account_date <= $year_ago) as last_year,
    sum(amount) as ever,
    sum(amount) filter (where account_date <= $month_end) as ever_before,
    sum(amount + late_fee) as taken,
    sum(amount + late_fee) filter (where account_date <= $month_end) as taken_before
from allocation
group by town_id, owner_id, fee_item
