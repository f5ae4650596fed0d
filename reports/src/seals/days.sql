-- The payments of each closed day of a cashier at an outlet, each as the day's digest reads it, in order; then its paper.
select close_id, digest, entry
from (
    select c.id as close_id, c.digest, 1 as part, p.id as no, '' as fate, '' as receipt_type, '' as code,
        case when p.id is not null then concat_ws(' ', cast(p.id as varchar), cast(p.account_id as varchar), p.method,
            cast(cast(coalesce(a.water, 0) as decimal(18, 2)) as varchar), cast(cast(coalesce(a.sewage, 0) as decimal(18, 2)) as varchar),
            cast(cast(coalesce(a.garbage, 0) as decimal(18, 2)) as varchar), cast(cast(coalesce(a.overquota, 0) as decimal(18, 2)) as varchar),
            cast(p.late_fee as varchar), cast(p.prepaid_in as varchar), cast(p.prepaid_used as varchar), cast(p.net as varchar),
            cast(cast(coalesce(t.cash, 0) - p.change_given as decimal(18, 2)) as varchar),
            cast(cast(coalesce(t.pos, 0) as decimal(18, 2)) as varchar), cast(cast(coalesce(t.cheque, 0) as decimal(18, 2)) as varchar)) end as entry
    from cashier_close c
    left join payment p on p.cashier_id = c.cashier_id and p.outlet_id = c.outlet_id and p.account_date = c.business_day
    left join (
        select payment_id,
            sum(case when fee_item = 'water' then amount else 0 end) as water,
            sum(case when fee_item = 'sewage' then amount else 0 end) as sewage,
            sum(case when fee_item = 'garbage' then amount else 0 end) as garbage,
            sum(case when fee_item = 'overquota' then amount else 0 end) as overquota
        from allocation group by payment_id
    ) a on a.payment_id = p.id
    left join (
        select payment_id,
            sum(case when method = 'cash' then amount else 0 end) as cash,
            sum(case when method = 'pos' then amount else 0 end) as pos,
            sum(case when method = 'cheque' then amount else 0 end) as cheque
        from payment_tender group by payment_id
    ) t on t.payment_id = p.id
    union all
    select c.id as close_id, c.digest, 2 as part, k.first_no as no, k.fate, k.receipt_type, k.code,
        concat_ws(' ', k.fate, k.receipt_type, k.code, cast(k.first_no as varchar), cast(k.last_no as varchar)) as entry
    from cashier_close c
    join close_paper k on k.close_id = c.id
    where k.fate <> 'left'
) told
order by close_id, part, fate, receipt_type, code, no
