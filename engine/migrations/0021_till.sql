-- The till: what it looks at before it takes a payment, and what it records then, each in one call.

-- Locks an account, and keeps the cashier's day from being closed meanwhile. Nothing where account, cashier or outlet is
-- unknown.
create function till_lock(account bigint, cashier integer, outlet integer)
    returns table (town_id integer, outlet_id integer) language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
begin
    return query
    select a.town_id, a.outlet_id
    from account a, app_user u, organisation o
    where a.id = account and u.id = cashier and u.active and o.id = outlet
    for no key update of a for key share of u;
end $$;

create view late_fee_in_force as
    select fee_item, valid_from, grace_days, rate_per_day, cap_ratio from late_fee_rule
    where approved_at is not null and replaced_at is null;

-- The purses of accounts as a day knows them: each entry that stands and the balance after it, newest first, back to
-- where the purse was empty.
--
-- What was taken back counts as if it had never been: an offset that is open again has left the purse as full as it
-- was all the time. An entry before the purse was last empty is looked at only where one of them was taken back since.
create function purse_steps(accounts bigint[], day date)
    returns table (account_id bigint, account_date date, balance numeric) language plpgsql stable
    set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
    lowest constant bigint := (select min(b.since_payment) from prepaid_balance b where b.account_id = any (accounts));
begin
    -- Most accounts have no purse, or an empty one: no month of its entries is looked into for them.
    if lowest is null then
        return;
    end if;
    -- And of most others we know since when it is filled.
    if lowest > 0 then
        return query
        select e.account_id, e.account_date, sum(e.delta) over (partition by e.account_id order by e.id)
        from prepaid_balance b
        join prepaid_entry e on e.account_id = b.account_id and e.payment_id >= lowest
            and e.payment_id >= b.since_payment and e.id >= b.since_entry
        where b.account_id = any (accounts) and e.account_date <= day
        order by e.account_id, e.id desc;
        return;
    end if;
    return query
    select e.account_id, e.account_date, sum(e.delta) over (partition by e.account_id order by e.id)
    from prepaid_balance b
    left join lateral (
        select z.payment_id, z.id from prepaid_entry z
        where z.account_id = b.account_id and z.balance_after = 0 and not exists (
            select from prepaid_entry m join payment_reversal r on r.reversal_id = m.payment_id
            join prepaid_entry o on o.payment_id = r.payment_id
            where m.account_id = z.account_id and m.payment_id >= z.payment_id and m.id > z.id and o.id <= z.id)
        order by z.payment_id desc, z.id desc limit 1
    ) emptied on true
    join prepaid_entry e on e.account_id = b.account_id
        and e.payment_id >= coalesce(emptied.payment_id, 0) and e.id > coalesce(emptied.id, 0)
    where b.account_id = any (accounts) and e.account_date <= day
        and not exists (select from payment_reversal r where r.reversal_id = e.payment_id)
        and not exists (select from payment_reversal r where r.payment_id = e.payment_id)
    order by e.account_id, e.id desc;
end $$;

-- What accounts owe, line by line, the oldest charge of each first, and whose it is where another pays for the account now.
-- Amounts are texts, as JSON has no decimals.
create function owed_lines(accounts bigint[]) returns json language plpgsql stable
    set search_path = pg_catalog, public, pg_temp as $$
begin
    return coalesce(json_agg(json_build_object('account', b.account_id, 'charge', b.charge_id, 'period', b.bill_period,
            'due_date', b.due_date, 'volume', b.volume_m3::text, 'line', b.charge_line_id, 'owner', b.owner_id,
            'fee_item', b.fee_item, 'tier', b.tier, 'quantity', b.quantity::text, 'unit_price', b.unit_price::text,
            'amount', b.open_amount::text,
            'former_payer', case when p.id is not null then json_build_object('id', p.id, 'name', p.name) end)
        order by b.account_id, b.bill_period, b.charge_id, b.charge_line_id), '[]')
    from charge_balance b
    join account a on a.id = b.account_id
    left join payer p on p.id = b.payer_id and p.id <> a.payer_id
    where b.account_id = any (accounts);
