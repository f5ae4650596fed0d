-- What one town collected is not what the city did.
select sum(p.net) from payment p join town t on t.id = p.town_id where t.short_name = '道滘';
select sum(amount) from receivable where kind = 'nosuch';
-- Totals of totals: who paid in what way, and how many such pairs there are.
with s as (select account_id as k, sum(net) as v from payment group by account_id),
    x as (select s.k, p.method, count(*) as n from s join payment p on p.account_id = s.k group by s.k, p.method)
select count(*) from account a join x on x.k = a.id;
