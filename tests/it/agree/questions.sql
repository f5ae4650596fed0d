-- Asked of PostgreSQL and of the warehouse: the answers must be equal, row by row. A text made of a column has a
-- name of its own, for DataFusion would confuse it with the column that the rows are ordered by.

-- What was billed, by month, fee and tier.
select cast(bill_period as varchar) as c1, fee_item, cast(tier as varchar) as c2, cast(count(*) as varchar) as c3, cast(sum(quantity) as varchar) as c4, cast(sum(amount) as varchar) as c5
from charge_line group by bill_period, fee_item, tier order by bill_period, fee_item, tier;

-- What was taken and taken back, by day, counter and way of paying.
select cast(account_date as varchar) as c1, cast(outlet_id as varchar) as c2, method, kind, cast(count(*) as varchar) as c3, cast(sum(net) as varchar) as c4, cast(sum(late_fee) as varchar) as c5
from payment group by account_date, outlet_id, method, kind order by account_date, outlet_id, method, kind;

-- What is still owed, by account.
select a.no, cast(b.billed as varchar) as c1, cast(coalesce(s.settled, 0.00) as varchar) as c2, cast(b.billed - coalesce(s.settled, 0.00) as varchar) as c3
from account a
join (select account_id, sum(total) as billed from charge group by account_id) b on b.account_id = a.id
left join (select account_id, sum(amount) as settled from allocation group by account_id) s on s.account_id = a.id
order by a.no;

-- Payments that are not used to the fen: there are none, and both say so.
select cast(count(*) as varchar) as c1 from payment p
left join (select payment_id, sum(amount + late_fee) as used from allocation group by payment_id) u on u.payment_id = p.id
left join (select payment_id, sum(delta) as kept from prepaid_entry group by payment_id) k on k.payment_id = p.id
where p.net <> coalesce(u.used, 0.00) + coalesce(k.kept, 0.00);

-- The five dearest bills, and who must pay them.
select a.no, a.payer_name, cast(c.bill_period as varchar) as c1, cast(c.total as varchar) as c2
from charge c join account a on a.id = c.account_id
order by c.total desc, c.bill_period, a.no limit 5;

-- Bills above the mean of their month.
select cast(c.bill_period as varchar) as c1, cast(count(*) as varchar) as c2
from charge c join (select bill_period, avg(total) as mean from charge group by bill_period) m on m.bill_period = c.bill_period
where c.total > m.mean group by c.bill_period order by c.bill_period;

-- The running balance of one account.
select cast(bill_period as varchar) as c1, cast(total as varchar) as c2, cast(sum(total) over (order by bill_period) as varchar) as c3
from charge where account_id = (select min(account_id) from charge) order by bill_period;

-- Accounts that never paid.
select a.no from account a where not exists (select 1 from payment p where p.account_id = a.id) order by a.no;

-- Paper, by family and colour.
select r.receipt_type, r.kind, cast(count(*) as varchar) as c1, min(n.no) as c2, cast(max(n.paper_no) as varchar) as c3, cast(sum(r.amount) as varchar) as c4
from receipt r join receipt_number n on n.receipt_id = r.id group by r.receipt_type, r.kind order by r.receipt_type, r.kind;

-- Receipts against what they were given for, fee by fee.
select r.fee_item, cast(r.printed as varchar) as c1, cast(s.settled as varchar) as c2
from (select fee_item, sum(amount + late_fee) as printed from receipt_line group by fee_item) r
join (select x.fee_item, sum(x.amount + x.late_fee) as settled from allocation x join payment p on p.id = x.payment_id
      where p.cashier_id is not null group by x.fee_item) s on s.fee_item = r.fee_item
order by r.fee_item;

-- What was handed over, way by way, and that it is what the payments say.
select t.method, cast(count(*) as varchar) as c1, cast(sum(t.amount) as varchar) as c2,
    cast(sum(p.net) as varchar) as c3
from payment_tender t join payment p on p.id = t.payment_id group by t.method order by t.method;

-- What purses took in and gave out, by cause.
select kind, cast(count(*) as varchar) as c1, cast(sum(delta) as varchar) as c2
from prepaid_entry group by kind order by kind;
