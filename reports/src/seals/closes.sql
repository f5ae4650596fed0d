-- Every close by its chain, in order: the seal of the one before it, its own, and what that is over.
select name, chain, place, close_id, before_it, seal, sealed
from (
    select '日结' as name, cast(outlet_id as varchar) as chain, "no" as place, id as close_id, "before" as before_it, seal,
        concat_ws(' ', "before", cast("no" as varchar), cast(id as varchar), cast(cashier_id as varchar),
            cast(outlet_id as varchar), cast(business_day as varchar), cast(closed_by as varchar), digest) as sealed
    from cashier_close
    union all
    select '月结' as name, concat_ws(' ', cast(organisation_id as varchar), kind) as chain, period as place, id as close_id,
        "before" as before_it, seal,
        concat_ws(' ', "before", cast(id as varchar), cast(organisation_id as varchar), kind, cast(period as varchar),
            cast(entries as varchar), cast(amount as varchar), cast(closed_by as varchar), digest) as sealed
    from month_close
) closes
order by name, chain, place
