-- Who may do what; people, their pass words, their sessions, and what they did.

-- 权限: every act has one name, `module.entity.action`. A test compares the list with the one in Rust.
create table permission (
    name text primary key check (length(name) <= 60 and name ~ '^[a-z]+\.[a-z]+\.[a-z]+$')
);
insert into permission (name) values
    ('access.session.open'), ('access.session.fail'), ('access.session.suspend'), ('access.session.close'),
    ('access.user.read'), ('access.user.add'), ('access.user.disable'), ('access.user.enable'),
    ('access.user.password'), ('access.password.renew'), ('access.user.role'), ('access.user.rename'), ('access.user.standin'), ('access.role.read'), ('access.mark.read'),
    ('register.person.read'), ('counter.account.read'), ('counter.payment.collect'), ('counter.payment.reverse'), ('counter.reversal.request'), ('counter.reversal.approve'),
    ('closing.day.close'), ('closing.day.substitute'), ('receipts.segment.receive'), ('receipts.segment.lease'), ('receipts.segment.return'), ('receipts.number.void'),
    ('reading.reading.enter'), ('reading.reading.correct'), ('reading.file.import'), ('reading.reading.review'),
    ('register.account.read'), ('register.account.change'), ('register.account.approve'), ('register.payer.correct'),
    ('register.payer.approve'), ('register.point.correct'), ('register.meter.correct'), ('register.reference.load'),
    ('register.book.open'), ('register.account.open'), ('tariff.version.set'),
    ('tariff.order.submit'), ('tariff.order.decide'), ('tariff.order.read'),
    ('billing.run.begin'), ('billing.charge.read'), ('billing.reversal.request'), ('billing.reversal.approve'), ('channels.channel.add'), ('channels.file.receive'), ('channels.item.post'),
    ('channels.item.return'), ('channels.item.request'), ('channels.item.approve'), ('channels.payment.reverse'), ('channels.batch.post'), ('prepaid.balance.offset'),
    ('channels.hold.place'), ('channels.hold.release'), ('outbox.message.revive'), ('outbox.message.deliver'), ('closing.month.close'), ('remittance.voucher.record'),
    ('remittance.voucher.reverse'), ('remittance.voucher.read'),
    ('counter.payment.read'), ('closing.month.read'), ('channels.item.read'),
    ('home.figures.read'), ('extract.statement.run'), ('extract.job.order'), ('extract.job.cancel'),
    ('extract.file.fetch'), ('reports.report.read'), ('reports.report.issue'), ('reports.file.fetch'),
    ('ops.status.read');

-- 角色: what somebody does here. Who has a role that works at an outlet sees that outlet's rows; everybody else those
-- of a town, or of the whole city where no town is set, and of the fees of the agency where the role has some.
create table role (
    code      user_role primary key,
    place     integer not null unique,
    name      text not null unique check (length(name) <= 40),
    at_outlet boolean not null,
    fees      text[] check (fees <@ array['water', 'sewage', 'garbage', 'overquota'] and cardinality(fees) > 0)
);

-- What a role may do. Changed by the owner of the database alone: nobody widens what they may do themselves.
create table role_permission (
    role       user_role references role,
    permission text references permission,
    primary key (role, permission)
);

-- The roles of the trade. Duties are parted (三员分立): who enters people sees and moves no money, who reads the
-- marks does nothing else, and who keeps the machines sees neither people nor money.
create procedure ship_role(code text, name text, at_outlet boolean, fees text[], permissions text)
    language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    insert into role values (code, (select count(*) + 1 from role), name, at_outlet, fees);
    insert into role_permission
        select code, p from unnest(string_to_array('access.session.open access.session.close access.password.renew ' || permissions, ' ')) p;
end $$;
call ship_role('clerk', '收费员', true, null,
    'register.person.read register.account.read register.payer.correct register.point.correct counter.account.read counter.payment.read '
    'counter.payment.collect counter.payment.reverse counter.reversal.request closing.day.close '
    'receipts.number.void reports.report.read reports.report.issue reports.file.fetch');
call ship_role('meter_reader', '抄表员', true, null,
    'register.person.read reading.reading.enter reading.reading.correct reading.file.import');
call ship_role('reading_reviewer', '抄表审核员', true, null, 'register.person.read reading.reading.correct reading.reading.review');
call ship_role('outlet_finance', '网点财务', true, null,
    'register.person.read counter.payment.read counter.reversal.approve closing.month.read closing.day.substitute receipts.segment.receive receipts.segment.lease receipts.segment.return reports.report.read reports.report.issue reports.file.fetch');
