-- The ledger, what is paid: payment, payment_tender, allocation, prepaid_entry. What grows with each payment lies by month,
-- in partitions over the payment's id, which bears its month: whoever knows an id looks into one partition, and a month
-- that is over is never written to again. Captured under the names of their roots.

create sequence allocation_id;
create sequence prepaid_entry_id;
-- The ids of payments, and when the month in which they stand was begun, in microseconds of the database's clock: a
-- sequence too, for both stay where they are when the transaction that moved them is undone.
create sequence payment_id;
create sequence month_begun;
create sequence payment_today;

-- No payment of a day has one below this: it is posted on that day or later.
create function first_id(day date) returns bigint language sql immutable parallel safe
    return first_id((extract(year from day) * 100 + extract(month from day))::integer);

-- The next id of a payment that is posted at a moment. Ids rise strictly, month by month: the first payment of a month
-- moves them on, and they never stand in an earlier month again. So their order is an order in time, and no payment
-- bears a month before its own.
create function next_payment_id(at timestamptz) returns bigint language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    lowest constant bigint := first_id(month_of(at));
    given bigint;
begin
    -- A month has a thousand million, and is not used up in all its days.
    perform bound_ids('payment_id', 'payment_today', 1, 30000000);
    given := nextval('payment_id');
    if given > lowest then
        return given;
    end if;
    -- A clock that is wrong would leave no month for the payments until then.
    if at > latest_moment() then
        raise exception 'month_ahead: %', month_of(at) using errcode = 'check_violation';
    end if;
    -- Room is made by a transaction of its own, which is over: else others would come into a month that they cannot see.
    if to_regclass('payment_' || month_of(at)) is null then
        raise exception 'no_room: %', month_of(at) using errcode = 'check_violation';
    end if;
    perform pg_advisory_xact_lock(hashtext('next_payment_id'));
    given := nextval('payment_id');
    if given <= lowest then
        perform setval('month_begun', (extract(epoch from clock_timestamp()) * 1000000)::bigint);
        perform setval('payment_today', extract(epoch from clock_timestamp())::bigint / 86400 * 100000000000000 + lowest);
        given := setval('payment_id', lowest + 1);
    end if;
    return given;
end $$;

-- 实收: money in, or back. A reversal mirrors its original with the sign turned.
create table payment (
    id              bigint primary key,
    kind            text not null check (kind in ('payment', 'reversal')),
    account_id      bigint not null,
    town_id         integer not null,
    outlet_id       integer not null,
    cashier_id      integer,
    method          pay_method not null,
    channel_item_id bigint,
    account_date    date not null,
    -- Filled by the database: the month of its day, in close, remittance and report alike. 实收月
    pay_period      bill_period not null,
    posted_at       timestamptz not null,
    received        yuan not null,
    change_given    yuan not null default 0,
    -- Money received: what was tendered less the change. What the purse pays was received when it was filled.
    net             yuan not null,
    prepaid_used    yuan not null default 0,
    prepaid_in      yuan not null default 0,
    late_fee        yuan not null default 0,
    reverses_id     bigint,
    reason          text check (length(reason) <= 200),
    idempotency_key text not null check (length(idempotency_key) <= 80),
    request_hash    bytea not null,
    check (net = received - change_given),
    check ((kind = 'reversal') = (reverses_id is not null)),
    check (reverses_id <> id),
    check ((kind = 'payment' and least(received, net, change_given, prepaid_used, prepaid_in, late_fee) >= 0)
        or (kind = 'reversal' and greatest(received, net, change_given, prepaid_used, prepaid_in, late_fee) <= 0)),
    -- The purse alone pays without a tender, and nothing else does.
    check ((method = 'prepaid') = (received = 0 and prepaid_used <> 0)),
    -- Nobody comes for change alone.
    constraint payment_pays check (net <> 0 or prepaid_used <> 0),
    constraint payment_month check (pay_period = extract(year from account_date)::integer * 100 + extract(month from account_date)::integer),
    -- A year typed wrong: what comes late is dated back by less than one.
    constraint payment_day_near check (account_date > (posted_at at time zone 'Asia/Shanghai')::date - 366),
    -- Money of a channel came as an item of it, and no other did.
    constraint payment_channel_item check ((channel_item_id is not null) = (method in ('batch_withhold', 'realtime_withhold', 'wechat', 'alipay'))),
    -- What goes through a till has a cashier; what a channel brings has none, and a purse may pay by itself.
    constraint payment_cashier check (case when channel_item_id is not null then cashier_id is null
        else cashier_id is not null or method = 'prepaid' end)
) partition by range (id);
create index payment_account on payment (account_id, id);
create index payment_cashier_day on payment (cashier_id, account_date);

