-- What engine::counter::collect does, as one function of the database: the same locks, questions, rows and mark, in the
-- same order. What the application computes between them is read here from a table made beforehand.
create function bench_collect(turn bigint) returns bigint language plpgsql as $$
declare
    -- The business day, whatever the session's zone: until eight in the morning the day of UTC is that of yesterday.
    today constant date := (now() at time zone 'Asia/Shanghai')::date;
    due bench_due;
    place record;
    papers record;
    paid bigint;
begin
    select * into due from bench_due where n = turn;
    select * into place from till_lock(due.account_id, due.cashier_id, due.outlet_id);
    perform charge_id, bill_period, due_date, volume_m3, charge_line_id, fee_item, tier, quantity, unit_price, open_amount
    from charge_balance where account_id = due.account_id order by bill_period, charge_id, charge_line_id;
    perform * from late_fee_in_force;
    perform * from purse_steps(array[due.account_id], today);
    select array_agg(receipt_type) as types, array_agg(code) as codes, array_agg(paper_no) as papers,
        array_agg(no) as numbers, array_agg(case receipt_type when 'nontax' then due.other else due.water end) as amounts
    into papers
    from next_papers(due.cashier_id, due.outlet_id, array(
        select f.receipt_type from (values ('water_invoice', due.water), ('nontax', due.other)) as f(receipt_type, amount)
        where f.amount > 0));
    with posted as (
        insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at, received,
            change_given, net, late_fee, idempotency_key, request_hash)
        values (next_payment_id(now()), 'payment', due.account_id, place.town_id, due.outlet_id, due.cashier_id, 'cash', today, now(),
            due.total, 0, due.total, 0, 'pgbench-' || turn, '\x00')
        returning id
    ), settled as (
        insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id,
            cashier_id, method, account_date, owner_id, fee_item, amount, late_fee)
        select l.bill_period, posted.id, due.charge_id, l.line_id, due.account_id, place.town_id, due.outlet_id,
            due.cashier_id, 'cash', today, l.owner_id, l.fee_item, l.amount, 0
        from posted, unnest(due.periods, due.lines, due.owners, due.fees, due.amounts)
            as l(bill_period, line_id, owner_id, fee_item, amount)
    ), tendered as (
        insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, amount)
        select posted.id, 1, due.account_id, place.town_id, due.outlet_id, today, 'cash', due.total from posted
    ), issued as (
        insert into receipt (id, receipt_type, medium, ordinal, kind, payment_id, account_id, town_id, outlet_id, cashier_id,
            account_date, issued_at, amount)
        select receipt_of(posted.id, r.ordinal::int), r.receipt_type, 'paper', r.ordinal, 'blue', posted.id, due.account_id, place.town_id, due.outlet_id,
            due.cashier_id, today, now(), r.amount
        from posted, unnest(papers.types, papers.amounts) with ordinality as r(receipt_type, amount, ordinal)
        returning id, receipt_type, ordinal
    ), numbered as (
        insert into receipt_number (receipt_id, receipt_type, code, no, paper_no, town_id, outlet_id, assigned_at)
        select issued.id, issued.receipt_type, n.code, n.no, n.paper_no, place.town_id, due.outlet_id, now()
        from issued join unnest(papers.codes, papers.numbers, papers.papers)
            with ordinality as n(code, no, paper_no, ordinal) using (ordinal)
    ), printed as (
        insert into receipt_line (receipt_id, charge_line_id, bill_period, town_id, owner_id, fee_item, amount, late_fee)
        select issued.id, l.line_id, l.bill_period, place.town_id, l.owner_id, l.fee_item, l.amount, 0
        from issued join (
            select case fee_item when 'water' then 'water_invoice' else 'nontax' end as receipt_type, u.*
            from unnest(due.periods, due.lines, due.owners, due.fees, due.amounts)
                as u(bill_period, line_id, owner_id, fee_item, amount)) l using (receipt_type)
    )
    select id into paid from posted;
    insert into operation_log (user_id, action, subject, details, at)
    values (due.cashier_id, 'counter.payment.collect', '缴费 ' || paid,
        jsonb_build_object('account', due.account_id, 'net', due.total, 'prepaid_used', 0, 'method', 'cash', 'payment', paid,
            'papers', (select jsonb_agg(concat_ws(' ', n.code, n.no)) from unnest(papers.codes, papers.numbers) as n(code, no)),
            'settled', (select encode(sha256(convert_to(string_agg(concat_ws(':', l.line_id, l.owner_id, l.fee_item, l.amount, 0),
                ' ' order by l.line_id), 'UTF8')), 'hex')
                from unnest(due.lines, due.owners, due.fees, due.amounts) as l(line_id, owner_id, fee_item, amount))), now());
    return paid;
end $$
