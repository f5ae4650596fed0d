-- Who there is on a server of Weir. The server's keeper runs this before the database is made; run again, it puts
-- right what was changed. Pass words are not set here.
--     weir_owner     owns the database and all that is in it; nobody logs in as it
--     weir_migrator  takes the owner's role while it migrates, and has no right of its own
--     weir_app       adds to the books what the migrations allow it
--     weir_capture   reads what is published, and follows it in the log
do $$ declare
    wanted record;
    other text;
begin
    for wanted in select * from (values
        ('weir_owner', 'nologin noreplication'), ('weir_migrator', 'login noinherit noreplication'),
        ('weir_app', 'login noreplication'), ('weir_capture', 'login replication')) as r(name, may)
    loop
        if not exists (select from pg_roles where rolname = wanted.name) then
            execute format('create role %I', wanted.name);
        end if;
        execute format('alter role %I nosuperuser nocreatedb nocreaterole nobypassrls %s', wanted.name, wanted.may);
        -- Who belongs to another role could become it.
        for other in select m.roleid::regrole::text from pg_auth_members m where m.member = wanted.name::regrole
        loop
            execute format('revoke %s from %I', other, wanted.name);
        end loop;
        -- What a role sets for itself holds from its next connection on: read only, say.
        execute format('alter role %I reset all', wanted.name);
        for other in select d.datname from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
            where s.setrole = wanted.name::regrole
        loop
            execute format('alter role %I in database %I reset all', wanted.name, other);
        end loop;
    end loop;
end $$;
grant weir_owner to weir_migrator;
-- What it keeps others from writing to, it keeps for a moment; its program asks for longer where it copies.
alter role weir_capture set idle_in_transaction_session_timeout = '10s';
