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
    v.base_persons,
    v.levy_ratio,
    v.fixed_charge,
    v.minimum_charge,
    v.doc_no,
    v.status
from tariff_version v
join tariff_tier t on t.version_id = v.id
where v.approved_at is not null and v.replaced_at is null
