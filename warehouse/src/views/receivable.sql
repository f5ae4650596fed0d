select
    l.id as charge_line_id,
    l.charge_id,
    l.account_id,
    l.town_id,
    l.outlet_id,
    l.owner_id,
    l.bill_period,
    c.service_period,
    c.bill_date,
    c.due_date,
    c.kind,
    c.use_class,
    l.fee_item,
    l.tier,
    l.quantity,
    l.unit_price,
    l.amount,
    l.tariff_version_id
from charge_line l
join charge c on c.id = l.charge_id and c.bill_period = l.bill_period