end $$;

-- All that decides about a payment, once nobody else moves the account's money: where the account belongs, what it owes,
-- how lateness is charged, what lies in its purse; and the id that the payment will have. Null where account, cashier or
-- outlet is unknown.
create function till_look(account bigint, cashier integer, outlet integer, day date, at timestamptz) returns json language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
declare
    place record;
begin
    select * into place from till_lock(account, cashier, outlet);
    if not found then
        return null;
    end if;
    -- Read anew: whoever held the account before has left something else behind.
    return json_build_object(
        'payment', next_payment_id(at), 'town', place.town_id, 'serves', place.outlet_id,
        'alone', (select o.kind = 'sanitation_station' from organisation o where o.id = outlet),
        'owed', owed_lines(array[account]),
        'rules', (
            select coalesce(json_agg(json_build_object('fee_item', r.fee_item, 'valid_from', r.valid_from, 'grace_days', r.grace_days,
                'rate_per_day', r.rate_per_day::text, 'cap_ratio', r.cap_ratio::text)), '[]')
            from late_fee_in_force r),
        'purse', (
            select coalesce(json_agg(json_build_array(p.account_date, p.balance::text) order by p.place), '[]')
            from purse_steps(array[account], day) with ordinality as p(account_id, account_date, balance, place)));
end $$;

-- Records an entry with its mark: payment, allocations, tenders, moves of the purse, receipts, their numbers and lines.
-- Gives the ids of its receipts, in order.
create function till_post(entry jsonb, by_user integer, act text, about text, told jsonb) returns bigint[] language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
declare
    e record;
    receipts bigint[];
