select town_id, fee_item, sum(amount) as amount
from remittance
where pay_period between $this_first and $this_last
group by town_id, fee_item
