-- What the money of each day was used for: fees with their late fees, and what was stored less what was taken out.
select account_date, fee_item as used_for, sum(amount) + sum(late_fee) as amount
from allocation
where account_date between $first_day and $today
group by account_date, fee_item
union all
select account_date, 'prepaid' as used_for, sum(delta) as amount
from prepaid_entry
where account_date between $first_day and $today
group by account_date