-- What must be unique over all months, written by the payments themselves. Under which key each was posted:
create table payment_key (
    key        text primary key,
    payment_id bigint not null
);
-- Ids rise as they are written, so the keys of a month lie beside each other.
create index payment_key_month on payment_key using brin (payment_id);
-- and which were taken back, each once. Few are.
create table payment_reversal (
    payment_id  bigint primary key,
    reversal_id bigint not null unique
);

-- 收款方式明细: what was handed over at the counter, one or several for a payment. A cheque or card slip is named by its
-- reference and may pay for several accounts, as far as its total goes.
create table payment_tender (
    payment_id   bigint not null,
    no           smallint not null check (no >= 1),
    account_id   bigint not null,
    town_id      integer not null,
    outlet_id    integer not null,
    account_date date not null,
    method       pay_method not null check (method in ('cash', 'pos', 'cheque')),
    -- As every slip is compared: capitals, figures and signs, half width.
    reference    text check (reference ~ '^[!-`{-~\u3007\u3014\u3015\u4e00-\u9fff]{1,64}$'),
    -- Numbers of card slips come again on another day; that of a cheque does not.
    slip_day     date,
    slip_total   yuan check (slip_total > 0),
    amount       yuan not null check (amount <> 0),
    primary key (payment_id, no),
    constraint tender_reference check ((method <> 'cash') = (reference is not null)),
    check ((reference is not null) = (slip_total is not null)),
    check ((method = 'pos') = (slip_day is not null))
) partition by range (payment_id);
create index payment_tender_reference on payment_tender (reference) where reference is not null;
-- Projection: cheques and card slips that pay for something now. One that was given back may be used again.
create table slip_standing (
    method     pay_method not null,
    outlet_id  integer not null,
    reference  text not null,
    slip_day   date,
    slip_total yuan not null,
    standing   yuan not null,
    unique nulls not distinct (method, outlet_id, reference, slip_day),
    constraint slip_pays_its_total_at_most check (standing > 0 and standing <= slip_total)
);

-- 销账: which line a payment settles. Day, method and outlet of the payment stand here too.
create table allocation (
    id             bigint not null default nextval('allocation_id'),
    bill_period    bill_period not null,
    payment_id     bigint not null,
    charge_id      bigint not null,
    charge_line_id bigint not null,
    account_id     bigint not null,
    town_id        integer not null,
    outlet_id      integer not null,
    cashier_id     integer,
    method         pay_method not null,
    account_date   date not null,
    -- Whose the money is, as its line says.
    owner_id       integer not null,
    fee_item       fee_item not null,
    amount         yuan not null,
    late_fee       yuan not null default 0,
    primary key (id, payment_id),
    unique (payment_id, charge_line_id),
    -- Invariant 23: the late fee never exceeds the principal.
    check (abs(late_fee) <= abs(amount)),
    check (sign(late_fee) = 0 or sign(late_fee) = sign(amount))
) partition by range (payment_id);
create index allocation_charge on allocation (charge_id);

-- 预存: the chain of balances is its own proof. A payment fills the purse, or draws on it, or draws on it first and
-- fills it then.
create table prepaid_entry (
    id             bigint not null default nextval('prepaid_entry_id'),
    account_id     bigint not null,
    town_id        integer not null,
    outlet_id      integer not null,
    payment_id     bigint not null,
    kind           prepaid_kind not null,
    account_date   date not null,
    delta          yuan not null check (delta <> 0),
    balance_before yuan not null check (balance_before >= 0),
    balance_after  yuan not null check (balance_after >= 0),
    primary key (id, payment_id),
    unique (payment_id, kind),
    check (balance_after = balance_before + delta)
) partition by range (payment_id);
create index prepaid_entry_account on prepaid_entry (account_id, payment_id, id);

