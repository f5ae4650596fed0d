-- The entries of each closed month of an organisation, each as the month's digest reads it, in order.
select c.id as close_id, c.digest, e.entry
from month_close c
left join (
    select 'pay' as kind, outlet_id, pay_period as period, id,
        concat_ws(' ', cast(id as varchar), cast(account_id as varchar), method, cast(account_date as varchar),
            cast(net as varchar), cast(late_fee as varchar), cast(reverses_id as varchar)) as entry
    from payment
    union all
    select 'receipt' as kind, outlet_id, receipt_period as period, id,
        concat_ws(' ', cast(id as varchar), receipt_type, medium, code, cast(paper_no as varchar), cast(amount as varchar)) as entry
    from (
        select r.id, r.outlet_id, r.receipt_period, r.receipt_type, r.medium, n.code, n.paper_no, r.amount
        from receipt r left join receipt_number n on n.receipt_id = r.id and n.paper_no is not null
    ) numbered
    union all
    select 'bill' as kind, outlet_id, bill_period as period, id,
        concat_ws(' ', cast(id as varchar), cast(account_id as varchar), cast(payer_id as varchar),
            cast(due_date as varchar), cast(total as varchar)) as entry
    from charge
    union all
    select 'read' as kind, outlet_id, bill_period as period, id,
        concat_ws(' ', cast(id as varchar), cast(meter_id as varchar), cast(end_index as varchar)) as entry
    from reading
) e on e.kind = c.kind and e.outlet_id = c.organisation_id and e.period = c.period
order by c.id, e.id
