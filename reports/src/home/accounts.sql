select a.accounts, o.owing
from (select count(*) as accounts from account where status = 'open') a
cross join (
    -- Accounts whose charges are not wholly settled.
    select count(*) as owing
    from (
        select account_id
        from (
            select account_id, total as amount from charge
            union all
            select account_id, -amount as amount from allocation
        ) moved
        group by account_id
        having sum(amount) > 0
    ) owed
) o
