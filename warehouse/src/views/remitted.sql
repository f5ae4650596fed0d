select id as remittance_id, town_id, owner_id, fee_item, pay_period, remitted_on, voucher_no, amount, recorded_by
from remittance
