-- A rejected reading is no water, and nor is one that another took the place of. Reviews and later readings are asked of
-- all rows: what a person sees of a reading does not depend on what they see beside it.
select
    r.id as reading_id,
    r.bill_period,
    r.meter_id,
    r.account_id,
    r.town_id,
    r.outlet_id,
    r.from_date,
    r.to_date,
    r.since_period,
    r.read_at,
    r.start_index,
    r.end_index,
    r.consumption_m3,
    r.source,
    r.flag,
    r.entered_by,
    v.reviewed_by
from reading r
left join whole.reading_review v on v.reading_id = r.id and v.bill_period = r.bill_period
where (v.decision = 'accepted' or (v.decision is null and r.flag in ('none', 'zero')))
    and not exists (
        select 1 from whole.reading s where s.supersedes_id = r.id and s.bill_period = r.bill_period
    )
