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
-- It guards it in a join too, by whose keys nothing that may fail is asked of other rows.
select count(*) from account a join village v on v.town_id = a.town_id where a.phone ~ '^[0-9]+$' and a.phone::bigint > v.town_id;
select count(*) from account a, village v where v.town_id = a.town_id and a.phone ~ '^[0-9]+$' and a.phone::bigint > v.town_id;
select count(*) from account a right join village v on v.town_id = a.town_id where a.phone ~ '^[0-9]+$' and a.phone::bigint > v.town_id;
select count(*) from account a full join town t on t.id = a.town_id where a.phone ~ '^[0-9]+$' and a.phone::bigint > t.id;
select count(*) from account a left join town t on t.id = a.town_id where a.phone ~ '^[0-9]+$' and a.phone::bigint > t.id;
select count(*) from account a left join town t on t.id = a.town_id where a.phone ~ '^[0-9]+$' and a.phone::bigint <> t.id;
select count(*) from account a left join town t on t.id = a.town_id where a.phone ~ '^[0-9]+$' and a.phone::bigint - t.id > 5;
select count(*) from account a left join town t on t.id = a.town_id and a.phone ~ '^[0-9]+$' and a.phone::bigint > t.id;
select count(*) from account a join town t on t.id = a.town_id where a.phone ~ '^[0-9]+$' and (a.phone::bigint > t.id or t.id = 3);
select count(*) from account a join town t on t.id = a.town_id where a.phone ~ '^[0-9]+$' and (a.phone::bigint > 5 and t.short_name = '道滘' or t.short_name = '厚街' and a.id > 2);
select count(*) from town t left join account a on t.id = a.town_id and a.phone ~ '^[0-9]+$' and (a.phone::bigint > 5 and t.short_name = '道滘' or t.short_name = '厚街' and a.id > 2);
select count(*) from charge_line l join town t on t.id = l.town_id where l.tier <> 1 and 6 / (l.tier - 1) < t.id;
select count(*) from (select town_id, phone::bigint as n from account where phone ~ '^[0-9]+$') a join town t on t.id = a.town_id where a.n > t.id;
select count(*) from charge_line l left join (select tier as k from charge_line where tier > 1) m on m.k = l.tier where 6 / (m.k - 1) > 2;
select count(*) from (select tier as k from charge_line where tier > 1) m join charge_line l on m.k = l.tier where 6 / (m.k - 1) > 2;
select count(*) from account a where exists (select 1 from town t where t.id = a.town_id and a.phone ~ '^[0-9]+$' and a.phone::bigint > t.id);
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
-- A tenth look: functions of texts at their corners, over rows in files and in memory.
select id, split_part(no, '0', 1), split_part(no, '0', 2), split_part(no, '0', -1), split_part(no, '0', -2), split_part(no, '00', -2), split_part(no, '', 1), split_part(no, '', -1), split_part(no, '', 2), split_part(no, no, 2), split_part(no, '0', 99), split_part(no, '0', -99) from account order by id;
select split_part('aaa', 'aa', 1), split_part('aaa', 'aa', 2), split_part('aaa', 'aa', -1), split_part('aaa', 'aa', -2), split_part('aaaaa', 'aa', -1), split_part('东东东', '东东', -1), split_part('', 'x', 1), split_part('', 'x', -1), split_part('', '', 1), split_part('a', 'a', -1), split_part('甲、乙、𠮷', '、', -1), split_part('甲、乙', '、', 2147483647), split_part('甲、乙', '、', -2147483648);
select split_part(null, ',', 1), split_part('a', null, 1), split_part('a', ',', null), split_part(null, ',', 0), split_part(phone, '1', 2), split_part(address, phone, 1) from account order by id;
select split_part('a,b', ',', 0);
select split_part(no, ',', id) from account;
select split_part(no, ',', 3000000000) from account;
select left(no, id), right(no, 2) from account;
select split_part(no, '0', (id % 3)::int - 4) from account order by id;
select count(*), count(split_part(phone, '3', 0)) from account where phone is null;
select id, strpos(payer_name, '住'), strpos(payer_name, ''), strpos('', payer_name), strpos(no, right(no, 1)), position('市' in address), strpos(address, null), strpos(phone, '-') from account order by id;
select strpos('𠮷野', '野'), strpos('', ''), strpos('a', ''), strpos('', 'a'), strpos('aaa', 'aa'), strpos('ab', 'ba'), position('' in ''), position('b' in 'ab');
select id, reverse(payer_name), reverse(address), reverse(phone), reverse(reverse(no)) = no from account order by id;
select reverse(''), reverse('𠮷é东'), reverse(null), reverse('e' || chr(769)), reverse(id) from town;
select reverse(''), reverse('𠮷é东'), reverse(null), reverse('e' || chr(769));
select id, translate(payer_name, '住户', '用'), translate(payer_name, '住户新', '甲乙丙丁'), translate(address, '东莞市', ''), translate(phone, '13', '东𠮷'), translate(no, '', 'abc'), translate(no, '0', null) from account order by id;
select translate('aabb', 'aab', 'xyz'), translate('12345', '143', 'ax'), translate('', 'a', 'b'), translate('aé𠮷', '𠮷é', 'z'), translate('abc', 'abc', 'αβγδ'), translate('abc', '', ''), translate(null, 'a', 'b'), translate('a-b', '-', ''), translate('aaa', 'aaa', '123');
select translate(no, right(no, 2), left(payer_name, 1)), translate(no, left(no, 3), '') from account order by id;
select id, replace(payer_name, '住', ''), replace(payer_name, '', 'x'), replace(address, '东莞', '𠮷'), replace(phone, '1', phone), replace(no, no, ''), replace(no, '00', '0'), replace(no, null, 'x'), replace(no, '0', null) from account order by id;
select replace('aaaa', 'aa', 'a'), replace('', '', 'x'), replace('abc', 'abcd', 'x'), replace('东莞东', '东', '东东'), replace('a%b_c\', '%', '\'), replace('A', 'a', 'b');
select id, concat(payer_name, null, phone, id, opened_on), concat(null, null), concat(''), concat(phone), concat_ws('-', payer_name, phone, no), concat_ws(null, no, no), concat_ws('', null, null), concat_ws('、', null, no, null) from account order by id;
select concat(1.50, true, false, null, date '2026-11-01', 1::smallint, interval '1 day'), concat(timestamp '2026-11-01 01:00', 'x', 2.50 * 2), concat_ws(',', true, 1.10, null, 'x'), concat_ws(',', 'only'), concat('a', 'b', 'c', 4) || null;
select concat(net, '元', method, account_date, posted_at, cashier_id) from payment order by id;
select id, lpad(no, 12, '0'), rpad(payer_name, 6, '＊'), lpad(phone, 3), rpad(phone, 20, '-'), lpad(address, 4, '东莞'), lpad(no, 0), rpad(no, -5, 'x'), lpad(no, 20, ''), lpad(no, null), lpad(no, 5, null), lpad(no, 5, phone) from account order by id;
select lpad('', 3, 'ab'), lpad('东', 4, '甲𠮷乙'), rpad('东', 4, '甲𠮷乙'), lpad('abc', 2147483647, ''), rpad('abc', 2, ''), lpad('abc', 3), lpad(' ', 2, 'x'), rpad('x', 3) || '|';
select lpad('abc', 2147483648, '') from town;
select lpad(5, 3, '0') from town;
select lpad(id::text, length(no), '0'), rpad(no, (persons % 4) + 1, '*') from account order by id;
select repeat('', 1000), repeat('ab', 0), repeat('ab', -1), repeat('𠮷', 2), repeat(null, 2), repeat('a', null), repeat(phone, 2) from account order by id;
select id, left(payer_name, 1), left(payer_name, -1), left(payer_name, 0), left(payer_name, 99), left(payer_name, -99), right(payer_name, 1), right(payer_name, -1), right(payer_name, 0), right(payer_name, -99), left(phone, -2147483648), right(phone, 2147483647), left(no, null) from account order by id;
select id, substr(payer_name, 2), substr(payer_name, 0), substr(payer_name, -1), substr(payer_name, -1, 3), substr(payer_name, 2, 0), substr(no, 2147483647), substr(no, 2, 2147483647), substr(no, null), substring(no from 2 for 3), substring(no for 2) from account order by id;
select substr('abc', 1, -1);
select substr(no, 2, (id % 3)::int - 1) from account;
select btrim('xyxtrimyyx', 'xyz'), ltrim('东东莞东', '东'), rtrim('  a  ') || '|', btrim('abc', ''), btrim(null), btrim('a', null), trim(both '　' from '　甲　'), ltrim(no, left(no, 2)), rtrim(phone, '0123456789') from account order by id;
select ascii(''), ascii('东'), ascii('𠮷'), chr(20008), chr(65), ascii(null), chr(134071), ascii(no), octet_length(payer_name), length(payer_name) from account order by id;
select chr(0);
select chr(-1);
select chr(55296);
select chr(1114112);
select starts_with(no, left(no, 2)), starts_with(no, ''), starts_with('', no), starts_with(phone, '1'), starts_with(no, null), initcap(payer_name), initcap('hELLO wORLD-x_y 3ab'), upper(payer_name), lower('ÄÖ𠮷ΑΣ') from account order by id;
select count(*), min(split_part(no, '0', -1)), max(reverse(no)), string_agg(distinct left(reverse(no), 1), '' order by left(reverse(no), 1)) from account;
select lpad(split_part(no, '0', -1), 4, '0') as k, count(*), sum(strpos(no, '0')) from account group by 1 having max(replace(no, '0', '')) <> '' order by 1;
select a.no, b.no from account a join account b on reverse(a.no) = reverse(b.no) and lpad(a.no, 30, 'x') = lpad(b.no, 30, 'x') and translate(a.no, '0', '') = translate(b.no, '0', '') order by 1;
select string_agg(no, null order by id), string_agg(phone, '、' order by id), string_agg(null::text, ','), string_agg(address, '' order by id desc) from account where id % 8 in (1, 6);
select method, string_agg(id::text, '' order by id), array_agg(reason order by id), (array_agg(split_part(method, 'a', -1) order by id desc))[1] from payment group by method order by method;
select id, account_date + id from payment;
select account_date + (id % 3)::int, account_date - (id % 3)::int, 2 + account_date, account_date - 1::smallint from payment order by id;
-- An eleventh look: what a list weighs, lists of expressions beside a value, groups by what a subquery tells, names without AS.
select a.id, length(array_to_string(l.l, ',')) from account a, (select array_agg(g) as l from generate_series(1, 600) as g) l order by a.id;
select id, string_agg(reason, ','), array_agg(reason), array_agg(id) filter (where net > 20), string_agg(method, '') filter (where net > 20) from payment group by id order by id;
select account_id, count(*), string_agg('x', '、'), string_agg(distinct method, '' order by method), max(length(reason)) from payment group by account_id order by account_id;
select p.id from payment p where p.net > all (select -q.net from payment q where q.account_id = p.account_id) order by p.id;
select p.id, p.net < any (select round(q.net * 2 - 1, 1) from payment q where q.account_id = p.account_id and q.kind = 'payment') from payment p order by p.id;
select a.id from account a where a.id >= all (select coalesce(p.cashier_id, 0) % 3 from payment p where p.account_id = a.id) order by a.id;
-- refused: linked by what is no equality.
select p.id from payment p where p.net > all (select q.net from payment q where q.id < p.id) order by p.id;
select count(*) from payment where net > all (select x from (values (1), (30)) as v (x));
-- refused: values without a name.
select count(*) from payment where net = any (values (10), (20));
-- refused: an array.
select count(*) from payment where net > all (array[10, 20]);
select exists (select 1 from payment p where p.account_id = a.id) as paid, count(*) from account a group by paid order by paid;
select exists (select 1 from payment p where p.account_id = a.id), count(*) from account a group by exists (select 1 from payment p where p.account_id = a.id) order by 1;
select case when a.id > (select min(p.account_id) from payment p) then 'later' else 'first' end as part, count(*) from account a group by part order by part;
select a.id in (select p.account_id from payment p) as paid, count(*) from account a group by paid order by paid;
select id, net top, account_id minus, town_id view from payment order by top, id;
select string_agg(id, ',') from town;
select string_agg(short_name, 5) from town;
select string_agg('x', ','), string_agg(null, ',') from town;
select array_agg('') from town;
select array_agg(null) from town;
select count(*) from payment where net > all (select null);
select count(*) from payment where net = any (select null);
select count(*) from town where short_name > all (select null);
-- A look at types and casts: decimals as floats, to the last bit.
select account_id, (sum(net) / 7)::float8::text, avg(net)::float8::text from payment group by account_id order by account_id;
select 1e39::float8::text, 1e-30::float8::text, 1e100::float8::text, 123456789012345.678901::float8::text, 0.1::float8::text, (-33.395000000000000000000)::float8::text;
select id, (net * 1.000000000000000001)::float8::text, (net + 0.1::float8)::text, net = (net::text)::float8, greatest(net, 0.5::float8)::text from payment order by id;
select (v.x::float8)::text as a, (v.x::float8 * 3)::text as b from (values (1000000000000.125), (9007199254740993.0), (0.000000000000000123)) as v (x) order by v.x;
select 1000000000000.125::float8::numeric, 0.1::float8::numeric, 123456789.123456789::float8::numeric, 1.005::float8::numeric(10, 2);
select coalesce(net, 0.5::float8)::text, case when id > 0 then net else 1::float8 end::text from payment order by id;
select id, sqrt(abs(net)::float8)::text, (sum(net) over (order by id))::float8::text from payment order by id;
select max(net)::float8::text, sum(net::float8 / 4) from payment;
-- Parts of intervals, each as it is written.
select id, extract(year from age(account_date, date '2024-02-29')), extract(month from age(account_date, date '2024-02-29')), extract(day from age(account_date, date '2024-02-29')), date_part('mons', age(date '2024-02-29', account_date)), date_part('day', age(date '2024-02-29', account_date)) from payment order by id;
select id, extract(day from posted_at - timestamptz '2026-01-31 23:59:59.5+08'), extract(hours from posted_at - timestamptz '2026-01-31 23:59:59.5+08'), extract(minute from timestamptz '2027-01-31 23:59:59.5+08' - posted_at), extract(second from timestamptz '2026-01-31 23:59:59.5+08' - posted_at), date_part('second', posted_at - timestamptz '2026-01-31 23:59:59.5+08') from payment order by id;
select extract(hour from interval '-30 hours -5 minutes -7.25 seconds'), extract(minute from interval '-30 hours -5 minutes -7.25 seconds'), extract(second from interval '-30 hours -5 minutes -7.25 seconds'), extract(milliseconds from interval '-7.25 seconds'), extract(microseconds from interval '-7.25 seconds'), extract(year from interval '-14 months'), extract(month from interval '-14 months'), extract(day from interval '40 days 26 hours');
select account_id, sum(extract(day from posted_at - timestamptz '2026-01-01 00:00+08')), max(extract(month from age(account_date, date '2020-05-17'))) from payment group by account_id order by account_id;
select extract(week from interval '14 days');
select date_trunc('months', posted_at), date_trunc('mon', account_date), date_trunc('years', account_date), date_trunc('Qtr', posted_at), date_trunc('hrs', posted_at), date_trunc('mins', posted_at), date_trunc('ms', posted_at), extract(mons from account_date), date_part('yrs', account_date), date_part('secs', posted_at), extract(dow from account_date) from payment order by id;
select date_trunc('quarters', posted_at) from payment;
-- A text in quotes on one side of UNION.
select net from payment union select '1' order by 1;
select account_date from payment union all select '2026-02-01' order by 1;
select '1.234', null union all select net, account_date from payment order by 1, 2;
select sum(x) from (select id as x from payment union all select '7') v;
select id, '2026-11-01', true from town union select 1, account_date, 'f' from payment order by 1, 2, 3;
select max(x) from (select net as x from payment union select '9000.5' union select 3) v;
select '1' union select '2' union select id from town;
select id from town union select 'x';
select distinct '1' from town union select id from town;
(select '1' order by 1) union all select id from town;
-- What PostgreSQL does not take.
select coalesce(net, '无') from payment;
select coalesce(id, 'x') from payment;
select count(*) from payment where net::float8 = 'x' or id > 0;
select case when id > 0 then account_date else '2026-13-01' end from payment;
select case when 1 then 2 end;
select case when net then 2 end from payment;
select count(*) filter (where id) from payment;
select not id from payment;
select id is true from payment;
select count(*) from payment where id > 0 and net;
select count(*) from payment where id > 0 or method;
select id > 0 and null, not null, null is true from payment order by id;
select extract(hour from account_date) from payment;
-- refused: a day has no hours.
select date_part('hour', account_date) from payment;
select extract(month from method) from payment;
select date_part('year', method) from payment;
select date_trunc('month', method) from payment;
select extract(month from '2026-11-01');
select date_part('month', '2026-11-01');
select date_trunc('month', '2026-11-01');
select extract(month from id) from payment;
select sum(distinct net) over () from payment;
select count(distinct net) over (partition by account_id) from payment;
select count(*) from payment where id = 1 = true;
select count(*) from payment where 1 < id < 3;
select (id = 1) = true, id = 1 is true, id + 1 = 2 and id = 1 from payment order by id;
select min(true), max(id > 1) from payment;
select bool_or(id > 1), bool_and(id > 1) from payment;
select round(1.2::float8, 2);
select trunc(net::float8, 1) from payment;
select round(net::float8), trunc(net::float8), round(net::float8::numeric, 1) from payment order by id;
select now() + interval 1 month;
select to_date('2026-11-01');
select id from payment qualify row_number() over (order by id) = 1;
select town_id, count(*) from payment group by all;
select count(*) from payment where net > (select null);
select count(*) from payment where id in (select null);
select count(*) from payment where net = (select null::numeric) or id > 1;
select count(*) from payment where method = (select null) or net > 0;
select '0000-01-01'::date;
select '-0001-01-01'::timestamp;
select make_date(0, 1, 1), make_date(2026, 1, 1);
select '0001-01-01'::date, make_date(9999, 12, 31);
-- refused: there are no bytes here.
select length(no::bytea) from account;
-- refused: no bits either.
select x'1F';
select 0x1F;
-- What EXISTS does not look at is computed in PostgreSQL where a query groups, numbers, skips or unites.
-- refused: it may fail.
select exists (select avg(cast(id as int)) from receivable having count(*) > 1);
-- refused: it may fail.
select count(*) from town where exists (select 1 / (id - 1) from payment group by id having count(*) > 0);
-- refused: it may fail.
select count(*) from account a where exists (select 100 / count(*) from payment p where p.account_id = a.id group by p.id);
-- refused: it may fail.
select count(*) from town where exists (select sum(1 / (id - 1)) from payment);
-- refused: it may fail.
select count(*) from town where exists (select count(*) from payment where 1 / (id - 1) > 0);
-- refused: it may fail.
select count(*) from town where exists (select 1 / (id - 1) from payment union all select 1);
-- refused: it may fail.
select count(*) from town where exists (select row_number() over (order by 1 / (id - 1)) from payment);
-- refused: it may fail.
select count(*) from town where exists (select 1 / (id - 1) from payment order by id offset 1);
-- Neither looks at it where rows are only picked; HAVING is looked at in both.
select count(*) from town where exists (select 1 / (id - 1) from payment);
select count(*) from town where exists (select distinct 1 / (id - 1) from payment order by 1);
select count(*) from town where exists (select sum(net), max(payer_name) from payment p group by account_id having sum(net) > 1);
select count(*) from account a where exists (select count(*), sum(p.net) from payment p where p.account_id = a.id group by p.method having count(*) > 1);
select count(*) from town where exists (select 1 from payment group by account_id having sum(id / 2) > 1);
select count(*) from town where exists (select sum(net) from payment where id < 0);
-- A minus before an interval is of all its parts; the first of groups are by what is shown.
select -interval '1 day', -interval '1 day 2 hours', -'1 month -2 days'::interval, -interval '3' day, -(-interval '1 month');
select date '2026-01-01' - -interval '1 day', date '2026-01-01' + -interval '1 day 1 hour';
select -id as id from town group by id order by id limit 2;
select 9 - n as n from (select length(method) as n from payment) p group by n order by n limit 1;
select -id as id from town group by id union all select id from village order by id limit 2;
select * from (select -id as id from town group by id order by id limit 2) x order by id;
select use_class, count(*) over () from account group by use_class order by use_class limit 1;
select distinct account_date, count(*) over () from payment group by account_date order by account_date limit 1;
select count(*) over () from account group by use_class limit 1;
select count(*) over (), town_id from (select distinct town_id from payment) p order by town_id limit 2;
select town_id, lag(town_id) over (order by town_id desc) from payment group by town_id order by town_id limit 2 offset 1;
select id, rank() over (order by id desc) from (select id from town union select id from village) x order by id limit 3;
select -max(net) as net, town_id from payment group by town_id order by net limit 2;
select -(max(id)) as max, account_id from payment group by account_id order by max limit 2;
-- A float beside decimals makes floats of them in VALUES too.
select x * 3 = 0.3, x * 2 from (values (0.1::float8), (0.2)) v(x) order by x;
select round(x) from (values (2.5), (1::float8)) v(x) where x > 2;
select x, count(*) from (values (0.1::float8 + 0.2::float8), (0.3), (null)) v(x) group by x order by x;
select x, y / 4 from (values (1, 1.5), (2.50::numeric(5, 2), 3)) v(x, y) order by x;
select x / 3 from (values (1.5::float8::numeric), (1)) v(x) order by x;
-- What is left of a decimal that is cut is one; of a float PostgreSQL leaves nothing.
select trunc(length('cash'), 1) % 2, trunc(7, 1) % 2.5, round(7, 1) % nullif(2.5, 0);
select trunc(id, 1) % nullif(abs(area_m2 % 7), 0) from account order by id;
select net::float8 % 2 from payment;
select 2 % round(7) from town;
-- A key that there is not is told also where no order is left.
select count(*) from (select name from village t order by t.nosuch) x;
select v.name from town t join village v on v.town_id = t.id order by v.nosuch limit 0;
select count(*) from (select account_id from payer_then p order by p.id) x;
-- Who paid then, as the paper says it.
select payer_name, count(*), min(account_date) from payer_then group by 1 order by 1;
select v.payment_id, v.payer_name, a.payer_name from payer_then v join account a on a.id = v.account_id order by v.payment_id;
select p.id, v.payer_name, v.account_date = p.account_date, v.outlet_id = p.outlet_id from payment p left join payer_then v on v.payment_id = p.id order by p.id;
select t.short_name, count(distinct v.payer_name), max(v.payer_name) from payer_then v join town t on t.id = v.town_id group by 1 order by 1;
-- What PostgreSQL refuses is refused: a constant where a key is wanted.
select id from payment order by '金额' desc limit 10;
select id from payment order by null;
select id from payment order by -1;
select id from town union select id from village order by '1';
select count(*) from payment group by (true);
select count(*) from payment group by (id, 'x');
select count(*) from payment group by rollup ('x');
select distinct on ('x') id from town;
select id from (select id from town order by 1.5) t;
select count(*) from payment group by 'x'::text;
select id, count(*) over (order by 'x') from town order by (1);
-- What PostgreSQL does not read is not read: calls, FETCH, names of items.
select count(id, no) from account;
select count() over () from account;
select sum(null) from account;
select avg(null) over () from account;
select sum(x) from (select null as x from town) y;
select bool_and(x) from (select null as x from town) y;
select bool_and(null), stddev(null), max(null), count(null) from town;
select first_value(null) over (order by id), lag('x') over (order by id) from town;
select lag(null, 1, 5) over (order by id) from town;
select id from town order by id fetch 3;
select id from town order by id fetch first 3;
select id from town order by id fetch next 3 rows;
select id from town order by id fetch first row only;
select id from town order by id offset 2 fetch next 3 rows only;
select id from town order by id limit 3 fetch first 2 rows only;
select 1a;
select 1.5e3x from town;
select position('a', 'b');
select id year from town;
select id over from town;
select id as year, id as day, id yearly, short_name name from town;
select +interval '1 day', + (interval '1 day'), + '1 day'::interval;
select +5, - -5, -(-net) from payment;
select 5::float8 % 3;
select mod(5::float8, 3);
select count(*) over (order by account_date range between 1 preceding and current row) from payment;
select count(*) over (order by posted_at range between unbounded preceding and 1 following) from payment;
select count(*) over (order by no range between 1 preceding and current row) from account;
select count(*) over (order by id > 5 range between 1 preceding and current row) from account;
select id, count(*) over (order by id::float8 range between 1.5 preceding and current row) from account;
-- refused: frames that reach by what is computed.
select count(*) over (order by id rows between 2 * 1 preceding and current row) from account;
-- refused: frames that reach by what is computed.
select count(*) over (order by id range between 1 / 1 preceding and current row) from town;
-- A second that rounds up goes on to the next, of another day maybe; a day stays the one that is written.
select '2026-11-20 23:59:59.9999999'::timestamp, '20261231 23:59:59.9999995'::timestamptz, '2026-11-20 10:00:59.999999999+05'::timestamptz;
select count(*) from payment where posted_at < '2026-11-20 23:59:59.9999999';
select '2026-11-20 23:59:59.9999999'::date, date '2026-12-31T23:59:59.9999999Z', '2026-11-20 10:00:59.9999999'::time;
select '2026-11-20 23:59:60.5'::timestamp;
select '2026-11-20 23:59:60'::timestamp, '2026-11-20 10:00:60.0'::timestamp;
select account.id.x from account;
-- A text in quotes in VALUES is what its column holds.
select x, x + 1 from (values ('2026-11-01'), (date '2026-11-02'), (null)) v (x) order by x;
with budget (m, d) as (values ('a', date '2026-11-01'), ('b', '2026-12-01')) select m, d from budget order by d;
select x, not x from (values (true), ('f'), (('yes'))) v (x) order by x;
select x * 2 from (values (interval '1 day'), ('2 days 3 hours')) v (x);
select x from (values (timestamp '2026-11-02 10:00'), ('2026-11-01'), ('2026-11-03 10:00'::timestamp)) v (x) order by x;
select x from (values ('2026-11-02 10:00+00'::timestamptz), ('2026-11-01 23:59:59.9999999')) v (x) order by x;
select x from (values ('10:00'::time), ('09:00')) v (x) order by x;
select max(x) = current_date from (values (current_date), ('2026-11-01')) v (x);
-- refused: VALUES behind IN.
select count(*) from payment where account_date in (values ('2026-11-01'), (date '2026-11-02'));
select date '2026-11-01' as x union all values ('2026-11-03'), (date '2026-11-04') order by x;
select x from (values (date '2026-11-02'), ('x')) v (x);
-- refused: days and moments in one column of VALUES.
select x from (values (date '2026-11-02'), ('2026-11-01'), (timestamp '2026-11-01 10:00')) v (x);
-- A condition that names no grouped column leaves no grand total behind.
select town_id, count(*) from account group by rollup(town_id) having (select count(*) from town) < 0;
select town_id, use_class, count(*) from account group by cube(town_id, use_class) having 1 > 2;
select town_id, count(*) from account group by grouping sets ((town_id), ()) having current_date < date '2000-01-01';
select * from (select town_id, 1 as one, count(*) n from account group by rollup(town_id)) x where one = 2;
with t as (select 'a' as k, town_id, count(*) n from account group by rollup(town_id) union all select 'b', town_id, count(*) from village group by rollup(town_id)) select k, count(*), avg(n), sum(n) from t where k = 'a' group by k;
select count(*) from (select town_id, count(*) n from account group by rollup(town_id) having town_id is null or town_id > 0) x where n > 0;
select town_id, count(*) from account group by rollup(town_id) order by town_id nulls first limit 3;
-- A total of a whole table that is taken away again is null.
select (select sum(id) from village having count(*) < 0) is null, (select max(id) from village offset 1) is null;
select count(*) from town where (select sum(id) from village having count(*) < 0) is null;
select coalesce((select min(id) from village having count(*) < 0), 5), (select sum(id) from village having count(*) < 0);
select count(x) from (select (select max(id) from village having count(*) < 0) as x from town) y;
select sum(id), min(id), max(id), count(*) from village;
-- Lists in parentheses are keys one by one.
select town_id, use_class, count(*) from account group by (town_id, use_class) order by 1, 2;
select town_id, use_class, count(*) from account group by (1, 2) order by 1, 2;
-- Places and names of DISTINCT ON are a set of keys, whatever their order.
select distinct on (1, 2) town_id, name from village order by 2, 1;
select distinct on (2, 1, 2) town_id, name from village order by town_id, 2;
select distinct on (town_id, name) town_id, name from village order by name desc, 1;
select count(*) from (select distinct on (0) town_id from village) x;
select count(*) from (select distinct on (9) town_id from village) x;
-- refused: a place beside a star.
select count(*) from (select distinct on (2) * from village) x;
-- The end of a day is the beginning of the next; blanks before a clock, and what stands behind a pattern.
select '2026-11-30 24:00'::timestamp, '20261231   24:00:00'::timestamp, '2026-11-30 24:00+08'::timestamptz;
select '2026-11-30 24:00'::date, '2026-11-30   10:00'::timestamp;
select count(*) from payment where posted_at < '2026-11-20 24:00';
select '2026-11-31 24:00'::timestamp;
select '2026-11-30 24:01'::timestamp;
select to_date('2026-01-05 10:20', 'YYYY-MM-DD'), to_timestamp('2026-01-05 10:20:59 x', 'YYYY-MM-DD HH24:MI');
select to_date('2026年3月5日（周四）', 'YYYY年MM月DD日'), to_date('20260305xyz', 'YYYYMMDD');
-- Whole parts and empty values.
select div(7, 2), div(-7, 2), div(7.5, 2), div(-7.5, 0.7), div(null::int, 2);
select id, div(id, 7), div(net, 3) from payment;
select div(1, 0);
select num_nulls(1, null, 'a'), num_nonnulls(null::int);
select id, num_nulls(reason, id, null) as empty, num_nonnulls(reason, id) from payment;
select num_nulls(reason), reason is null from payment group by reason;
select num_nulls(id) over () from town;
-- A list of patterns.
select count(*) from account where no like any (array['%1', '%2']);
select count(*) from account where no not like any (array['%1', '%2']);
select count(*) from payment where (reason ilike any (array['%A%', 'b%'])) is null;
select count(*) from account where no like all (array['%1', '1%']);
select id from account where no not like all (array['%1', '%2']) and id > 1;
select count(*) from payment where (reason not ilike all (array['%A%', 'b%'])) is null;
select no from account where payer_name not like all (array['住户%', '新户%']) or not (no like all (array['%1']));
-- refused: patterns that are no texts in quotes.
select count(*) from account where no like any (array[no, '1%']);
-- refused: patterns that are no texts in quotes.
select count(*) from account where no like all (array[no, '1%']);
-- refused: parentheses at the beginning of a key.
select (current_date - due_date) / 30 as b, sum(open_amount) from arrears group by rollup ((current_date - due_date) / 30);
select 0 + (current_date - due_date) / 30 as b, sum(open_amount) from arrears group by rollup (0 + (current_date - due_date) / 30);
-- Windows that go on from one with a name.
select id, sum(net) over (w order by id), sum(net) over (w), sum(net) over (v rows between 1 preceding and current row)
from payment window w as (partition by account_id), v as (partition by account_id order by id);
select sum(net) over (w order by net) from payment window w as (order by id);
select sum(net) over (w partition by method) from payment window w as (order by id);
select sum(net) over (w) from payment window w as (order by id rows 1 preceding);
-- refused: an outer column in the SELECT of a value.
select id, (select max(p.net) + a.id from payment p where p.account_id = a.id) from account a;
-- refused: a computed side of what meets the outer row.
select (select count(*) from account b where upper(b.no) = upper(a.no)) from account a;
-- refused: two sums between the outer column and the value.
select (select sum(s) from (select sum(net) as s from payment p where p.account_id = a.id group by method) q) from account a;
-- refused: a computed limit.
select id from town order by id limit (select 2);
-- refused: an empty frame.
select count(*) over (order by id rows between 2 preceding and 5 preceding) from town;
-- The sign of a zero that is rounded.
select '-0'::float8::text, round('-0'::float8)::text, ceil((net - net)::float8 * -1)::text from payment where id = 1;
select distinct round((net - net)::float8 * -1)::text, floor((net - net)::float8 * -1)::text from payment;
-- Numbers by patterns: what was written is read again, and text in front stands for as many letters.
select to_number('¥ 12', '"¥ "999'), to_number('¥-12', '"¥"999'), to_number(' 12', ' 999'), to_number('- 5', '99'), to_number('   12', '999');
select to_number('5-', '999S'), to_number('  5- ', '999S'), to_number('-  5', 'MI999'), to_number(E'12\t\n', '999'), to_number('123,456', 'FM999,999.99');
select id, to_number(to_char(net, '999,999.99'), '999,999.99') = net, to_number(to_char(-net, '"¥"999999.99MI'), '"¥"999999.99MI') = -net from payment;
select to_number('   5', '9');
select to_number('- 5', '9');
select to_number('　5', '999');
-- refused: a blank of the pattern that does not stand in the text takes a digit or a sign.
select to_number('123', ' 999');
-- refused
select to_number('12', ' 999');
-- refused
select to_number('-5', ' 999');
-- refused
select to_number('¥12', '"¥ "999');
-- refused: as does one of the text that does not stand in the pattern.
select to_number(' ¥12', '"¥"999');
-- refused
select to_number(' ¥12', '¥999');
-- refused: a sign behind a blank.
select to_number('5 -', '999S');
-- refused
select to_number('5 -', '9.9S');
-- refused
select to_number('123 -', '999MI');
-- refused: more blanks or commas than there are places.
select to_number('   123', '999');
-- refused
select to_number('  -.5', '9.99');
-- refused
select to_number('123,456', 'FM999,999');
-- refused: a digit behind the number.
select to_number('1 m3', '999" m3"');
-- Days by patterns: a minus that stands for a separator of the pattern is no sign of a zone.
select to_timestamp('2026-03-01 08:05 -05:30', 'YYYY-MM-DD HH24:MI TZH:TZM'), to_timestamp('2026-03-01 08:05+05:30', 'YYYY-MM-DD HH24:MI TZH:TZM');
select to_timestamp('2026-03-01 08:05-05:30', 'YYYY-MM-DD HH24:MITZH:TZM'), to_timestamp('2026-03-01 08:05  -05', 'YYYY-MM-DD HH24:MI  TZH');
-- refused
select to_timestamp('2026-03-01 08:05-05:30', 'YYYY-MM-DD HH24:MI TZH:TZM');
-- refused
select to_timestamp('2026-03-01 08:05:09-8', 'YYYY-MM-DD HH24:MI:SS TZH');
-- refused
select to_timestamp('2026-03-01 08:05 -05', 'YYYY-MM-DD HH24:MI  TZH');
select to_timestamp('2026-03-01 08--05', 'YYYY-MM-DD HH24TZH');
select to_date('2026 -03 - 5', 'YYYY-MM-DD'), to_date('Mar05 2026', 'Mon-DD YYYY'), to_date('2026 3月5日', 'YYYY年MM月DD日'), to_date(E'\t2026-03-05\n', 'YYYY-MM-DD');
select to_date('2026 x3-5', 'YYYY"x"MM-DD');
select to_date('Mar5 2026', 'Mon" "DD YYYY');
-- Seconds are floats, counted from 2000.
select to_timestamp(1767225600.1234565), to_timestamp(0.0000005), to_timestamp(99999999999.999999), to_timestamp('1774324344.406087399'::float8);
select to_timestamp(1767225600), to_timestamp(-0.5), to_timestamp(1767225600.25), to_timestamp(17672256001234567::numeric / 10000000), to_timestamp(null);
select id, to_timestamp(1767225600 + id / 7.0), to_timestamp(id * 1000001) from payment;
-- A blank that PostgreSQL does not know is a letter; those that it knows are none.
select E'\t2026-11-30\n'::date, E' 2026-11-30 10:00\r'::timestamp, E'\t1.5\n'::numeric, E' 1.5\t'::float8, E'\ttrue '::boolean, E'\t10:00'::time, E'2026-11-30\t10:00'::timestamp, E'2026-11-30\n10:00'::time;
select '　2026-11-30'::date;
select '2026-11-30　'::timestamp;
select '2026-11-30 10:00:00　+08'::timestamptz;
select '　1.5'::numeric;
select '　1.5'::numeric(6, 2);
select '1.5　'::float8;
select '　12'::int;
select '　true'::boolean;
select ('　' || (net > 0)::text)::boolean from payment;
select ('　' || account_date::text)::date from payment;
select '　10:00'::time;
select interval '1 day　2 hours';
select to_timestamp('03-01　2026', 'MM-DD YYYY');
select to_date('　2026-03-01', 'YYYY-MM-DD');
-- Grouping sets over rows that an outer row picks: the grand total is there without rows, the sets keep their NULLs.
select a.id from account a where exists (select 1 from payment p where p.account_id = a.id group by rollup(p.method));
select a.id from account a where exists (select 1 from payment p where p.account_id = a.id group by grouping sets ((p.method), ()));
select a.id from account a where not exists (select 1 from payment p where p.account_id = a.id and p.net > 1000000 group by cube(p.method));
select a.id from account a where exists (select distinct p.method from payment p where p.account_id = a.id group by rollup(p.method) order by 1 limit 1);
select a.id, exists (select 1 from payment p where p.account_id = a.id group by cube(p.method)) from account a;
select count(*) from account where exists (select 1 from payment where false group by rollup(method));
select count(*) from account where exists (select 1 from payment where net > 100000000 group by grouping sets ((method), (kind)));
select count(*) from account a where 0 in (select count(*) from payment where false group by rollup(method));
select a.id from account a where exists (select 1 from payment p group by rollup(p.method) having count(*) > a.id);
select a.id from account a where a.id in (select p.account_id from payment p group by rollup(p.account_id) having p.account_id = a.id);
select a.id, l.n from account a left join lateral (select p.account_id, count(*) n from payment p group by rollup(p.account_id) having p.account_id = a.id) l on true;
-- refused: they would be joined by a column that is in every set.
select a.id, (select count(*) from payment p where p.account_id = a.id group by grouping sets (())) from account a;
-- refused.
select a.id, coalesce((select sum(p.net) from payment p where p.account_id = a.id group by grouping sets (())), -1) from account a;
-- refused.
select count(*) from account a where (select count(*) from payment p where p.account_id = a.id group by grouping sets (())) = 0;
-- refused.
select count(*) from account a where 0 in (select count(*) from payment p where p.account_id = a.id group by rollup(p.method));
-- refused.
select count(*) from account a where 0 not in (select count(*) from payment p where p.account_id = a.id group by rollup(p.method));
-- refused.
select count(*) from account a where 0 = any (select count(*) from payment p where p.account_id = a.id group by cube(p.method));
-- refused.
select count(*) from account a where 5 > all (select count(*) from payment p where p.account_id = a.id group by rollup(p.method));
-- refused.
select count(*) from account a where 1 > any (select count(*) from payment p where p.account_id = a.id group by rollup(p.method));
-- refused.
select a.id, l.n from account a left join lateral (select count(*) n from payment p where p.account_id = a.id group by rollup(p.method)) l on true;
-- refused.
select a.id, l.n from account a cross join lateral (select p.method, count(*) n from payment p where p.account_id = a.id group by rollup(p.method)) l where l.method is null;
-- refused.
select a.id, l.n from account a, lateral (with x as (select p.method, count(*) n from payment p where p.account_id = a.id group by rollup(p.method)) select n from x where method is null) l;
-- refused.
select a.id from account a where exists (select 1 from payment p where p.account_id = a.id group by rollup(p.method) having count(*) = 0);
-- refused.
select a.id from account a where exists (select 1 from (select count(*) n from payment p where p.account_id = a.id group by cube(p.method)) x where x.n = 0);
-- refused.
select a.id, (select max(x.n) from (select count(*) n from payment p where p.account_id = a.id group by rollup(p.method)) x) from account a;
-- refused.
select a.id from account a where exists (select 1 from payment p where p.account_id = a.id group by grouping sets ((p.method), (p.town_id)) having grouping(p.method) = 1 and count(*) > 1);
-- refused.
select a.id from account a where exists (select 1 from payment p where p.account_id = a.id group by grouping sets ((p.account_id), (p.method)) having p.account_id is null);
-- refused.
select a.id, l.method, l.town_id, l.g, l.n from account a, lateral (select p.method, p.town_id, grouping(p.method) g, count(*) n from payment p where p.account_id = a.id group by grouping sets ((p.method), (p.town_id))) l;
-- refused.
select a.id, l.account_id, l.method, l.n from account a, lateral (select p.account_id, p.method, count(*) n from payment p where p.account_id = a.id group by grouping sets ((p.account_id), (p.method))) l;
-- refused.
select a.id, l.method, l.g, l.n from account a, lateral (select p.method, grouping(p.method) g, count(*) n from payment p where p.account_id = a.id group by p.town_id, rollup(p.method)) l;
-- A row that is always there is computed all the same, however it is cut.
select count(*) from account a where exists (select distinct count(*) from payment p where p.account_id = a.id and 1 / (p.net - p.net) > 0);
select count(*) from account a where exists (select count(*) from payment p where p.account_id = a.id and 1 / (p.net - p.net) > 0 limit 1);
select count(*) from account a where exists (select count(*) from payment p where p.account_id = a.id and 1 / (p.net - p.net) > 0 group by rollup(p.method));
-- An array of texts in quotes, or of NULLs, is one of texts.
select net = any (array['1', '2']) from payment;
select net <> all (array['1', null]) from payment;
select net = any (array[('1'), null]) from payment;
select town_id = any (array[null, null]) from payment;
select 1 = any (array[null]);
select account_date = any (array['2026-11-30']) from payment;
select (net > 3) = any (array['true']) from payment;
select (select net from payment order by id limit 1) = any (array['1']);
select id, method = any (array['cash', 'x']), method <> all (array['cash', null]), reason = any (array[null, 'a']) from payment;
select 'x' = any (array[null, 'x']), '1' = any (array[1, 2]), null = any (array['x']), 'x' <> all (array[null]), ('1') = any (array['1', '2']);
select id, net = any (array['1', net]), net = any (array[null, 1.5]), account_date = any (array[date '2026-11-30', '2026-03-01']) from payment;
select count(*) from account where no = any (array['1', '2', '3', '4', '5']) or payer_name <> all (array['a', 'b']);
-- A NULL has no type of its own to compute with.
select mod(null, null);
select null % null;
select null + null;
select null - '1';
select - null;
select null & null;
select mod(null::int, null), null::int + null, - null::int, 7 % null, null * 2, null & 3, null = null;
-- A list of nothing has no length.
select coalesce(array_length((array_agg(id order by id))[1000:2000], 1), -5), array_length((array_agg(id))[2:1], 1) is null from payment;
select array_length((regexp_match('abc', '(b)'))[2:3], 1), array_length(array[]::int[], 1), cardinality(array[]::int[]), array_length(array[1, 2], 2);
select town_id, array_length(array_agg(id), 1), array_length((array_agg(id order by id))[2:3], 1), cardinality((array_agg(id order by id))[5:9]) from payment group by town_id order by town_id;
select array_length(array[1, 2]);
-- Lists are equal where each value is, NULLs too.
select count(*) from payment where array[cashier_id] = array[cashier_id];
select array[cashier_id, town_id], count(*), count(distinct array[cashier_id]) from payment group by 1;
select count(*) from payment where array[cashier_id] not in (select array[cashier_id] from payment where id > 1002);
select x, count(*) from (select array[]::int[] as x union all select null union all select array[null::int]) y group by x;
-- refused: a list of lists.
select count(*) from account a, unnest(array[array[1, 2], array[3, 4]]) u;
-- refused: a list of lists.
select count(*) from (select unnest(a) as u from (select array_agg(x) as a from (select array[id, town_id] as x from account) y) z) w;
-- refused: a list of lists.
select (array[array[1, 2], array[3, 4]])[2], (array[array[1, 2], array[3, 4]])[2] is null;
-- refused: a list of lists.
select array[regexp_match(no, '(1)')] from account;
-- refused: a list of lists.
select array[x] from (values (array[1, 2]), (array[3, 4])) v(x);
-- refused: a list of lists.
select array_agg(array[id]) over () from town;
-- refused: a list of lists.
select array[array[]::int[]], array[null::int[], null];
-- refused: a list of lists.
select 3 = any (array[array[1, 2], array[3, 4]]);
-- refused: a list of lists.
select array[1, 2]::int[][];
-- refused: the order of lists.
select count(*) from payment where array[cashier_id] > array[1];
-- refused: the order of lists.
select array[1, null] < array[1, 2], array[1, 2] between array[1] and array[3];
-- refused: the order of lists.
select greatest(array[1, null], array[1, 2]), least(array[1, null], array[1, 2]);
-- refused: the order of lists.
select nullif(array[1, null], array[1, null]);
-- refused: the order of lists.
select count(*) from payment where array[cashier_id] > any (select array[cashier_id] from payment);
-- refused: the order of lists.
select count(*) from payment a join payment b using (id) where array[a.cashier_id] < array[b.town_id];
-- refused: the order of lists.
select id from payment order by array[town_id, cashier_id], id;
-- refused: the order of lists.
select distinct on (array[cashier_id]) cashier_id, id from payment order by array[cashier_id], id;
-- refused: the order of lists.
select id, rank() over (order by array[town_id, cashier_id]) from payment order by id;
-- refused: the order of lists.
select array_agg(id order by array[cashier_id], id), max(array[cashier_id, id]) from payment;
-- A frame that reaches backwards.
select id, count(*) over (order by account_date range between interval '-1 day' preceding and current row) from payment order by id;
select sum(c) from (select count(*) over (order by posted_at range between interval '-5 days' preceding and interval '10 days' following) as c from payment) x;
select count(*) over (order by posted_at range between interval '1 month -40 days' preceding and current row) from payment;
-- refused: less than nothing in February.
select count(*) over (order by posted_at range between interval '1 month -30 days' preceding and current row) from payment;
-- refused: decimals of no digits in a list.
select array[1, 2]::numeric[];
select array[1, 2]::numeric(18, 2)[], array[1, 2]::text[];
-- Groups within LATERAL, each of one value of what is tied to the outer row.
select a.id, l.m from account a, lateral (select distinct p.method m from payment p where p.account_id = a.id) l;
select a.id, l.m from account a left join lateral (select p.method m from payment p where p.account_id = a.id + 1 group by p.method) l on true;
select a.id, l.m from account a left join lateral (select distinct p.method m from payment p where p.account_id = a.id and a.persons > 2) l on true;
select a.id, l.m from account a, lateral (select distinct p.method m from payment p where p.account_id is not distinct from a.id) l;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a cross join lateral (select distinct p.method m from payment p where p.account_id < a.id) l;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a left join lateral (select distinct p.method m from payment p where p.net > a.persons * 20) l on true;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a, lateral (select distinct p.method m from payment p where p.account_id % 2 = a.id % 2) l;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a, lateral (select distinct p.method m from payment p where p.account_id = a.id or p.account_id = a.id + 1) l;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a, lateral (select distinct p.method m from payment p where p.account_id between a.id and a.id + 1) l;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a, lateral (select distinct p.method m from payment p where p.account_id in (a.id, a.id + 1)) l;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a left join lateral (select distinct p.method m from payment p where p.account_id = a.id + p.id - p.id) l on true;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a left join lateral (select distinct p.method m from payment p where p.account_id = a.id and p.net > a.persons) l on true;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a cross join lateral (select p.method m from payment p where p.account_id < a.id group by p.method having p.method <> 'x') l;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a cross join lateral (select distinct on (p.method) p.method m, p.id from payment p where p.account_id < a.id order by p.method, p.id) l;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a cross join lateral (select p.method m from payment p where p.account_id < a.id union select 'x') l;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a cross join lateral (select p.method m from payment p where p.account_id < a.id intersect select method from payment) l;
-- refused: groups within LATERAL, of several values of what is tied.
select a.id, l.m from account a cross join lateral (select m from (select distinct p.method m from payment p where p.account_id < a.id) x) l;
-- Spans that are not compared.
select sum(x), avg(x), count(x), array_agg(n order by n) from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n);
select case when x is null then 1 else 2 end, coalesce(x, interval '1 day') from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n);
-- refused: spans compared.
select case interval '24 hours' when interval '1 day' then 1 else 2 end;
-- refused: spans compared.
select case x when '1 day' then 1 end from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n);
-- refused: spans compared.
select array[interval '1 month'] = array[interval '30 days'];
-- refused: spans compared.
select array[interval '1 day'] is distinct from array[interval '24 hours'];
-- refused: spans compared.
select array[interval '1 day'] in (array[interval '24 hours']);
-- refused: spans compared.
select nullif(array[interval '24 hours'], array[interval '1 day']);
-- refused: spans compared.
select array[x], count(*) from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n) group by array[x];
-- refused: spans compared.
select count(distinct array[x]) from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n);
-- refused: spans compared.
select distinct array[x] from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n);
-- refused: spans compared.
select array[x] from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n) union select array[interval '1 day'];
-- refused: spans compared.
select array[x] from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n) intersect select array[interval '1 day'];
-- refused: spans compared.
select distinct on (x) n from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n) order by x, n;
-- refused: spans compared.
select distinct on (m) m, n from (values (interval '30 hours', 1, 1), (interval '1 day', 2, 1)) v(x, n, m) order by m, x;
-- refused: spans compared.
select distinct on (array[x]) n from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n);
-- refused: spans compared.
select count(*) over (partition by array[x]) from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n);
-- refused: spans compared.
select count(*) from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n) group by rollup (x);
-- refused: spans compared.
select count(*) from (values (interval '24 hours', 1), (interval '1 day', 2)) v(x, n) group by grouping sets ((x), ());
-- refused: spans compared.
select interval '1 day' in (select interval '24 hours');
-- refused: spans compared.
select interval '1 day' = any (select interval '24 hours'), interval '1 day' >= all (select interval '24 hours');
-- refused: spans compared.
select count(*) from (select interval '24 hours' a) x join (select interval '1 day' a) y using (a);
-- refused: spans compared.
select count(*) from (select interval '24 hours' a) x natural join (select interval '1 day' a) y;
-- refused: spans compared.
select count(*) from (select array[interval '24 hours'] a) x join (select array[interval '1 day'] a) y on x.a = y.a;
-- refused: spans compared.
select string_agg(n::text, ',' order by x) from (values (interval '30 hours', 1), (interval '1 day', 2)) v(x, n);
-- Casts of whole lists.
select array[true, false]::text[], array[(date '2026-01-01')::text], array['a', 'b']::varchar[], array['yes', 'off']::bool[];
select array['1.5', 'NaN', '1e20']::float8[], array['2026-01-01']::date[], array[timestamptz '2026-01-01 02:00']::date[];
select array[1.5::float8::text, 100000::float8::text, 'NaN'::float8::text, 'Infinity'::float8::text];
-- refused: a cast of a whole list.
select array[1.5::float8, 100000, 1e20::float8, 'NaN'::float8, 'Infinity'::float8]::text[];
-- refused: a cast of a whole list.
select cast(array[net::float8] as varchar[]) from payment;
-- refused: a cast of a whole list.
select array_agg(net::float8 order by id)::text[] from payment;
-- refused: a cast of a whole list.
select array[(date '9999-12-31' + interval '1 day')::date]::text[];
-- refused: a cast of a whole list.
select array[timestamp '2026-01-01 10:00']::text[];
-- refused: a cast of a whole list.
select array[timestamptz '2026-01-01 10:00']::text[];
-- refused: a cast of a whole list.
select array[time '10:00', time '10:00:00.5']::text[];
-- refused: a cast of a whole list.
select array[interval '1 day']::text[];
-- refused: a cast of a whole list.
select array[timestamptz '2026-01-01 02:00']::timestamp[];
-- refused: a cast of a whole list.
select array['2026-01-01 10:00:00+00']::timestamp[];
-- refused: a cast of a whole list.
select array[0.1::numeric(18, 2), 123456789012345.67]::float8[];
-- lists without doubles in two orders, and one against the order of the rows below
select account_id, (array_agg(distinct account_date order by account_date desc))[1], (array_agg(distinct account_date order by account_date))[1] from payment group by 1;
select array_agg(distinct town_id order by town_id desc), array_agg(distinct town_id order by town_id) from payment;
select (array_agg(distinct x order by x desc))[1] from (select account_date x from payment order by account_date limit 1000) y;
select array_agg(town_id order by town_id desc, id), array_agg(distinct town_id order by town_id), array_agg(id order by id) from payment;
-- Names that the engine has and PostgreSQL has not.
select mean(net) from payment;
select mean(net) over (order by id) from payment;
select signum(net) from payment;
select today();
select current_date();
select datetrunc('month', account_date), datepart('month', account_date) from payment;
select var(net) from payment;
select var_sample(net), var_population(net) from payment;
select covar(net, id) from payment;
select array_sort(array_agg(id)) from payment;
select list_sort(array_agg(id)) from payment;
select array_join(array_agg(method), ',') from payment;
select list_length(array_agg(id)) from payment;
select quantile_cont(net, 0.5) from payment;
select unnest_outer(array[1]);
select make_map('a', 1);
select map('a', 1);
select instr(method, 'a') from payment;
select variance(net), var_samp(net), var_pop(net), stddev_samp(net), sign(-1.5), ceiling(1.5), pow(2, 2) from payment;
-- Words of windows that PostgreSQL 15 has not.
select first_value(reason) ignore nulls over (order by id) from payment;
select lag(net, 1) respect nulls over (order by id) from payment;
select nth_value(net, 1) ignore nulls over (order by id) from payment;
select array_agg(net) ignore nulls from payment;
select sum(net) respect nulls from payment;
-- A blank within a day.
select E'2026\t-11-27'::date;
select E'2026-11\t-27'::date;
select '2026 -11-27'::date;
select '2026-11 -27'::timestamp;
select '2026 -11 -27 10:00'::timestamptz;
select cast('2026/11 /27' as date);
select '2026-11-27 Asia/Shanghai'::date, E'2026-11-27\t10:00'::timestamp;
-- A text in quotes beside a number in a call.
select mod('7', 2), mod(-7, '2'), mod('7.5', 2.0), div('7', 2), div('7.5', '2'), div(7, '0.7');
select id, mod('100', id), mod(id, '7'), mod(net, '0.7'), div('100', id) from payment;
select mod('7.5', 2);
select mod('7', '2');
select mod(null, '2');
select mod(method, '2') from payment;
select div('7', 'x');
-- Sets within sets are written out.
select method, town_id, count(*), grouping(method) from payment group by grouping sets (rollup(method), town_id) order by 1, 2;
select method, kind, town_id, count(*) from payment group by grouping sets (cube(method, kind), town_id);
select method, kind, town_id, count(*) from payment group by grouping sets (rollup((method, kind), town_id), (kind));
select method, kind, count(*) from payment group by grouping sets (rollup(method), rollup(kind));
select method, sum(net) from payment group by kind, grouping sets (rollup(1), (town_id));
-- refused: a key in parentheses.
select id / 10, count(*) from payment group by grouping sets (rollup((id - 1) / 10, id / 10), ());
-- refused: too many sets.
select count(*) from payment group by grouping sets (cube(method, kind, town_id, outlet_id), rollup(method));
-- Keys of DISTINCT ON that are items, and named by their places.
select distinct on (net > 50, method) net > 50, id from payment order by 1, method, id;
select distinct on (net > 50, method) net > 50 as much, method, id from payment order by 2 desc, much, id;
select distinct on (method, id % 2) id % 2, method, id from payment order by 2, 1 desc, 3;
select distinct on (net > 50) method, id from payment order by 1, id;
select distinct on (month, town_id) town_id, date_trunc('month', account_date) as month, id from payment order by date_trunc('month', account_date), town_id, id;
select distinct on (k1, method) reason as k1, method, id from payment order by reason, method, id;
select distinct on (1, 2) reason as k1, method, id from payment order by reason, method, id;
-- refused: such a key twice among the items.
select distinct on (id % 2) id % 2 as k, id % 2, id from payment order by 2, 3;
-- refused: a HAVING without a sum.
select 1 from payment having true;
-- refused: a HAVING without a sum.
select 1 from payment having 1 = 1;
-- refused: two parts of a union in an EXISTS, each tied by a column of the same name.
select a.id from account a where exists (select 1 from payment p where p.account_id = a.id and net > 50 union all select 1 from arrears r where r.account_id = a.id);
select a.id from account a where exists (select 1 from payment p where p.account_id = a.id and net > 50) or exists (select 1 from arrears r where r.account_id = a.id);
-- unordered: PostgreSQL 15 drops a key that WHERE pins to a constant, although a set makes a NULL of it.
select method, kind, count(*) from payment where method = 'cash' group by rollup (method, kind) order by method nulls first, kind desc nulls last;
-- unordered: PostgreSQL 15 drops a key that equals another one, although a set makes a NULL of it.
select a.id, p.account_id, count(*) from account a join payment p on a.id = p.account_id group by cube (a.id, p.account_id) order by 1, 2;

