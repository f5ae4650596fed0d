-- What one town collected is not what the city did.
select sum(p.net) from payment p join town t on t.id = p.town_id where t.short_name = '道滘';
select sum(amount) from receivable where kind = 'nosuch';
-- Totals of totals: who paid in what way, and how many such pairs there are.
with s as (select account_id as k, sum(net) as v from payment group by account_id),
    x as (select s.k, p.method, count(*) as n from s join payment p on p.account_id = s.k group by s.k, p.method)
select count(*) from account a join x on x.k = a.id;
-- The rest of what six looks found: an order that a limit needs, days with zones, names inside and outside.
select account_id, id, sum(s) over (order by id rows between current row and 2 following) as t
from (select account_id, id, sum(net) over (order by id rows between current row and 2 following) as s from payment) w
order by id limit 1;
select id, lag(net, -1) over (order by id) as later from payment order by id limit 1;
select '2026-11-01 01:00:00+08'::date, '2026-11-01 23:30:00-05'::date, '2026-11-01 01:00:00+08'::timestamp;
-- refused: a total without groups that meets an outer row.
select count(*) from account a where exists (select sum(net) as net from payment p where p.account_id = a.id having sum(net) > 40);
select 1.0 / 3 = '0.33333333333333333333';
select count(*) from (select *, net * 2 as net from payment) x;
select distinct on (account_id) p.account_id % 2 as account_id, p.id from payment p join account a on a.id = p.account_id order by account_id, p.id;
with town as (select id, short_name as name from town), t2 as (select name from town) select count(*) from t2 where name is not null;
-- A seventh look: columns beside a star, what EXISTS selects, a constant that is not in a list, nothing in common.
select rn from (select *, id + 1 as rn from town) x order by 1 limit 1;
with x as (select *, id + 1 as rn from town) select max(rn) from x;
select max(rn) from (select *, id + 1 as rn from town union all (select *, id + 2 from town)) x;
select count(*) from town where id in (select rn - 1 from (select *, id + 1 as rn from town) x);
select p.id from payment p where exists (select * from receipt r join receipt b on b.red_of = r.id where b.payment_id = p.id);
select count(*) from payment p where not exists (select r.payment_id from receipt r join receipt b on b.red_of = r.id where b.payment_id = p.id);
select count(*) from payment p where exists (select distinct r.payment_id from receipt r join receipt b on b.red_of = r.id where b.payment_id = p.id order by 1 limit 1);
select count(*) from account a where 'x' not in (select p.reason from payment p);
select count(*) from account a where null not in (select p.id from payment p);
select count(*) from account a where current_date not in (select null::date);
select count(*) from account a where 'x' not in (select p.reason from payment p where p.reason is not null);
select count(*) from account having 1 not in (select null::int);
-- refused: no name in common.
select count(*) from receipt r natural left join (select id as zz from remittance) d;
select count(*) from receipt r left join (select id as zz from remittance) d on true;
-- An eighth look: joins that find NULL like NULL, subqueries of outer rows inside sums, groups, windows and sorts.
select count(*), count(q.id) from payment p left join receipt q on p.cashier_id is not distinct from q.cashier_id and p.id = q.payment_id;
select count(*) from account a join account b on a.address is not distinct from b.address join account c on c.phone is not distinct from b.phone;
select count(*) from account a join account b on a.phone is not distinct from b.phone where a.phone = b.phone;
select count(*) from account a where not exists (select 1 from account b where b.phone is not distinct from a.phone and b.id <> a.id);
select count(*) from payment p join charge c on p.net is not distinct from c.total;
select a.phone is not distinct from b.phone as same, count(*) from account a join account b on a.id = b.id + 1 group by 1 order by 1;
with x as (select town_id, cashier_id, sum(net) s from payment group by rollup (1, 2)) select count(*) from x a join x b on a.town_id is not distinct from b.town_id and a.cashier_id is not distinct from b.cashier_id;
select count(*) filter (where exists (select 1 from payment p where p.account_id = a.id)), count(*) filter (where exists (select 1 from receipt r where r.account_id = a.id and r.kind = 'red')) from account a;
select exists (select 1 from payment p where p.account_id = a.id), count(*) from account a group by 1 order by 1;
select a.no from account a order by exists (select 1 from payment p where p.account_id = a.id) desc, a.no desc;
select a.id, row_number() over (partition by exists (select 1 from payment p where p.account_id = a.id) order by a.id) from account a order by a.id;
select a.id, row_number() over (partition by a.id in (select p.account_id from payment p) order by a.id) from account a order by a.id;
select sum((select max(p.net) from payment p where p.account_id = a.id)), sum((select max(p.net) from payment p where p.account_id = a.id and p.kind = 'payment')) from account a;
select a.no, a.town_id from account a order by coalesce((select sum(p.net) from payment p where p.account_id = a.id), 0) desc, a.no;
select a.town_id from account a group by a.town_id having bool_or(exists (select 1 from payment p where p.account_id = a.id)) order by 1;
-- Words for what plainer words say; what is a text to PostgreSQL.
select count(*) from account where phone isnull and address isnull or payer_name isnull;
select count(*) from payment where row(town_id, id) in (select town_id, id from payment where net > 10);
select count(*) from payment where (town_id, id) = any (select town_id, id from payment);
select localtimestamp = now()::timestamp, localtimestamp::date = current_date;
select date '2026-11-30' + interval '1 month - 1 day', date '2026-11-30' + interval '- 3 days';
(select null limit 1) union all select id from town;