call ship_role('group_administrator', '水务集团管理员', false, null,
    'register.person.read register.account.read register.account.change register.account.approve register.payer.correct '
    'register.payer.approve register.point.correct register.meter.correct counter.reversal.approve closing.day.substitute register.book.open '
    'register.account.open tariff.order.submit tariff.order.decide tariff.order.read receipts.segment.receive receipts.segment.lease receipts.segment.return billing.run.begin '
    'billing.charge.read billing.reversal.request billing.reversal.approve prepaid.balance.offset channels.channel.add channels.file.receive '
    'counter.payment.read closing.month.read channels.item.read channels.hold.place channels.hold.release closing.month.close channels.item.post channels.item.return channels.item.request channels.item.approve channels.payment.reverse channels.batch.post home.figures.read '
    'reports.report.read reports.report.issue reports.file.fetch');
call ship_role('task_force', '专项小组', false, null,
    'home.figures.read reports.report.read reports.report.issue reports.file.fetch '
    'extract.statement.run extract.job.order extract.job.cancel extract.file.fetch');
call ship_role('sanitation_clerk', '环卫所收费员', true, null,
    'register.person.read register.account.read register.payer.correct register.point.correct counter.account.read counter.payment.read '
    'counter.payment.collect counter.payment.reverse counter.reversal.request closing.day.close '
    'receipts.number.void reports.report.read reports.report.issue reports.file.fetch');
call ship_role('finance', '财政', false, null,
    'remittance.voucher.read remittance.voucher.record remittance.voucher.reverse home.figures.read reports.report.read reports.report.issue reports.file.fetch');
call ship_role('ecology', '生态环境分局', false, '{sewage}',
    'extract.statement.run extract.job.order extract.job.cancel extract.file.fetch');
call ship_role('ecology_center', '环保产业促进中心', false, '{sewage}',
    'extract.statement.run extract.job.order extract.job.cancel extract.file.fetch');
call ship_role('ecology_resident', '驻点人员', false, '{sewage}', 'extract.statement.run');
call ship_role('garbage_office', '城管（公用事业）', false, '{garbage}',
    'extract.statement.run extract.job.order extract.job.cancel extract.file.fetch');
call ship_role('data_sharing', '政数局', false, null,
    'extract.statement.run extract.job.order extract.job.cancel extract.file.fetch');
call ship_role('leader', '领导', false, null,
    'home.figures.read reports.report.read reports.report.issue reports.file.fetch');
call ship_role('analyst', '分析员', false, null,
    'home.figures.read reports.report.read reports.report.issue reports.file.fetch '
    'extract.statement.run extract.job.order extract.job.cancel extract.file.fetch');
call ship_role('support', '运维', false, null, 'ops.status.read outbox.message.revive');
call ship_role('administrator', '系统管理员', false, null,
    'access.user.read access.user.add access.user.disable access.user.enable access.user.password access.user.role '
    'access.user.rename access.user.standin '
    'access.role.read ops.status.read');
call ship_role('auditor', '审计员', false, null, 'access.mark.read access.role.read');
drop procedure ship_role;

-- 用户. Captured: the names of cashiers stand in reports.
create table app_user (
    id        integer generated by default as identity primary key,
    login     text not null unique check (login ~ '^[a-z0-9._-]{2,40}$'),
    name      text not null check (length(btrim(name)) > 0 and length(name) <= 40 and is_a_line(name)),
    role      user_role not null references role,
    outlet_id integer references organisation,
    town_id   integer references town,
    active    boolean not null default true
);
create index app_user_outlet on app_user (outlet_id);

create function check_place() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if new.outlet_id is null and (select r.at_outlet from role r where r.code = new.role) then
        raise exception 'a % works at an outlet', new.role using errcode = 'check_violation', constraint = 'app_user_outlet';
    end if;
    if new.outlet_id is not null and (select o.kind from organisation o where o.id = new.outlet_id) not in
        ('water_branch', 'waterworks', 'sanitation_station') then
        raise exception 'organisation % is no outlet', new.outlet_id using errcode = 'check_violation', constraint = 'app_user_at_outlet';
    end if;
    return new;
end $$;
create trigger check_place before insert or update of role, outlet_id on app_user
    for each row execute function check_place();

