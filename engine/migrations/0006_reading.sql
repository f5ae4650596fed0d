-- 抄表. A reading that breaks an alert line waits for a review; readings and reviews are append-only. A rejected one
-- counts for nothing, and the next reading of its month supersedes it. So may one that stands be superseded, while no
-- standing charge has taken it and no later reading began from it.
-- Readings lie by the month that they are read for, with their reviews and with what charges took of them; an id bears
-- its month, so whoever knows one looks into one partition.

-- Readings are numbered through all months; each adds the first id of its month, so numbers that ran out may begin anew.
create sequence reading_id maxvalue 999999999 cycle;
create sequence reading_id_today;

create table reading (
    id             bigint not null,
    bill_period    bill_period not null,
    meter_id       bigint not null,
    account_id     bigint not null,
    town_id        integer not null,
    outlet_id      integer not null,
    -- The use runs from the day of the last effective reading, or of the installation, to the day of this one; its
    -- months are those after `since_period`, the month of either.
    from_date      date not null,
    to_date        date not null,
    since_period   bill_period not null,
    read_at        timestamptz not null,
    start_index    m3 not null check (start_index >= 0),
    end_index      m3 not null check (end_index >= 0),
    consumption_m3 m3 not null check (consumption_m3 >= 0),
    source         reading_source not null,
    -- none, zero, rollover, high, low: what the alert lines said; corrected: one's own entry, put right, waits too.
    flag           reading_flag not null,
    -- Nobody where a meter told it by itself, or a file came without a person.
    entered_by     integer,
    entered_at     timestamptz not null,
    -- The reading of the same month in whose place this one stands.
    supersedes_id  bigint,
    primary key (id, bill_period),
    constraint reading_bears_month check (month_of_id(id) = bill_period),
    -- One plan for each meter and month (invariant 19): a month has one first reading, and each rejected one at most
    -- one successor, so that the last of them alone can stand.
    constraint reading_of_month unique nulls not distinct (meter_id, bill_period, supersedes_id),
    constraint reading_runs_forward check (from_date <= to_date),
    constraint reading_since check (since_period <= bill_period),
    constraint reading_day check (to_date = (read_at at time zone 'Asia/Shanghai')::date),
    -- A month typed wrong would block its meter until that month comes.
    constraint reading_not_ahead check (bill_period <= month_after(month_of(entered_at))),
    -- So would a year typed wrong: a meter is read within half a year of the month that it is read for.
    constraint reading_near_its_month check (abs(months_from(bill_period, month_of(read_at))) <= 6)
) partition by list (bill_period);
create index reading_account on reading (account_id, bill_period);
-- The reviewer's list: few readings of a period cross an alert line.
create index reading_for_review on reading (bill_period, id) where flag in ('rollover', 'high', 'low', 'corrected');

-- Which were superseded, each once; written by the readings themselves. Few are.
create table reading_superseded (
    reading_id bigint primary key,
    by_id      bigint not null unique
);

create table reading_review (
    reading_id  bigint not null,
    -- The month of the reading.
    bill_period bill_period not null,
    decision    review_decision not null,
    reviewed_by integer not null,
    reviewed_at timestamptz not null,
    primary key (reading_id, bill_period),
    constraint review_bears_month check (month_of_id(reading_id) = bill_period)
) partition by list (bill_period);

call make_append_only('reading');
call make_append_only('reading_superseded');
call make_append_only('reading_review');

