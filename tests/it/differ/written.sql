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
-- A condition guards what may fail beside it, and is no reason to tear a key of a group apart.
select town_id, total / months, count(*) from charge group by 1, 2 having town_id > 0 and total / months > 1;
select (tier > 1 and 6 / (tier - 1) > 1), count(*) from charge_line group by (tier > 1 and 6 / (tier - 1) > 1);
select case when tier > 1 then 6 / (tier - 1) > 1 end, count(*) from charge_line group by case when tier > 1 then 6 / (tier - 1) > 1 end;
select id, count(*) over (partition by (tier > 1 and 6 / (tier - 1) > 1)) from charge_line;
select id from charge_line order by (tier > 1 and 6 / (tier - 1) > 1), id;
select count(*) from account where phone ~ '^[0-9]+$' and phone::bigint > 5;
select id, case when phone ~ '^[0-9]+$' then phone::bigint > 0 else false end from account;
select id, phone !~ '^[0-9]+$' or phone::bigint > 5 from account;
select count(*) from (select phone::bigint as n from account where phone ~ '^[0-9]+$') x where n > 5;
select fee_item, sum(6 / (tier - 1)) filter (where tier <> 1) from charge_line group by fee_item;
select id, sum(phone::bigint) filter (where phone ~ '^[0-9]+$') over (partition by town_id order by id) from account;
select a.id, b.id from account a left join account b on b.phone ~ '^[0-9]+$' and b.id = a.id + 1 and b.phone::bigint > 200;
select id, phone ~ '^[0-9]+$' and length(phone) < 9 and phone::int <> 0 and 100000000 / phone::int > 3 from account;
select id, 6 / (tier - 1) > 2 and tier <> 1 from charge_line;
select id, length(payer_name) > 4 and substring(payer_name, 1, length(payer_name) - 4) <> '' from account;
-- Times to the microsecond, zones by name, an item that is sorted by as it is written.
select '2026-11-27 10:00:00.1234565'::timestamp, '10:00:00.0000025'::time, '2026-11-27 10:00 Asia/Shanghai'::timestamptz;
select distinct upper(method) from payment order by upper(method);
select distinct net * 2, id % 2 from payment order by id % 2, net * 2 desc;
select account_id, (array_agg(id order by net desc, id))[1] from payment group by account_id;
-- An eighth look: the order of a subquery, negative zeros, texts side by side.
select id from (select id from town order by id desc) x limit 3;
select id from (select id, net from payment order by net desc, id) x limit 3;
with x as (select id from town order by id desc) select id from x offset 2 fetch first 2 rows only;
select * from (select account_id, sum(net) as s from payment group by account_id order by s desc, account_id) x limit 3;
select id from (select id from (select id from payment order by net desc, id limit 9) x where id % 2 = 0) y limit 2;
select count(*), sum(net) from (select * from payment order by net desc) x;
-- refused: an order that is written down where it is needed.
select string_agg(id::text, ',') from (select id from payment order by net desc, id) x;
-- refused: the same.
select id, row_number() over () from (select id from payment order by net desc, id) x order by id;
select count(*) from payment where round((net::float8 - 40) / 100000) in (0, 5);
select count(*) from payment where round((net::float8 - 40) / 100000) not in (0, 5);
select round((net::float8 - 40) / 100000), count(*) from payment group by 1;
select id, rank() over (order by round((net::float8 - 40) / 100000)) from payment order by id;
select case -(net::float8 * 0) when 0 then 'zero' else 'no' end, count(*) from payment group by 1;
-- refused: two texts side by side.
select 'x' as y, 'a'
'b' from town limit 1;
-- An eighth look: rows skipped below the top, frames over days that reach by hours, digits of other scripts.
select sum(total) from (select total from charge order by id offset 1) x;
select sum(total) from (select total from charge order by id desc limit all offset 1) x;
select count(*) from account where id in (select account_id from payment order by id offset 60);
select sum(total) from (select distinct on (account_id) account_id, total from charge order by account_id, id offset 7) x;
select sum(total) from ((select total from charge order by id offset 3) union all (select total from charge order by id offset 5)) x;
with c as (select total from charge order by id offset 2) select sum(total) from c;
select (select total from charge order by id desc offset 1 limit 1), (select count(*) from (select id from charge order by id offset 1 + 1) x);
-- refused: half a day.
select id, sum(net) over (order by account_date range between interval '36 hours' preceding and current row) from payment order by id limit 5;
select id, sum(net) over (order by account_date::timestamp range between interval '36 hours' preceding and interval '12 hours' following) from payment order by id limit 5;
select id, sum(net) over (order by account_date range between interval '24 hours' preceding and current row) from payment order by id limit 5;
select '１' ~ '[[:alpha:]]', '1' ~ '[[:alpha:]]', '１' ~ '[[:alnum:]]', '１' ~ '\d', '表１号' ~ '^[[:alpha:]_]+$', '１' ~ '[^[:alpha:]]';
select n, s ~ '[[:upper:]]', s ~ '[[:lower:]]', s ~ '\w', s ~ '\W', s ~ '\s', s ~ '\S', s ~ '[[:alpha:]]', s ~ '[[:alnum:]]', s ~ '[[:space:]]'
from (values (1, 'Ⓐ'), (2, 'ⓐ'), (3, '①'), (4, '²'), (5, '　'), (6, ' '), (7, '٣'), (8, 'ª'), (9, '－'), (10, '‿'), (11, 'ǅ'), (12, '东')) as x (n, s) order by n;
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
-- A value beside each of a list, and NULLs without a type in lists put together.
select a.no, a.id > all (select p.account_id from payment p), a.id <= any (select p.account_id from payment p where p.kind = 'payment') from account a order by a.no;
select count(*) filter (where c.total > all (select p.net from payment p where p.net < 40)), sum(case when c.total >= any (select p.net from payment p) then c.total else 0 end) from charge c;
select p.id from payment p where p.net >= all (select q.net from payment q where q.account_id = p.account_id) order by p.id;
select null intersect select account_date from payment union select date '2026-11-30' - -1;
select id, rank() over (partition by not (upper(method) like 'C%') order by -(net::float8)) from payment order by not (upper(method) like 'C%'), id;
select string_agg(no, ',' order by -(id::float8)), array_to_string(array_agg(id order by not (upper(no) like '%1'), id), ',') from account;
-- A ninth look: one value for each row that is asked for, whatever other rows have; digits beside text.
select v.a, (select w.n from (values (1, 'x'), (2, 'y'), (2, 'z')) as w (k, n) where w.k = v.a) from (values (1)) as v (a);
select v.a, (select w.n from (values (1, 'x'), (2, 'y'), (2, 'z')) as w (k, n) where w.k = v.a) from (values (1), (2)) as v (a);
select p.id, (select q.net from payment q where q.reverses_id = p.id) from payment p order by p.id;
select count(*) from payment p where coalesce((select q.net from payment q where q.reverses_id = p.id), 0) <= 0;
select v.a, case when v.a <> 2 then (select w.n from (values (1, 1.5), (2, 2.5), (2, 3.25)) as w (k, n) where w.k = v.a) end from (values (1), (2), (3)) as v (a) order by 1;
select sum((select w.n from (values (1, 1.5), (3, 2.25), (4, 1), (4, 2)) as w (k, n) where w.k = v.a)) from (values (1), (2), (3)) as v (a);
select v.a from (values (1), (3)) as v (a) where (select w.n from (values (1, 1.5), (2, 2.5), (2, 3.25)) as w (k, n) where w.k = v.a) > 1;
-- refused: a day's seconds have no digits there, and no type here tells so.
select extract(epoch from date '2027-01-01') || '', (extract(epoch from date '2027-01-01') * 2)::text, extract(epoch from timestamp '2027-01-01') || '';
select extract(epoch from date '2027-01-01'), extract(epoch from timestamp '2027-01-01') || '';
-- refused: digits that PostgreSQL finds fit, or takes from the text.
select power(1.5, 2) || '', power(2.0, 3)::text;
-- refused: likewise.
select to_number('1,200', '9,999.99') || '元';
select power(1.5, 2), power(2.0, 3) > 7.9, sum(power(net, 2)) from payment group by 1, 2;
select to_number('1,200', '9,999.99') + 1, to_number('1,200', '9,999') || '元';
select distinct on (p.method, p.town_id) p.id from payment p order by p.town_id desc, p.method, p.id;
select distinct on (method, town) p.id, p.town_id as town from payment p order by town, method desc, id;
