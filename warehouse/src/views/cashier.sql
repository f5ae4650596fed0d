select id as cashier_id, name as cashier_name, outlet_id
from whole.app_user
where role = 'clerk'