-- Projection: money that the account has with us, and the entry that filled the purse when it was last empty: what lies
-- before that is not looked at, in whatever months. Beyond all entries while it is empty; nothing once an entry was taken
-- back, for then it was perhaps never empty.
create table prepaid_balance (
    account_id    bigint primary key references account,
    balance       yuan not null check (balance >= 0),
    since_payment bigint not null default 0,
    since_entry   bigint not null default 0
);

call make_append_only('payment');
call make_append_only('payment_key');
call make_append_only('payment_reversal');
call make_append_only('allocation');
call make_append_only('prepaid_entry');
call make_append_only('payment_tender');

-- A payment has an id that was given to it: of the month in which ids stand, or of the one before where its transaction
-- began before that one did. So nothing comes into a month that is over.
create function hold_payment_id() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    last constant bigint := coalesce(pg_sequence_last_value('payment_id'), 0);
begin
    if new.id not between first_id(month_of(new.posted_at)) and last
        or (new.id < last - last % 1000000000
            and now() > to_timestamp(pg_sequence_last_value('month_begun') / 1000000) + interval '1 minute') then
        raise exception 'id_not_given: payment %', new.id using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger hold_payment_id before insert on payment for each row execute function hold_payment_id();

create function begin_payments() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    takes_back boolean;
    -- Named beforehand, so that the months of other payments are not looked into.
    lowest bigint;
    highest bigint;
begin
    select min(id), max(id), bool_or(reverses_id is not null) into lowest, highest, takes_back from entered;
    if lowest is null then
        return null;
    end if;
    insert into payment_key (key, payment_id) select idempotency_key, id from entered;
    if takes_back then
        insert into payment_reversal (payment_id, reversal_id) select reverses_id, id from entered where reverses_id is not null;
    end if;
    -- Sees to it that they are checked at commit, and what comes with them, which comes before.
    insert into unfinished (first_payment, last_payment) values (lowest, highest);
    return null;
end $$;
create trigger begin_payments after insert on payment
    referencing new table as entered for each statement execute function begin_payments();

-- An allocation agrees with its payment and draws on its line; that of a reversal, and no other, gives back. What is open
-- refuses the rest, so no line is drawn on for more than it is. Only what is given back to a line that was paid looks into
-- its month.
create function settle_charges() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    wrong record;
    fit boolean;
    asked bigint;
    settled bigint;
    reopened bigint;
    -- Named beforehand, so that the months of other payments are not looked into.
    lowest bigint;
    highest bigint;
