-- The statements of engine::counter::collect, in its order; the application computes the amounts between
-- them, which pgbench reads here from a table made beforehand.
select account_id, cashier_id, outlet_id, charge_id, charge_period, total, n, lines, periods, fees, amounts, water, other, owners
  from bench_due where n = (select nextval('bench_next')) \gset
begin;
select a.town_id as town, a.outlet_id from account a, app_user u, organisation o
  where a.id = :account_id::bigint and u.id = :cashier_id::int and u.active and o.id = :outlet_id::int for no key update of a for key share of u \gset
select fee_item, valid_from, grace_days, rate_per_day, cap_ratio from late_fee_rule;
select account_id, charge_id, bill_period, due_date, volume_m3, charge_line_id, fee_item, tier, quantity, unit_price, open_amount
  from charge_balance where account_id = any(array[:account_id::bigint]) order by account_id, bill_period, charge_id, charge_line_id;
select account_date, balance_after from prepaid_entry where account_id = :account_id::bigint and id > coalesce(
  (select max(id) from prepaid_entry where account_id = :account_id::bigint and balance_after = 0), 0) order by id desc;
select coalesce(max(code) filter (where receipt_type = 'water_invoice'), '-') as wcode,
    coalesce(max(paper_no) filter (where receipt_type = 'water_invoice'), 0) as wno,
    coalesce(max(no) filter (where receipt_type = 'water_invoice'), '-') as wprinted,
    coalesce(max(code) filter (where receipt_type = 'nontax'), '-') as ncode,
    coalesce(max(paper_no) filter (where receipt_type = 'nontax'), 0) as nno,
    coalesce(max(no) filter (where receipt_type = 'nontax'), '-') as nprinted
  from next_papers(:cashier_id::int, array(select f.receipt_type from (values ('water_invoice', :water::numeric), ('nontax', :other::numeric)) as f(receipt_type, due)
    where f.due > 0)) \gset
with posted as (
    insert into payment (kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at, received, change_given, net,
        late_fee, idempotency_key, request_hash)
    values ('payment', :account_id::bigint, :town::int, :outlet_id::int, :cashier_id::int, 'cash', current_date, now(), :total::numeric, 0, :total::numeric, 0, 'pgbench-' || :n::text, '\x00')
    returning id
), settled as (
    insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id, cashier_id, method,
        account_date, owner_id, fee_item, amount, late_fee)
    select l.bill_period, posted.id, :charge_id::bigint, l.line_id, :account_id::bigint, :town::int, :outlet_id::int, :cashier_id::int, 'cash', current_date, l.owner_id, l.fee_item, l.amount, 0
    from posted, unnest(:periods::int[], :lines::bigint[], :owners::int[], :fees::text[], :amounts::numeric[]) as l(bill_period, line_id, owner_id, fee_item, amount)
), tendered as (
    insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, amount)
    select posted.id, 1, :account_id::bigint, :town::int, :outlet_id::int, current_date, 'cash', :total::numeric from posted
), issued as (
    insert into receipt (receipt_type, medium, ordinal, kind, payment_id, account_id, town_id, outlet_id, cashier_id, account_date, issued_at, amount)
    select r.receipt_type, 'paper', r.ordinal, 'blue', posted.id, :account_id::bigint, :town::int, :outlet_id::int, :cashier_id::int, current_date, now(), r.amount
    from posted, (values ('water_invoice', 1, :water::numeric), ('nontax', 2, :other::numeric)) as r(receipt_type, ordinal, amount)
    where r.amount > 0 returning id, receipt_type
), numbered as (
    insert into receipt_number (receipt_id, receipt_type, code, no, paper_no, town_id, outlet_id, assigned_at)
    select issued.id, issued.receipt_type, n.code, n.no, n.paper_no, :town::int, :outlet_id::int, now()
    from issued join (values ('water_invoice', :wcode::text, :wprinted::text, :wno::bigint), ('nontax', :ncode::text, :nprinted::text, :nno::bigint))
        as n(receipt_type, code, no, paper_no) using (receipt_type)
), printed as (
    insert into receipt_line (receipt_id, charge_line_id, bill_period, town_id, owner_id, fee_item, amount, late_fee)
    select issued.id, l.line_id, l.bill_period, :town::int, l.owner_id, l.fee_item, l.amount, 0
    from issued join (select case fee_item when 'water' then 'water_invoice' else 'nontax' end as receipt_type, u.*
        from unnest(:periods::int[], :lines::bigint[], :owners::int[], :fees::text[], :amounts::numeric[]) as u(bill_period, line_id, owner_id, fee_item, amount)) l
        using (receipt_type)
) select posted.id, issued.id, issued.receipt_type from posted left join issued on true;
insert into operation_log (user_id, action, subject, details, at)
values (:cashier_id::int, 'counter.payment.collect', :account_id::text, '{}', now());
commit;