-- 顶岗: somebody does another's work from one moment to another, in place of the own, and not beside it: so nobody holds
-- two duties at once that are parted. It ends by itself; whoever keeps people may end it before.
create table stand_in (
    id          bigint generated by default as identity primary key,
    user_id     integer not null references app_user,
    role        user_role not null references role,
    outlet_id   integer references organisation,
    town_id     integer references town,
    from_at     timestamptz not null,
    until_at    timestamptz not null,
    reason      text not null check (length(btrim(reason)) > 0 and length(reason) <= 200),
    -- Nobody where it was whoever keeps the machine.
    given_by    integer references app_user,
    recorded_at timestamptz not null,
    constraint stand_in_span check (until_at > from_at and until_at <= from_at + interval '92 days'),
    -- Nobody has stood in before it was said: from the beginning of that day at the earliest.
    constraint stand_in_not_past check (until_at > recorded_at and from_at >= date_trunc('day', recorded_at, 'Asia/Shanghai')),
    -- 三员分立: who keeps people and who reads the marks stand in for nobody, and nobody for them.
    constraint stand_in_parted check (role not in ('administrator', 'auditor'))
);
create index stand_in_person on stand_in (user_id, until_at);
create table stand_in_end (
    stand_in_id bigint primary key references stand_in,
    ended_by    integer references app_user,
    ended_at    timestamptz not null
);
create trigger check_place before insert on stand_in for each row execute function check_place();

create function check_stand_in() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    -- One at a time is looked at, so that no two overlap.
    if (select u.role in ('administrator', 'auditor') from app_user u where u.id = new.user_id for no key update) then
        raise exception 'stand_in_parted: person % stands in for nobody', new.user_id using errcode = 'check_violation';
    elsif exists (
        select from stand_in s where s.user_id = new.user_id and s.id <> new.id and s.from_at < new.until_at and new.from_at < s.until_at
            and not exists (select from stand_in_end e where e.stand_in_id = s.id)
    ) then
        raise exception 'stand_in_twice: person % stands in already', new.user_id using errcode = 'check_violation';
    end if;
    return null;
end $$;
create trigger check_stand_in after insert on stand_in for each row execute function check_stand_in();

-- Who stands in now, by the clock of the database.
create view standing_in as
select s.* from stand_in s
where s.from_at <= now() and s.until_at > now() and not exists (select from stand_in_end e where e.stand_in_id = s.id);

-- People with all that decides what they may do and see.
create view person as
select u.id, u.login, u.name, d.role::text, d.outlet_id, o.name as outlet_name, d.town_id, t.short_name as town_name,
    u.active, r.at_outlet, r.fees, array(select p.permission from role_permission p where p.role = d.role) as rights,
    s.until_at as stands_in_until
from app_user u
left join standing_in s on s.user_id = u.id
cross join lateral (
    select case when s.id is null then u.role else s.role end as role,
        case when s.id is null then u.outlet_id else s.outlet_id end as outlet_id,
        case when s.id is null then u.town_id else s.town_id end as town_id) d
join role r on r.code = d.role
left join organisation o on o.id = d.outlet_id left join town t on t.id = d.town_id;

-- True where a person works for this place: the outlet, or the town, or the whole city.
create function works_for(person_id integer, town integer, outlet integer) returns boolean language sql stable
    set search_path = pg_catalog, public, pg_temp as $$
    select exists (select from person a where a.id = person_id
        and case when a.at_outlet then a.outlet_id = outlet else coalesce(a.town_id, town) = town end)
$$;

-- Never captured. The mark of the act that set it, at that moment, keeps a digest of whose it is and what.
create table credential (
    user_id       integer primary key references app_user,
    password_hash text not null,
    set_at        timestamptz not null default now()
);

-- Tries to log in that were not right, by address and login, by address, and by login: `who` says which. Whoever is
-- refused for them leaves one mark in that time: `told`.
create table login_attempt (
    who      text primary key,
    since    timestamptz not null,
    attempts integer not null,
    told     boolean not null default false
);

-- Where a person has logged in before: strangers who guess elsewhere do not lock them out here.
create table login_place (
    user_id integer not null references app_user,
    address text not null,
    last_at timestamptz not null,
    primary key (user_id, address)
);

-- A session ends at `expires_at`, which each use moves, and at the latest twelve hours after it was opened.
create table session (
    token_hash bytea primary key,
    user_id    integer not null references app_user,
    csrf       text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null
);
create index session_expiry on session (expires_at);

create index session_person on session (user_id);

