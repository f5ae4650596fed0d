select account_date, sum(case when kind = 'payment' then 1 else 0 end) as payments, sum(net) as net
from payment
where account_date >= $first_day
group by account_date
