-- As the paper says that was handed over: who paid for the account at that moment, and what they were called then. Changes
-- hold from their approval on, and what stood before the first of them has none.
select
    p.id as payment_id,
    p.account_id,
    p.town_id,
    p.outlet_id,
    p.account_date,
    coalesce(c.name, y.name, a.payer_name) as payer_name
from payment p
left join whole.account a on a.id = p.account_id
left join (
    select account_id, payer_id, since,
        lead(since) over (partition by account_id order by since nulls first, id) as ended
    from (
        select v.id, v.account_id, v.payer_id, d.approved_at as since
        from whole.account_version v
        left join whole.account_approval d on d.version_id = v.id and d.decision = 'approved'
        where v.submitted_by is null or d.version_id is not null
    ) approved
) h on h.account_id = p.account_id
    and (h.since is null or h.since <= p.posted_at) and (h.ended is null or h.ended > p.posted_at)
left join whole.payer y on y.id = coalesce(h.payer_id, a.payer_id)
left join (
    select payer_id, name, since,
        lead(since) over (partition by payer_id order by since nulls first, id) as ended
    from (
        select v.id, v.payer_id, v.name,
            case when v.submitted_by is null then null when v.waits then d.approved_at else v.recorded_at end as since
        from whole.payer_version v
        left join whole.payer_approval d on d.version_id = v.id and d.decision = 'approved'
        where v.submitted_by is null or not v.waits or d.version_id is not null
    ) held
) c on c.payer_id = coalesce(h.payer_id, a.payer_id)
    and (c.since is null or c.since <= p.posted_at) and (c.ended is null or c.ended > p.posted_at)