-- 操作日志, append-only. Each person's marks are a chain: a mark holds the digest of the one before it, and its own.
-- A chain for each person, because a person's work is one after the other anyway, so no till waits for another.
-- Marks lie by the month of the database's clock in which they were left; an id bears it, and their trigger gives it. Their
-- moment is that of the act. Since an id bears its month, numbers that ran out may begin anew.
create sequence mark_id maxvalue 999999999 cycle;
create table operation_log (
    id      bigint primary key default first_id(month_of(now())),
    chain   integer not null,
    no      bigint not null,
    user_id integer references app_user,
    door    text not null check (door in ('page', 'command'))
            default case current_setting('weir.door', true) when 'page' then 'page' else 'command' end,
    action  text not null,
    subject text not null check (length(subject) <= 200),
    details jsonb not null,
    at      timestamptz not null,
    before  bytea not null,
    digest  bytea not null
) partition by range (id);
create index operation_log_time on operation_log (at, id);
create index operation_log_person on operation_log (user_id, id);
-- Whoever proves a chain looks for the mark before the first of a month, and for the last of all.
create index operation_log_chain on operation_log (chain, no);
-- Few marks keep digests of what was written: whoever looks for what no mark tells of reads those of all months.
create index operation_log_wrote on operation_log (id) where details ? 'wrote';

-- How long each chain is, and its last digest; chain 0 is that of acts by nobody known. Written by the trigger alone,
-- under the lock of its row: so each number of a chain is given once, whatever month its mark lies in.
create table operation_chain (
    chain  integer primary key,
    marks  bigint not null,
    digest bytea not null
) with (fillfactor = 50);

create function mark_digest(mark operation_log) returns bytea language plpgsql stable
    set search_path = pg_catalog, public, pg_temp as $$
begin
    return sha256(mark.before || convert_to(jsonb_build_array(mark.chain, mark.no, mark.user_id, mark.door, mark.action,
        mark.subject, mark.details, extract(epoch from mark.at))::text, 'UTF8'));
end $$;

-- No mark without the right to its act: every use case asks by leaving its mark, in the transaction of the act.
-- Acts without a person are those of whoever keeps the machine; nobody gives them a name that does not exist.
-- It keeps its plan, as one in SQL does not: each payment asks it.
create function may(person integer, act text) returns boolean language plpgsql stable
    set search_path = pg_catalog, public, pg_temp as $$
begin
    if person is null then
        return exists (select from permission p where p.name = act);
    end if;
    return exists (
        select from app_user u
        join role_permission p on p.permission = act
            and p.role = coalesce((select s.role from standing_in s where s.user_id = u.id), u.role)
        where u.id = person and u.active);
end $$;

create function chain_mark() returns trigger language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if not may(new.user_id, new.action) then
        raise exception 'user % has no right to %', new.user_id, new.action
            using errcode = 'insufficient_privilege', constraint = 'operation_log_may';
    end if;
    perform hold_moment(new.at);
    new.chain := coalesce(new.user_id, 0);
    select c.marks + 1, c.digest into new.no, new.before from operation_chain c where c.chain = new.chain for update;
    if not found then
        insert into operation_chain values (new.chain, 0, '') on conflict do nothing;
        select c.marks + 1, c.digest into new.no, new.before from operation_chain c where c.chain = new.chain for update;
    end if;
    -- Nobody numbers a mark, as nobody numbers a payment: one under a number to come would stand in the way of another's.
    new.id := first_id(month_of(now())) + nextval('mark_id');
    new.digest := mark_digest(new);
    update operation_chain c set marks = new.no, digest = new.digest where c.chain = new.chain;
    return new;
end $$;
create trigger chain_mark before insert on operation_log for each row execute function chain_mark();

-- 导出任务: an extraction that is being written to a file.
create table export_job (
    id           bigint generated by default as identity primary key,
    user_id      integer not null references app_user,
    statement    text not null,
    purpose      text not null check (length(purpose) <= 200),
    format       export_format not null,
    state        job_state not null,
    rows         bigint not null default 0,
    bytes        bigint not null default 0,
    sha256       text,
    snapshot_seq bigint,
    -- The reader whom the file shows what it shows: towns, outlets, fees, masks and role of that moment.
    made_for     jsonb,
    message      text,
    created_at   timestamptz not null,
    finished_at  timestamptz,
    -- Which process writes it, and when it last said so, by this database's clock: one that is silent for a minute is dead.
    worker       text check (length(worker) <= 100),
    beat_at      timestamptz,
    constraint running_by_somebody check (state <> 'running' or num_nulls(worker, beat_at) = 0),
    constraint done_for_somebody check (state <> 'done' or made_for is not null)
);
create index export_job_user on export_job (user_id, id desc);
