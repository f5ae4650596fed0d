select town_id,
    sum(case when bill_period between $this_first and $this_last then total else 0 end) as this_year,
    sum(case when bill_period between $last_first and $last_last and bill_date <= $year_ago then total else 0 end) as last_year,
    sum(total) as ever,
    sum(case when bill_date <= $month_end then total else 0 end) as ever_before
from charge
group by town_id