begin
    select min(payment_id), max(payment_id) into lowest, highest from entered;
    with given as materialized (
        select e.charge_line_id, e.charge_id, e.bill_period, e.account_id, e.owner_id, e.fee_item, sum(e.amount) as amount,
            bool_and(coalesce(p.is_ours
                and (p.account_id, p.town_id, p.outlet_id, p.method, p.account_date)
                    = (e.account_id, e.town_id, e.outlet_id, e.method, e.account_date)
                and p.cashier_id is not distinct from e.cashier_id and (p.kind = 'payment') = (e.amount > 0), false)) as fits
        from entered e
        -- Looked up one by one, whatever the planner thinks of a month that is still empty.
        left join lateral (
            select is_new(p.xmin) and exists (
                    select from unfinished u
                    where u.transaction = pg_current_xact_id() and p.id between u.first_payment and u.last_payment) as is_ours,
                p.kind, p.account_id, p.town_id, p.outlet_id, p.method, p.account_date, p.cashier_id
            from payment p where p.id = e.payment_id and p.id between lowest and highest offset 0
        ) p on true
        group by 1, 2, 3, 4, 5, 6
    ), paid as (
        delete from charge_balance b using given g
        where b.charge_line_id = g.charge_line_id and b.open_amount = g.amount and g.fits
            and (b.charge_id, b.bill_period, b.account_id, b.owner_id, b.fee_item)
                = (g.charge_id, g.bill_period, g.account_id, g.owner_id, g.fee_item)
        returning 1
    ), changed as (
        update charge_balance b set open_amount = b.open_amount - g.amount from given g
        where b.charge_line_id = g.charge_line_id and b.open_amount <> g.amount and g.fits
            and (b.charge_id, b.bill_period, b.account_id, b.owner_id, b.fee_item)
                = (g.charge_id, g.bill_period, g.account_id, g.owner_id, g.fee_item)
        returning 1
    )
    select bool_and(fits), count(*), (select count(*) from paid) + (select count(*) from changed)
    into fit, asked, settled from given;
    if not fit then
        select e.payment_id, (p.kind = 'payment') = (e.amount > 0) as goes_its_way,
            is_new(p.xmin) and exists (
                select from unfinished u
                where u.transaction = pg_current_xact_id() and p.id between u.first_payment and u.last_payment) as is_ours
        into wrong
        from entered e left join payment p on p.id = e.payment_id order by is_ours, goes_its_way limit 1;
        if not coalesce(wrong.is_ours, false) then
            raise exception 'entry_not_whole: an allocation does not come with its payment %', wrong.payment_id
                using errcode = 'check_violation';
        elsif not wrong.goes_its_way then
            raise exception 'money_turned: an allocation goes another way than its payment %', wrong.payment_id
                using errcode = 'check_violation';
        end if;
        raise exception 'allocation_not_of_its_payment: account, place, method or day differ from payment %',
            wrong.payment_id using errcode = 'check_violation';
    end if;
    if settled <> asked then
        insert into charge_balance (charge_line_id, charge_id, bill_period, account_id, payer_id, due_date, volume_m3, owner_id,
            fee_item, tier, quantity, unit_price, amount, open_amount)
        select l.id, l.charge_id, l.bill_period, l.account_id, c.payer_id, c.due_date, c.volume_m3, l.owner_id, l.fee_item, l.tier,
            l.quantity, l.unit_price, l.amount, -g.amount
        from (
            select charge_line_id, charge_id, bill_period, account_id, owner_id, fee_item, sum(amount) as amount
            from entered group by 1, 2, 3, 4, 5, 6 having sum(amount) < 0
        ) g
        join charge_line l on l.id = g.charge_line_id and l.bill_period = g.bill_period
            and (l.charge_id, l.account_id, l.owner_id, l.fee_item) = (g.charge_id, g.account_id, g.owner_id, g.fee_item)
        join charge c on c.id = l.charge_id and c.bill_period = l.bill_period
        -- A line that was open before, and still is, was given back above.
        on conflict do nothing;
        get diagnostics reopened = row_count;
        if settled + reopened <> asked then
            select e.charge_line_id, e.charge_id into wrong
            from entered e
            left join charge_line l on l.id = e.charge_line_id and l.bill_period = e.bill_period
            where (l.charge_id, l.account_id, l.owner_id, l.fee_item) is distinct from (e.charge_id, e.account_id, e.owner_id, e.fee_item)
            limit 1;
            if found then
                raise exception 'allocation_not_of_its_line: line % of charge %', wrong.charge_line_id, wrong.charge_id
                    using errcode = 'foreign_key_violation';
            end if;
            raise exception 'charge_paid_at_most_once: % of % lines are open', settled + reopened, asked
                using errcode = 'check_violation', constraint = 'charge_paid_at_most_once';
        end if;
    end if;
    return null;
end $$;
create trigger settle_charges after insert on allocation
    referencing new table as entered for each statement execute function settle_charges();

-- What belongs to a payment, and whether it goes forth, as a payment does, or back.
create type of_payment as (payment_id bigint, account_id bigint, town_id integer, outlet_id integer, account_date date, forth boolean);

-- What belongs to a payment comes with it, before the check at its commit, of the same account, place and day, and goes its
-- way: forth with a payment, back with a reversal. Gives what does not; the ids named beside, so that the months of
-- other payments are not looked into.
create function stray_of_payment(what text, parts of_payment[], lowest bigint, highest bigint) returns text language plpgsql stable
    set search_path = pg_catalog, public, pg_temp as $$
