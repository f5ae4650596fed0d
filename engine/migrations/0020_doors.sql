-- What the doors need beyond the rights of the ledger: tries to log in are counted and forgotten, people change their
-- role and place, and `weir check` follows the chains of the operation log. Chains are written by their trigger.

grant insert, update, delete on login_attempt to weir_app;
grant insert, update on login_place to weir_app;
grant update (role, outlet_id, town_id, active) on app_user to weir_app;
grant execute on function mark_digest to weir_app;
