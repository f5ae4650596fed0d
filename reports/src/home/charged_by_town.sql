select town_id,
    sum(total) filter (where bill_period between $this_first and $this_last) as this_year,
    sum(total) filter (where bill_period between $last_first and $last_last and bill_date <= $year_ago) as last_year,
    sum(total) as ever,
    sum(total) filter (where bill_date <= $month_end) as ever_before
from charge
group by town_id