begin
    return (
        select case when p.kind is null then format('entry_not_whole: a %s does not come with its payment %s', what, c.payment_id)
            else format('money_turned: a %s goes another way than its payment %s', what, c.payment_id) end
        from unnest(parts) c
        left join lateral (
            select p.kind from payment p
            where p.id = c.payment_id and p.id between lowest and highest and is_new(p.xmin)
                and (p.account_id, p.town_id, p.outlet_id, p.account_date) = (c.account_id, c.town_id, c.outlet_id, c.account_date)
                and exists (
                    select from unfinished u
                    where u.transaction = pg_current_xact_id() and p.id between u.first_payment and u.last_payment)
            offset 0
        ) p on true
        where ((p.kind = 'payment') = c.forth) is not true
        limit 1);
end $$;

-- Tenders come with their payment. Slips are counted: all that stands on one makes no more than its total, which every
-- user of it gives alike.
create function count_tenders() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    came record;
    stray text;
    slip payment_tender;
    at_hand numeric(14,2);
begin
    select min(payment_id) as lowest, max(payment_id) as highest, bool_or(reference is not null) as has_slips,
        array_agg(row(payment_id, account_id, town_id, outlet_id, account_date, amount > 0)::of_payment) as parts
    into came from entered;
    stray := stray_of_payment('tender', came.parts, came.lowest, came.highest);
    if stray is not null then
        raise exception '%', stray using errcode = 'check_violation';
    elsif came.has_slips is not true then
        return null;
    end if;
    for slip in select * from entered where reference is not null order by method, reference, slip_day, payment_id, no loop
        select standing into at_hand from slip_standing s
        where s.method = slip.method and s.outlet_id = slip.outlet_id and s.reference = slip.reference
            and s.slip_day is not distinct from slip.slip_day
        for update;
        if at_hand + slip.amount = 0 then
            delete from slip_standing s
            where s.method = slip.method and s.outlet_id = slip.outlet_id and s.reference = slip.reference
                and s.slip_day is not distinct from slip.slip_day;
        elsif slip.amount < 0 then
            -- One of several accounts gives its part back; a row of less than nothing would be refused as it comes.
            update slip_standing s set standing = s.standing + slip.amount
            where s.method = slip.method and s.outlet_id = slip.outlet_id and s.reference = slip.reference
                and s.slip_day is not distinct from slip.slip_day;
            if not found then
                raise exception 'slip_total: % does not stand', slip.reference
                    using errcode = 'check_violation', constraint = 'slip_pays_its_total_at_most';
            end if;
        else
            insert into slip_standing as s (method, outlet_id, reference, slip_day, slip_total, standing)
            values (slip.method, slip.outlet_id, slip.reference, slip.slip_day, slip.slip_total, slip.amount)
            on conflict (method, outlet_id, reference, slip_day) do update set standing = s.standing + excluded.standing
            where s.slip_total = excluded.slip_total;
            if not found then
                raise exception 'slip_total: % was booked with another total', slip.reference
                    using errcode = 'check_violation', constraint = 'slip_pays_its_total_at_most';
            end if;
        end if;
    end loop;
    return null;
end $$;
create trigger count_tenders after insert on payment_tender
    referencing new table as entered for each statement execute function count_tenders();

-- Prepaid entries form a chain: each starts where the last one ended, those of one statement in the order of their ids.
create function chain_prepaid() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    came record;
    wrong record;
    stray text;
    chained bigint;
    begun bigint;
