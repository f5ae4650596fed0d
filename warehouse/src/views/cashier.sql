-- Whoever is a cashier, was one, or stood in for one: what they took stays under their name.
select id as cashier_id, name as cashier_name, outlet_id
from whole.app_user
where id in (
    select user_id from whole.person_version where role in ('clerk', 'sanitation_clerk')
    union all
    select user_id from whole.stand_in where role in ('clerk', 'sanitation_clerk'))
