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
    c.use_class,
    l.fee_item,
    l.tier,
    l.amount as billed,
    coalesce(s.settled, 0.00) as settled,
    l.amount - coalesce(s.settled, 0.00) as open_amount
from charge_line l
join charge c on c.id = l.charge_id and c.bill_period = l.bill_period
left join (
    select charge_line_id, bill_period, cast(sum(amount) as decimal(18, 2)) as settled
    from whole.allocation
    group by charge_line_id, bill_period
) s on s.charge_line_id = l.id and s.bill_period = l.bill_period
where l.amount <> coalesce(s.settled, 0.00)
    and c.kind <> 'reversal'
    and not exists (select 1 from charge r where r.reverses_id = c.id)