begin
    select min(payment_id) as lowest, max(payment_id) as highest, count(distinct account_id) as accounts,
        bool_or(kind = 'offset' and delta > 0) as gives_back, bool_or(kind = 'deposit' and delta > 0) as fills,
        array_agg(row(payment_id, account_id, town_id, outlet_id, account_date, (kind = 'deposit') = (delta > 0))::of_payment) as parts
    into came from entered;
    if came.lowest is null then
        return null;
    end if;
    stray := stray_of_payment('prepaid entry', came.parts, came.lowest, came.highest);
    if stray is not null then
        raise exception '%', stray using errcode = 'check_violation';
    end if;
    -- 过户: what a purse had paid for who left does not come back as the money of who came.
    if came.gives_back then
        select e.account_id into wrong
        from entered e
        cross join lateral (
            select p.reverses_id from payment p where p.id = e.payment_id and p.id between came.lowest and came.highest offset 0
        ) r
        join payment o on o.id = r.reverses_id
        join account a on a.id = e.account_id
        where e.kind = 'offset' and e.delta > 0 and payer_at(a.id, o.posted_at) <> a.payer_id
        limit 1;
        if found then
            raise exception 'purse_passed_on: account % has another payer since', wrong.account_id using errcode = 'check_violation';
        end if;
    end if;
    -- Nor does what a channel brought of who left.
    if came.fills then
        select b.settled_on into wrong
        from entered e
        cross join lateral (
            select p.channel_item_id from payment p where p.id = e.payment_id and p.id between came.lowest and came.highest offset 0
        ) p
        join channel_item i on i.id = p.channel_item_id and i.settled_period = month_of_id(p.channel_item_id)
        join channel_batch b on b.id = i.batch_id
        join account a on a.id = e.account_id
        where e.kind = 'deposit' and e.delta > 0
            and payer_at(a.id, b.settled_on::timestamp at time zone 'Asia/Shanghai') <> a.payer_id
        limit 1;
        if found then
            raise exception 'item_passed_on: %', wrong.settled_on using errcode = 'check_violation';
        end if;
    end if;
    with links as (
        select account_id, payment_id, id, balance_before, balance_after, (kind = 'deposit') <> (delta > 0) as goes_back,
            lag(balance_after) over w as had, lead(id) over w is null as is_last
        from entered window w as (partition by account_id order by id)
    ), chains as (
        select account_id, max(balance_before) filter (where had is null) as first_had, max(balance_after) filter (where is_last) as has,
            case when bool_or(goes_back) then 0 when bool_or(is_last and balance_after = 0) then 9223372036854775807
                else max(payment_id) filter (where balance_before = 0) end as since_payment,
            case when bool_or(goes_back) then 0 when bool_or(is_last and balance_after = 0) then 9223372036854775807
                else max(id) filter (where balance_before = 0) end as since_entry
        from links group by 1 having coalesce(bool_and(had = balance_before), true)
    ), moved as (
        update prepaid_balance b set balance = c.has, since_payment = coalesce(c.since_payment, b.since_payment),
            since_entry = coalesce(c.since_entry, b.since_entry)
        from chains c
        where b.account_id = c.account_id and b.balance = c.first_had
        returning b.account_id
    -- The first deposit of an account; of two at once the other waits here, and finds the first.
    ), begins as (
        insert into prepaid_balance (account_id, balance, since_payment, since_entry)
        select c.account_id, c.has, c.since_payment, c.since_entry from chains c
        where c.first_had = 0 and not exists (select from moved m where m.account_id = c.account_id)
        on conflict do nothing
        returning account_id
    )
    select (select count(*) from moved), (select count(*) from begins) into chained, begun;
    if chained + begun <> came.accounts then
        select e.account_id, e.balance_before into wrong from entered e order by e.id limit 1;
        raise exception 'prepaid_chain: account % has not %', wrong.account_id, wrong.balance_before using errcode = 'check_violation';
    end if;
    return null;
end $$;
create trigger chain_prepaid after insert on prepaid_entry
    referencing new table as entered for each statement execute function chain_prepaid();

-- Invariants 1 and 4, at commit: the sources of a payment are its uses, to the fen: received + prepaid_used =
-- lines + late fees + prepaid_in + change. And a reversal mirrors its original line by line, at the
-- place of the original, with nothing more and nothing less. A purse is of who pays for the account now, and moves for no more
-- than what is settled of that payer's bills. What was handed over makes what was received, and change is given out of cash. No
-- charge is without its lines; a bill takes the readings that make its volume, and a fixed charge is for some month. Readings
-- come by the hundred thousand, under one mark of each person who entered them.
create function check_unfinished() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    us constant xid8 := pg_current_xact_id();
    whole record;
    wrong record;
    paid record;
    pair bigint[];