-- A reading is of a meter and its account, at the place of both, under an id that was given, and a person entered it who exists.
create function check_readings() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    wrong bigint;
begin
    select e.id into wrong from entered e
    where e.id - first_id(e.bill_period) > coalesce(pg_sequence_last_value('reading_id'), 0)
    limit 1;
    if found then
        raise exception 'id_not_given: reading %', wrong using errcode = 'check_violation';
    end if;
    -- Whoever charges the months of a meter waits for its readings.
    perform from meter m where m.id in (select meter_id from entered) order by m.id for key share;
    select e.id into wrong
    from entered e
    left join meter m on m.id = e.meter_id and m.account_id = e.account_id
    left join account a on a.id = m.account_id and (a.town_id, a.outlet_id) = (e.town_id, e.outlet_id)
    where a.id is null
    limit 1;
    if found then
        raise exception 'reading_of_another: reading % is not of its meter, account and place', wrong
            using errcode = 'foreign_key_violation';
    end if;
    select e.entered_by into wrong
    from (select distinct entered_by from entered where entered_by is not null) e
    where not exists (select from app_user u where u.id = e.entered_by)
    limit 1;
    if found then
        raise exception 'reading_by_nobody: there is no person %', wrong using errcode = 'foreign_key_violation';
    end if;
    return null;
end $$;
create trigger check_readings after insert on reading
    referencing new table as entered for each statement execute function check_readings();

-- Invariant 25: whoever entered a reading does not review it. What waits is reviewed; what stands may be rejected while no
-- charge has taken it; and what the next reading began from is not rejected.
create function refuse_own_review() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    reviewed record;
begin
    if new.decision = 'rejected' then
        -- No bill run takes readings of the month meanwhile.
        perform pg_advisory_xact_lock(hashtext('take_readings'), new.bill_period);
    end if;
    select r.entered_by, r.meter_id into reviewed from reading r where r.id = new.reading_id and r.bill_period = new.bill_period;
    if not found or not exists (select from app_user u where u.id = new.reviewed_by) then
        raise exception 'review_of_nothing: there is no reading %, or no person %', new.reading_id, new.reviewed_by
            using errcode = 'foreign_key_violation';
    end if;
    if reviewed.entered_by = new.reviewed_by then
        raise exception 'own_review: % entered reading % and does not review it', new.reviewed_by, new.reading_id
            using errcode = 'check_violation';
    elsif not exists (select from reading_waiting w where w.id = new.reading_id and w.bill_period = new.bill_period)
        and not (new.decision = 'rejected' and exists (
            select from reading_accepted s where s.id = new.reading_id and s.bill_period = new.bill_period)) then
        raise exception 'review_not_waiting: reading % does not wait for a review', new.reading_id using errcode = 'check_violation';
    elsif new.decision = 'rejected' and exists (
        select from charge_reading_standing t where t.reading_id = new.reading_id and t.service_period = new.bill_period
    ) then
        raise exception 'review_too_late: a charge has taken reading %', new.reading_id using errcode = 'check_violation';
    elsif new.decision = 'rejected' and exists (
        select from reading_counting l where l.meter_id = reviewed.meter_id and l.bill_period > new.bill_period
    ) then
        raise exception 'review_too_late: a later reading began from reading %', new.reading_id using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger refuse_own_review before insert on reading_review for each row execute function refuse_own_review();

-- Readings that count: neither rejected nor with another in their place. Those that wait for a review count too: the
-- next one begins where they end.
create view reading_counting as
select r.* from reading r
where not exists (select from reading_superseded s where s.reading_id = r.id)
    and not exists (select from reading_review v
                    where v.reading_id = r.id and v.bill_period = r.bill_period and v.decision = 'rejected');

-- Of those, the ones that a charge may take.
create view reading_accepted as
select r.* from reading r left join reading_review v on v.reading_id = r.id and v.bill_period = r.bill_period
where coalesce(v.decision = 'accepted', r.flag in ('none', 'zero'))
    and not exists (select from reading_superseded s where s.reading_id = r.id);

-- And the ones that a second person has still to look at.
create view reading_waiting as
select r.* from reading r
where r.flag in ('rollover', 'high', 'low', 'corrected')
    and not exists (select from reading_superseded s where s.reading_id = r.id)
    and not exists (select from reading_review v where v.reading_id = r.id and v.bill_period = r.bill_period);
