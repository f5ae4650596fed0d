-- What each cashier has to hand in, by where it came from: a payment in several ways counts with each of its parts, and cash
-- less the change.
select coalesce(u.cashier_name, '工号 ' || cast(m.cashier_id as varchar)) as cashier, m.cash, m.pos, m.cheque
from (
    select p.cashier_id, sum(t.cash - p.change_given) as cash, sum(t.pos) as pos, sum(t.cheque) as cheque
    from payment p
    join (
        select payment_id,
            sum(case when method = 'cash' then amount else 0 end) as cash,
            sum(case when method = 'pos' then amount else 0 end) as pos,
            sum(case when method = 'cheque' then amount else 0 end) as cheque
        from payment_tender
        where account_date = $day and ($outlet = 0 or outlet_id = $outlet)
        group by payment_id
    ) t on t.payment_id = p.id
    where p.account_date = $day and ($outlet = 0 or p.outlet_id = $outlet)
    group by p.cashier_id
) m
left join cashier u on u.cashier_id = m.cashier_id
order by m.cashier_id
