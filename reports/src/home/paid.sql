-- What was taken, net of reversals and with what was stored: of each day, and this year in each town.
select account_date, cast(null as int) as town_id,
    sum(case when kind = 'payment' then 1 else 0 end) as payments, sum(net) as net
from payment
where account_date between $first_day and $today
group by account_date
union all
select cast(null as date) as account_date, town_id,
    sum(case when kind = 'payment' then 1 else 0 end) as payments, sum(net) as net
from payment
where account_date between $year_start and $today
group by town_id
