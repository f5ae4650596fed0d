-- What engine::counter sends for one payment, as plain SQL for pgbench: the account's turn comes from a sequence.
select nextval('bench_turn') as turn \gset
\set account {first_account} + :turn
\set till {first_till} + :client_id
begin;
select a.town_id from account a, app_user u where a.id = :account and u.id = :till for no key update of a for key share of u;
select c.id, c.due_date, l.id, l.fee_item, l.amount
from charge_balance b
join charge c on c.id = b.charge_id and c.bill_period = b.bill_period
join charge_line l on l.charge_id = b.charge_id and l.bill_period = b.bill_period
where b.account_id = :account and b.open_amount > 0 order by b.bill_period, b.charge_id, l.id;
select fee_item, valid_from, grace_days, rate_per_day, cap_ratio from late_fee_rule;
update stock_segment set next_no = next_no + 1 where holder_id = :till and next_no <= last_no;
with due as (
    select l.id, l.bill_period, l.charge_id, l.town_id, l.fee_item, l.amount
    from charge_balance b join charge_line l on l.charge_id = b.charge_id and l.bill_period = b.bill_period
    where b.account_id = :account and b.open_amount > 0
), posted as (
    insert into payment (kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at, received,
        net, idempotency_key, request_hash)
    select 'payment', :account, max(town_id), {outlet}, :till, 'cash', '2026-01-31', now(), sum(amount), sum(amount),
        'pgbench-' || :account, '\x00'
    from due
    returning id
), settled as (
    insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
        cashier_id, method, account_date, fee_item, amount)
    select d.bill_period, posted.id, d.charge_id, d.id, :account, d.town_id, {outlet}, :till, 'cash', '2026-01-31',
        d.fee_item, d.amount
    from due d, posted
), issued as (
    insert into receipt (receipt_type, code, no, kind, payment_id, account_id, town_id, outlet_id, cashier_id,
        account_date, issued_at, amount)
    select case when d.fee_item = 'water' then 'water_invoice' else 'nontax' end, 'PGB', :account, 'blue', posted.id,
        :account, max(d.town_id), {outlet}, :till, '2026-01-31', now(), sum(d.amount)
    from due d, posted group by 1, posted.id
    returning id, receipt_type
), printed as (
    insert into receipt_line (receipt_id, charge_line_id, bill_period, town_id, fee_item, amount, late_fee)
    select i.id, d.id, d.bill_period, d.town_id, d.fee_item, d.amount, 0
    from due d join issued i on i.receipt_type = case when d.fee_item = 'water' then 'water_invoice' else 'nontax' end
)
insert into receipt_event (event, receipt_type, code, first_no, last_no, outlet_id, town_id, by_user_id, at)
select 'used', receipt_type, 'PGB', :account, :account, {outlet}, 441900000, :till, now() from issued;
commit;
