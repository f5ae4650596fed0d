select account_date, fee_item, sum(amount) + sum(late_fee) as amount
from allocation
where account_date >= $first_day
group by account_date, fee_item