begin
    select sum(charges) as without_lines, min(first_charge) as first_charge, max(last_charge) as last_charge,
        min(first_payment) as lowest, max(last_payment) as highest, bool_or(readers is not null) as is_read into whole
    from unfinished where transaction = us;
    if whole.without_lines <> 0 then
        raise exception 'entry_not_whole: charges came without lines' using errcode = 'check_violation';
    end if;
    if whole.first_charge is not null then
        select c.id, taken.m3 into wrong
        from charge c
        cross join lateral (
            select sum(t.volume_m3) as m3 from charge_reading t where (t.charge_id, t.bill_period) = (c.id, c.bill_period) and t.service_period = c.service_period
        ) taken
        where c.id between whole.first_charge and whole.last_charge and c.xmin = us::xid
            and case c.kind
                when 'bill' then taken.m3 is distinct from c.volume_m3
                when 'fixed' then not exists (select from charge_month m where (m.charge_id, m.bill_period) = (c.id, c.bill_period))
                else false end
        limit 1;
        if found and wrong.m3 is null then
            raise exception 'charge_takes_nothing: charge % names neither a reading nor a month', wrong.id
                using errcode = 'check_violation';
        elsif found then
            raise exception 'charge_volume: the readings of charge % do not make its volume', wrong.id
                using errcode = 'check_violation';
        end if;
    end if;
    if whole.lowest is not null then
        with seen as (
            select p.id, p.reverses_id, p.cashier_id, p.prepaid_used, p.received + p.prepaid_used as sources,
                used.lines + used.late + p.prepaid_in + p.change_given as uses,
                case when (purse.used, purse.stored) <> (p.prepaid_used, p.prepaid_in) then 'payment_without_prepaid'
                    when p.received + p.prepaid_used <> used.lines + used.late + p.prepaid_in + p.change_given
                        or used.late <> p.late_fee then 'payment_not_used_up'
                    when p.channel_item_id is not null and (p.change_given, tender.ways) = (0, 0) then null
                    when abs(p.change_given) > abs(tender.cash) then 'change_of_cash'
                    when tender.amount <> p.received
                        or p.method is distinct from case tender.ways when 0 then 'prepaid' when 1 then tender.method else 'mixed' end
                        then 'payment_without_tender'
                end as fault
            from payment p
            cross join lateral (
                select coalesce(sum(amount), 0) as lines, coalesce(sum(late_fee), 0) as late
                from allocation where payment_id = p.id and payment_id between whole.lowest and whole.highest
            ) used
            cross join lateral (
                select coalesce(-sum(delta) filter (where kind = 'offset'), 0) as used,
                    coalesce(sum(delta) filter (where kind = 'deposit'), 0) as stored
                from prepaid_entry where payment_id = p.id and payment_id between whole.lowest and whole.highest
            ) purse
            cross join lateral (
                select coalesce(sum(amount), 0) as amount, coalesce(sum(amount) filter (where method = 'cash'), 0) as cash,
                    count(distinct method) as ways, min(method) as method
                from payment_tender where payment_id = p.id and payment_id between whole.lowest and whole.highest
            ) tender
            where p.id between whole.lowest and whole.highest and p.xmin = us::xid
        )
        select (array_agg(s.id) filter (where s.fault is not null))[1] as id,
            (array_agg(s.fault) filter (where s.fault is not null))[1] as fault,
            (array_agg(s.sources) filter (where s.fault is not null))[1] as sources,
            (array_agg(s.uses) filter (where s.fault is not null))[1] as uses,
            bool_or(s.prepaid_used <> 0) as draws,
            array_agg(array[s.id, s.reverses_id]) filter (where s.reverses_id is not null) as mirrors,
            range_agg(int8range(s.id, s.id, '[]')) filter (where s.cashier_id is null) as posted
        into paid from seen s;
        if paid.fault is not null then
            raise exception '%', paid.fault || case paid.fault
                    when 'payment_without_prepaid' then format(': the purse did not move as payment %s says', paid.id)
                    when 'payment_not_used_up' then format(': payment %s of %s is used for %s', paid.id, paid.sources, paid.uses)
                    when 'change_of_cash' then format(': payment %s gives back more than it took in cash', paid.id)
                    else format(': what was handed over does not make payment %s', paid.id) end
                using errcode = 'check_violation';
        end if;
        -- Apart: bills lie in other months than what pays them, and mostly no purse pays.
        if paid.draws then
            select p.id into wrong
            from payment p
            cross join lateral (select a.payer_id from account a where a.id = p.account_id offset 0) holder
            where p.id between whole.lowest and whole.highest and p.xmin = us::xid and p.prepaid_used <> 0
                and abs(p.prepaid_used) > (
                    select coalesce(abs(sum(l.amount + l.late_fee)), 0)
                    from allocation l
                    cross join lateral (
                        select c.payer_id from charge c where c.id = l.charge_id and c.bill_period = l.bill_period offset 0
                    ) c
                    where l.payment_id = p.id and l.payment_id between whole.lowest and whole.highest and c.payer_id = holder.payer_id)
            limit 1;
            if found then
                raise exception 'purse_of_another: what payment % settles is not of the payer of the purse', wrong.id
                    using errcode = 'check_violation';
            end if;
        end if;
        if paid.mirrors is not null then
            foreach pair slice 1 in array paid.mirrors loop
                perform check_mirror(pair[1], pair[2]);
            end loop;
        end if;
        if paid.posted is not null then
            perform require_posting(paid.posted);
        end if;
        perform check_receipts(whole.lowest, whole.highest);
    end if;
    if whole.is_read and session_user = 'weir_app' and exists (
        select from (select distinct unnest(readers) as person from unfinished where transaction = us) r
        where not is_marked(r.person, array['reading.reading.enter', 'reading.reading.correct', 'reading.file.import'])
    ) then
        raise exception 'act_unmarked: readings need the mark of their act' using errcode = 'insufficient_privilege';
    end if;
    delete from unfinished where transaction = us;
    return null;
