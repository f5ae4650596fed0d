-- As the paper says that was handed over: whose bills were settled, of several their names, or who paid for the account at
-- that moment where no bill was; and what they were called then. Changes hold from their approval on, and what stood before
-- the first of them has none.
with whose as (
    select account_id, payer_id, since,
        lead(since) over (partition by account_id order by since nulls first, id) as ended
    from (
        select v.id, v.account_id, v.payer_id, d.approved_at as since
        from whole.account_version v
        left join whole.account_approval d on d.version_id = v.id and d.decision = 'approved'
        where v.submitted_by is null or d.version_id is not null
    ) approved
), called as (
    select payer_id, name, since,
        lead(since) over (partition by payer_id order by since nulls first, id) as ended
    from (
        select v.id, v.payer_id, v.name,
            case when v.submitted_by is null then null when v.waits then d.approved_at else v.recorded_at end as since
        from whole.payer_version v
        left join whole.payer_approval d on d.version_id = v.id and d.decision = 'approved'
        where v.submitted_by is null or not v.waits or d.version_id is not null
    ) held
), settled as (
    -- The bills are asked only of accounts that passed to another.
    select l.payment_id, l.account_date, b.payer_id, p.posted_at
    from (select account_id from whose group by account_id having min(payer_id) <> max(payer_id)) several
    join whole.allocation l on l.account_id = several.account_id
    join payment p on p.id = l.payment_id and p.account_date = l.account_date
    join whole.charge b on b.id = l.charge_id and b.bill_period = l.bill_period
    group by l.payment_id, l.account_date, b.payer_id, p.posted_at
), billed as (
    select s.payment_id, s.account_date, array_to_string(array_agg(coalesce(c.name, y.name) order by s.payer_id), '、') as names
    from settled s
    left join whole.payer y on y.id = s.payer_id
    left join called c on c.payer_id = s.payer_id
        and (c.since is null or c.since <= s.posted_at) and (c.ended is null or c.ended > s.posted_at)
    group by s.payment_id, s.account_date
)
select
    p.id as payment_id,
    p.account_id,
    a.no as account_no,
    p.town_id,
    p.outlet_id,
    p.account_date,
    cast(coalesce(b.names, c.name, y.name, a.payer_name) as varchar) as payer_name
from payment p
left join whole.account a on a.id = p.account_id
left join whose h on h.account_id = p.account_id
    and (h.since is null or h.since <= p.posted_at) and (h.ended is null or h.ended > p.posted_at)
left join whole.payer y on y.id = coalesce(h.payer_id, a.payer_id)
left join called c on c.payer_id = coalesce(h.payer_id, a.payer_id)
    and (c.since is null or c.since <= p.posted_at) and (c.ended is null or c.ended > p.posted_at)
left join billed b on b.payment_id = p.id and b.account_date = p.account_date
