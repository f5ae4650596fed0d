select town_id,
    sum(amount) filter (where bill_period between $this_first and $this_last) as this_year,
    sum(amount) filter (where bill_period between $last_first and $last_last and account_date <= $year_ago) as last_year,
    sum(amount) as ever,
    sum(amount) filter (where account_date <= $month_end) as ever_before,
    sum(amount + late_fee) filter (where account_date >= $year_start and account_date <= $month_end and fee_item <> 'water') as nontax_due
from allocation
group by town_id