-- A NULL beside a list is a list of nothing known, unless it has a type of its own.
select array[1] || null, null || array[1], array['a'] || null, array[]::int[] || null, null::int[] || null;
select array[1] || null::int, null::int || array[1], array[1] || null::int[], array['a'] || null::text, array['a'] || (null) || 'b'::text;
select cardinality(array[1] || null), array_length(array[1] || null || null, 1), (null || array[null, 2])[1];
select id, (array[id] || null) = array[id, null], array[cashier_id] || null, array[id] || cashier_id from payment order by id;
select array_agg(id) || null, array_agg(id) || 5::bigint, null || array_agg(id) from payment where id < 0;
select method, array_agg(id order by id) || null from payment group by method order by method;
select count(*) from payment, unnest(array[1, 2] || null) u;
select array[id] || null, count(*) from town group by array[id] || null;
-- refused: a text in quotes beside a list.
select array['a'] || '{b}', '{b}' || array['a'];
select array['a'] || 'b';
select array[1] || '2';
select array[date '2026-01-01'] || '2026-01-02';
-- Values of one kind alone are put into one list.
select array[1] || 'a'::text;
select array['a'] || 1;
select array[1] || array['2'];
select no || array[1] from account;
select array[1] || true;
select array[1] <> array['1'];
select array[1] || 2::bigint, array['a'] || no, no || array['a'], array[true] || false, 1 || array[2] || 3, array[1] || 9999999999 from account;
-- Decimals of several digits in one list.
select array[1.5] || array[2.5], array[1.5] || 2.5, 2.50 || array[1.25], array_agg(net order by id) || 1.25 from payment;
select array[1.5] = array[1.50], cardinality(array[1] || array[2, 3]);
-- refused: decimals of no digits in a list.
select array[1.5] || array[2], array[1.5] || 2, 2 || array[1.5];
-- refused: decimals of no digits in a list.
select array[1] || 2.5, array[1] || array[2.5];
-- refused: decimals of no digits in a list.
select array_to_string(array[1.5] || array[2], ',');
-- refused: decimals of no digits in a list.
select array_agg(net order by id) || array[1] from payment;
-- refused: decimals of no digits in a list.
select array_agg(net order by id) || id from payment group by id;
-- refused: decimals of no digits in a list.
select (array[1.5] || array[2.25])[1]::text;
-- refused: decimals of no digits in a list.
select u from unnest(array[1.5] || array[2]) u;
-- refused: decimals of no digits in a list.
select case when id > 1001 then array[id] else array[1.5] end from payment;
-- refused: decimals of no digits in a list.
select coalesce(array[1.5], array[2]);
-- refused: decimals of no digits in a list.
select array[1.5] union all select array[2];
-- refused: decimals of no digits in a list.
select x from (values (array[1.5]), (array[2])) v(x);
-- Texts of a list are read as each alone is.
select array['　true']::bool[];
select array['　1.5']::numeric(10, 2)[];
select array['1e400']::float8[];
select array['1e-400']::float8[];
select array['-2026-01-01']::date[];
select array['0000-01-01']::date[];
select array['1.5']::int[];
select array['2026-13-01', null]::date[];
select array['x', id]::int[] from payment;
select array['1.555', null]::numeric(10, 2)[], array['1', net]::numeric(10, 2)[], array[E'1', $$2$$]::int[], (array['20260101'])::date[] from payment;
select array['2026-01-01 24:00']::timestamp[], array['true', 'n']::bool[], array['1', id]::bigint[], cast(array['a', no] as text[]) from account;
select array_agg(id::text order by id)::int[], array_agg(no order by id)::varchar[] from account;
-- refused: texts of a list that is no list of words.
select array[x]::bool[] from (select 'true'::text as x) y;
-- refused: texts of a list that is no list of words.
select array_agg(net::text order by id)::numeric(10, 2)[] from payment;
-- refused: texts of a list that is no list of words.
select array_agg(account_date::text order by id)::date[], array_agg(net::text order by id)::float8[] from payment;
-- refused: texts of a list that is no list of words.
select array['1 day']::interval[];
-- refused: a text that tells a list.
select '{a,b}'::text[], '{1,2}'::int[], array['a'] = '{a}';
select 'a'::text[];
select 1::int[];
select no::text[] from account;
-- A text in quotes beside a value in a list is read as that.
select array['01', 2], array[' 3 ', id] from payment;
-- refused: a day that is not told as one.
select array['2026-01-01', account_date] from payment;
-- refused: a truth that is not told as one.
select array['t', net > 0] from payment;
select array['x', 2];
select array[no, 1] from account;
select array['1.5', 2];
-- However a text is quoted.
select net = any (array[$$1$$]) from payment;
select net = any (array[E'1']) from payment;
select net <> all (array[$a$1$a$, null]) from payment;
select method = any (array[$$cash$$, E'x']), net = any (array[E'1', net]) from payment;
select d + 1 from (values (E'2026-01-01'), ($$2026-01-02$$), (date '2026-01-03')) v(d);

