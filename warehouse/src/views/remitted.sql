select
    id as remittance_id,
    town_id,
    fee_item,
    case fee_item when 'water' then '水费' when 'sewage' then '污水处理费' when 'garbage' then '垃圾处理费'
        when 'overquota' then '累计加价' end as fee_item_name,
    pay_period,
    remitted_on,
    voucher_no,
    amount,
    recorded_by
from remittance
