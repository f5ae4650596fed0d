-- Every number that left the pads on the day: issued, and spoilt.
select receipt_type, code, no as first_no, no as last_no, kind
from receipt
where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
union all
select receipt_type, code, first_no, last_no, 'void' as kind
from receipt_event
where event = 'voided' and cast(at as date) = $day and ($outlet = 0 or outlet_id = $outlet)
order by receipt_type desc, code, first_no