-- refused: whether a list holds another: of NULLs DataFusion says otherwise.
select array[1, null] @> array[null::int], null::int[] <@ array[1], array[1] @> null::int[];
-- refused: whether a list holds another.
select count(*) from payment where array[cashier_id] @> array[cashier_id];
-- What is written out is cast value by value.
select array[id, town_id]::text[], array[net, null]::text[], array[account_date]::text[], array[true, id > 5]::text[] from payment;
select array[bill_period]::date[] from charge;
select array[account_date]::bigint[] from payment;
select array[id]::time[] from payment;
select array[id]::boolean[] from payment;
select id::boolean from payment;
select array[true]::int[], (town_id - town_id)::boolean, 1::boolean, 0::bool, true::int from payment;
select true::bigint;
select array[timestamptz '2026-01-01 02:00']::date[], array[1.5, 2.5]::int[], array[0.1::numeric(18, 2), 123456789012345.67]::float8[];
-- refused: a list that is not written out.
select array_agg(id)::text[] from payment;
-- refused: a list that is not written out.
select array_agg(bill_period)::date[] from charge;
-- A stride is not PostgreSQL's, nor a filter on a set.
select (array[1, 2, 3])[1:3:2];
select count(*) from payment group by grouping sets (rollup(method) filter (where true), ());
select count(*) from payment group by grouping sets (rollup(distinct method));
-- refused: rows in a list.
select array_agg((id, name)) from town;
-- refused: rows behind a window.
select lag((id, net)) over (order by id) from payment;
-- refused: times of a list as a text.
select array_to_string(array[time '10:00', time '10:00:00.5'], ',');
select method, count(*) from payment group by grouping sets (rollup(method, kind, town_id, outlet_id, cashier_id), ());
