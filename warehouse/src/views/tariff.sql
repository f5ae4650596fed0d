select
    v.id as tariff_version_id,
    t.tier,
    v.fee_item,
    v.class,
    v.town_id,
    v.supplier_id,
    v.valid_from,
    v.valid_to,
    v.basis,
    t.upto,
    t.unit_price,
    t.add_per_person,
    t.quota_share,
    t.price_factor,
    v.base_persons,
    v.levy_ratio,
    v.fixed_charge,
    v.minimum_charge,
    v.doc_no,
    v.status
from tariff_version v
join (
    select version_id, tier, upto, unit_price, add_per_person,
        cast(null as decimal(18, 3)) as quota_share, cast(null as decimal(18, 4)) as price_factor
    from tariff_tier
    union all
    select version_id, tier, cast(null as decimal(18, 3)), cast(null as decimal(18, 4)), cast(null as decimal(18, 3)),
        quota_share, price_factor
    from surcharge_step
) t on t.version_id = v.id
where v.approved_at is not null and v.replaced_at is null
