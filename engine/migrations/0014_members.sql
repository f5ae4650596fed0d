-- A login that owns the database without being a superuser does not belong to the role that it has created.
do $$ begin
    if not pg_has_role(current_user, 'weir_app', 'member') then
        grant weir_app to current_user;
    end if;
end $$;
