-- Every number that left the pads on the day: issued, and spoilt.
select r.receipt_type, n.code, n.paper_no as first_no, n.paper_no as last_no, r.kind
from receipt r
join receipt_number n on n.receipt_id = r.id
where n.paper_no is not null and r.account_date = $day and ($outlet = 0 or r.outlet_id = $outlet)
union all
select receipt_type, code, first_no, last_no, 'void' as kind
from receipt_event
where event = 'voided' and cast(at as date) = $day and ($outlet = 0 or outlet_id = $outlet)
order by receipt_type desc, code, first_no
