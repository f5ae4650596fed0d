-- Every number that left the pads on the day: issued, and spoilt; and what the cashiers had left at their closes.
select r.receipt_type, n.code, n.paper_no as first_no, n.paper_no as last_no, r.kind
from receipt r
join receipt_number n on n.receipt_id = r.id
where n.paper_no is not null and r.account_date = $day and ($outlet = 0 or r.outlet_id = $outlet)
union all
select receipt_type, code, first_no, last_no, 'void' as kind
from receipt_event
where event = 'voided' and business_day = $day and ($outlet = 0 or outlet_id = $outlet)
union all
select k.receipt_type, k.code, k.first_no, k.last_no, 'left' as kind
from close_paper k
join cashier_close c on c.id = k.close_id
where k.fate = 'left' and c.business_day = $day and ($outlet = 0 or k.outlet_id = $outlet)
order by receipt_type desc, code, first_no
