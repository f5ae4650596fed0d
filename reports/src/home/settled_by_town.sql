select town_id,
    sum(case when bill_period between $this_first and $this_last then amount else 0 end) as this_year,
    sum(case when bill_period between $last_first and $last_last and account_date <= $year_ago then amount else 0 end) as last_year,
    sum(amount) as ever,
    sum(case when account_date <= $month_end then amount else 0 end) as ever_before,
    sum(case when account_date >= $year_start then amount + late_fee else 0 end) as taken,
    sum(case when account_date >= $year_start and account_date <= $month_end and fee_item <> 'water'
        then amount + late_fee else 0 end) as nontax_due
from allocation
group by town_id