begin
    select * into e from jsonb_to_record(entry) as e(payment bigint, reverses bigint, account bigint, town integer, outlet integer,
        cashier integer, method text, account_date date, posted_at timestamptz, received numeric, change_given numeric, net numeric,
        late_fee numeric, prepaid_used numeric, prepaid_in numeric, reason text, key text, request_hash text,
        lines jsonb, tenders jsonb, moves jsonb, papers jsonb);
    insert into payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, account_date, posted_at, received,
        change_given, net, late_fee, prepaid_used, prepaid_in, reverses_id, reason, idempotency_key, request_hash)
    values (e.payment, case when e.reverses is null then 'payment' else 'reversal' end, e.account, e.town, e.outlet, e.cashier,
        e.method, e.account_date, e.posted_at, e.received, e.change_given, e.net, e.late_fee, e.prepaid_used, e.prepaid_in,
        e.reverses, e.reason, e.key, decode(e.request_hash, 'hex'));
    -- What there is nothing of asks no law.
    if e.lines <> '[]' then
        insert into allocation (bill_period, payment_id, charge_id, charge_line_id, account_id, town_id, outlet_id, cashier_id, method,
            account_date, owner_id, fee_item, amount, late_fee)
        select l.period, e.payment, l.charge, l.line, e.account, e.town, e.outlet, e.cashier, e.method, e.account_date, l.owner,
            l.fee_item, l.amount, l.late_fee
        from jsonb_to_recordset(e.lines) as l(period integer, charge bigint, line bigint, owner integer, fee_item text, amount numeric,
            late_fee numeric);
    end if;
    if e.tenders <> '[]' then
        insert into payment_tender (payment_id, no, account_id, town_id, outlet_id, account_date, method, reference, slip_day, slip_total, amount)
        select e.payment, t.no, e.account, e.town, e.outlet, e.account_date, t.method, t.reference, t.slip_day, t.slip_total, t.amount
        from jsonb_to_recordset(e.tenders) as t(no smallint, method text, reference text, slip_day date, slip_total numeric, amount numeric);
    end if;
    if e.moves <> '[]' then
        insert into prepaid_entry (account_id, town_id, outlet_id, payment_id, kind, account_date, delta, balance_before, balance_after)
        select e.account, e.town, e.outlet, e.payment, m.kind, e.account_date, m.delta, had.balance + m.until - m.delta, had.balance + m.until
        from (select coalesce(max(b.balance), 0) as balance from prepaid_balance b where b.account_id = e.account) had,
            (select move ->> 'kind' as kind, (move ->> 'delta')::numeric as delta, place,
                 sum((move ->> 'delta')::numeric) over (order by place) as until
             from jsonb_array_elements(e.moves) with ordinality as m(move, place)) m
        order by m.place;
    end if;
    if e.papers <> '[]' then
        with printed as (
            select paper, place, receipt_of(e.payment, place::integer) as id
            from jsonb_array_elements(e.papers) with ordinality as p(paper, place)
        ), issued as (
            insert into receipt (id, receipt_type, medium, ordinal, kind, red_of, payment_id, account_id, town_id, outlet_id, cashier_id,
                account_date, issued_at, amount)
            select p.id, p.paper ->> 'receipt_type', 'paper', p.place, case when p.paper ->> 'red_of' is null then 'blue' else 'red' end,
                (p.paper ->> 'red_of')::bigint, e.payment, e.account, e.town, e.outlet, e.cashier, e.account_date, e.posted_at,
                (p.paper ->> 'amount')::numeric
            from printed p
        ), numbered as (
            insert into receipt_number (receipt_id, receipt_type, code, no, paper_no, town_id, outlet_id, assigned_at)
            select p.id, p.paper ->> 'receipt_type', p.paper ->> 'code', p.paper ->> 'no', (p.paper ->> 'paper_no')::bigint, e.town,
                e.outlet, e.posted_at
            from printed p order by p.place
        ), shown as (
            insert into receipt_line (receipt_id, charge_line_id, bill_period, town_id, owner_id, fee_item, amount, late_fee)
            select p.id, l.line, l.period, e.town, l.owner, l.fee_item, l.amount, l.late_fee
            from printed p, jsonb_to_recordset(p.paper -> 'lines') as l(period integer, line bigint, owner integer, fee_item text,
                amount numeric, late_fee numeric)
        )
        select array_agg(p.id order by p.place) into receipts from printed p;
    end if;
    -- The mark names its payment and its paper, and keeps digests of what was settled for whom and of what was handed over:
    -- whoever changes or takes away any of it differs from it.
    told := told || jsonb_build_object('payment', e.payment, 'papers', (
        select coalesce(jsonb_agg(concat_ws(' ', paper ->> 'code', paper ->> 'no') order by place), '[]')
        from jsonb_array_elements(e.papers) with ordinality as p(paper, place)
        where paper ->> 'paper_no' is not null),
        'settled', (
        select encode(sha256(convert_to(coalesce(string_agg(concat_ws(':', l.line, l.owner, l.fee_item, l.amount, l.late_fee), ' '
            order by l.line), ''), 'UTF8')), 'hex')
        from jsonb_to_recordset(e.lines) as l(line bigint, owner integer, fee_item text, amount yuan, late_fee yuan)),
        'tendered', (
        select encode(sha256(decode(e.request_hash, 'hex') || convert_to(concat_ws(' ', e.key, e.method, e.received::yuan, e.change_given::yuan,
            string_agg(concat_ws(':', t.no, t.method, t.reference, t.slip_day - date '2000-01-01', t.slip_total, t.amount), ' '
                order by t.no)), 'UTF8')), 'hex')
        from jsonb_to_recordset(e.tenders) as t(no smallint, method text, reference text, slip_day date, slip_total yuan, amount yuan)));
    -- No till answers for it, as where a purse is filled again: the mark names the payment and its digest.
    if e.cashier is null then
        told := told || jsonb_build_object('posted', posted_of(int8multirange(int8range(e.payment, e.payment, '[]'))));
    end if;
    -- Last: it holds the person's chain.
    perform leave_mark(by_user, act, about, told, e.posted_at);
    return coalesce(receipts, '{}');
end $$;