end $$;
create constraint trigger check_unfinished after insert on unfinished
    deferrable initially deferred for each row execute function check_unfinished();

-- What comes without a till is in no day's close: the mark of whoever posts it names the payments, and their digest.
create function require_posting(posted int8multirange) returns void language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
declare
    -- As in `is_marked`.
    newest constant bigint := first_id(month_of(now())) + coalesce(pg_sequence_last_value('mark_id'), 0);
begin
    if session_user = 'weir_app' and not exists (
        select from (select m.details->'posted'->>'payments' as ids, m.xmin as written_by from operation_log m
                     where m.id between first_id(month_of(now())) and newest order by m.id desc limit 10000) l
        where case when is_new(l.written_by) then l.ids::int8multirange @> posted end
    ) then
        raise exception 'act_unmarked: payments % need the mark of their posting', posted using errcode = 'insufficient_privilege';
    end if;
end $$;

create function check_mirror(mirror bigint, original bigint) returns void language plpgsql
    set search_path = pg_catalog, public, pg_temp as $$
begin
    if not exists (
        select from payment o join payment r on r.id = mirror
        where o.id = original and o.kind = 'payment'
            and (o.account_id, o.town_id, o.outlet_id, o.method) = (r.account_id, r.town_id, r.outlet_id, r.method)
            and o.channel_item_id is not distinct from r.channel_item_id and o.account_date <= r.account_date
            -- Nobody escapes the second person by naming no cashier.
            and (o.cashier_id is null) = (r.cashier_id is null)
            and (o.received, o.change_given, o.net, o.prepaid_used, o.prepaid_in, o.late_fee)
                = (-r.received, -r.change_given, -r.net, -r.prepaid_used, -r.prepaid_in, -r.late_fee)
    ) or exists (
        select from (
            select charge_line_id, bill_period, amount, late_fee from allocation where payment_id = original
        ) o full join (
            select charge_line_id, bill_period, amount, late_fee from allocation where payment_id = mirror
        ) r using (charge_line_id, bill_period)
        where (o.amount, o.late_fee) is distinct from (-r.amount, -r.late_fee)
    ) or exists (
        select from (select * from payment_tender where payment_id = original) o
        full join (select * from payment_tender where payment_id = mirror) r using (no)
        where (o.method, o.reference, o.slip_day, o.slip_total, o.amount)
            is distinct from (r.method, r.reference, r.slip_day, r.slip_total, -r.amount)
    ) then
        raise exception 'reversal_not_a_mirror: payment % does not mirror %', mirror, original using errcode = 'check_violation';
    end if;
end $$;
