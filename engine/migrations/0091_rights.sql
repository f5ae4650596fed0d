-- What the application may do, and what capture reads.

-- Each does its own work as a login of its own, which is nobody else: engine/roles.sql makes them, and the server's keeper
-- gives them pass words. What is not said here, nobody but the owner may do.
do $$ begin
    -- A temporary table of the application must not stand before a real one, and nobody else has business here.
    execute format('revoke all on database %I from public', current_database());
    execute format('grant connect on database %I to weir_migrator, weir_app, weir_capture', current_database());
end $$;
revoke all on schema public from public;

-- Nobody writes to what is published until the transaction ends, so that what capture has handed on can be proven at
-- one position.
create function hold_published() returns void language plpgsql
    security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    execute (select 'lock table ' || string_agg(format('public.%I', tablename), ', ' order by tablename) || ' in share mode'
             from pg_publication_tables where pubname = 'weir_pub');
end $$;

do $$ declare
    ours regprocedure;
begin
    for ours in
        select oid from pg_proc p where pronamespace = 'public'::regnamespace
            and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'e')
    loop
        execute format('revoke execute on routine %s from public', ours);
    end loop;
end $$;

grant usage on schema public to weir_app;
grant select on all tables in schema public to weir_app;
-- The next number of these, and no other: none of them is ever used up. The rest the database draws by itself, as many as a
-- day needs.
grant usage on sequence charge_id, charge_line_id, allocation_id, prepaid_entry_id, account_id_seq, meter_id_seq, payer_id_seq,
    service_point_id_seq to weir_app;
-- Which number of readings was given last, and no right to take one: where they began anew, it says which were written last.
grant select on sequence reading_id to weir_app;
grant execute on function is_a_day, is_a_line, is_a_number, folded, search_keys, misses_garbage, month_obstacles, month_figures, collected_in, collected_open, first_month, share_period, check_read_months, day_digest, posting_digest, posted_of, posted_by, posts, day_seal, month_seal, day_papers, papers_left,
    ensure_month, rooms, leave_mark, month_of_id, first_id(integer), first_id(date), next_payment_id, next_ids, receipt_of, is_new, was_seen, month_of, month_after, months_from, mark_digest,
    latest_moment, earliest_moment, play, hold_billing, hold_billing_of, await_billing, begin_changes, next_papers, fixed_charge_of, approved_changes, billed_by_change, billed_by_order, order_digest, payer_at, payer_called, called_at, former_payers, placed_at, works_for,
    paying, kept_tables, written_digest, written_otherwise, untold, till_lock, purse_steps, owed_lines, till_look, till_post to weir_app;

-- Append-only: insert and no more.
grant insert on operation_log, account_version, account_approval, payer_version, payer_approval, service_point_version, meter_version, reading, reading_review, bill_issue, charge, charge_reading,
    charge_month, charge_line, payment, allocation, prepaid_entry,
    payment_tender, remittance, receipt, receipt_number, receipt_line, receipt_event, cashier_close, close_item, cash_count, channel, channel_batch, channel_file,
    channel_item, channel_item_event, hold, hold_release, month_close, outbox_delivery, reversal_request, reversal_answer,
    charge_reversal_request, charge_reversal_answer, item_request, item_answer
    to weir_app;
-- What is to be sent is claimed and put off; only a delivery takes it away.
grant update (attempts, due_at, is_dead, trouble) on outbox_due to weir_app;
-- Rates are entered; a rate that changes is another version.
grant insert on rate_order, rate_decision, tariff_version, tariff_tier, surcharge_step, late_fee_rule, overquota_plan, fee_owner, fee_apart to weir_app;
-- Reference data, people, and the state of running work: what a use case changes, column by column. Whoever locks a
-- row needs a right to change something in it: account and app_user are locked by every payment.
-- Balances stand nowhere here: the triggers of the entries write them, and nobody else does.
grant insert on town, village, organisation, calendar_day, reading_book, payer, service_point, account, meter, app_user, credential, session,
    export_job, bill_run, bill_run_chunk, bill_failure to weir_app;
-- An account changes by its versions; this one column is there for the lock, and `only_locked` lets nobody write it.
grant update (phone) on account to weir_app;
-- People change their role, place and name; each change leaves a mark in a chain that only its trigger writes.
grant update (active, role, outlet_id, town_id, name) on app_user to weir_app;
grant insert on stand_in, stand_in_end to weir_app;
grant update (password_hash, set_at) on credential to weir_app;
-- Tries to log in are counted and forgotten.
grant insert, update, delete on login_attempt to weir_app;
grant insert, update on login_place to weir_app;
-- The row of a meter is locked while its index is read and the next one written; it is not written itself.
grant update (removed_on) on meter to weir_app;
grant update (expires_at) on session to weir_app;
grant delete on session, bill_failure to weir_app;
grant update (state, rows, bytes, sha256, snapshot_seq, made_for, message, finished_at, worker, beat_at) on export_job to weir_app;
grant update (state, started_at, starts, finished_at) on bill_run to weir_app;
grant update (last_account, start, looked_at, looked_in, looked_by, charges, amount) on bill_run_chunk to weir_app;
-- Ids are given by their sequences: the application names none, but where `hold_ids` asks whether it was given.
do $$ declare
    numbered record;
begin
    for numbered in
        select c.oid::regclass as name, string_agg(quote_ident(a.attname), ', ') filter (where a.attname <> 'id') as columns
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege('weir_app', c.oid, 'insert')
            and not exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'hold_ids')
        group by c.oid having bool_or(a.attname = 'id' and (a.atthasdef or a.attidentity <> ''))
    loop
        execute format('revoke insert on %s from weir_app', numbered.name);
        execute format('grant insert (%s) on %s to weir_app', numbered.columns, numbered.name);
    end loop;
end $$;

-- The idempotency key and the request hash of a payment stay here: they are the caller's, and nobody reports on them.
-- So does what a change of an account was written over. Which tables are not captured, and why, is said in
-- tests/it/ledger.rs.
create publication weir_pub for table
    town, village, organisation, app_user, reading_book, payer (id, town_id, name, phone), service_point, account, meter,
    account_version (id, account_id, town_id, valid_from, use_class, sewage_class, garbage_class, persons, supplier_id,
        area_m2, bins, households, levy_ratio, payer_id, doc_no, reason, submitted_by, recorded_at, withdraws),
    account_approval,
    payer_version (id, payer_id, town_id, valid_from, name, phone, reason, submitted_by, recorded_at, waits),
    payer_approval, service_point_version, meter_version, tariff_version, tariff_tier, surcharge_step, late_fee_rule, fee_owner, overquota_plan,
    rate_order, rate_decision, person_version, stand_in, stand_in_end,
    reading, reading_review, bill_issue, charge, charge_reading, charge_line,
    payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, channel_item_id, account_date,
        pay_period, posted_at, received, change_given, net, prepaid_used, prepaid_in, late_fee, reverses_id, reason),
    payment_tender, allocation, prepaid_entry, remittance,
    receipt, receipt_number, receipt_line, receipt_event, cashier_close, close_paper, month_close,
    channel, channel_batch,
    channel_item (id, settled_period, batch_id, channel_id, unique_in, serial, is_contested, account_no, account_id, town_id, gross, up_to),
    channel_item_event, hold, hold_release
    with (publish_via_partition_root = true);

-- Capture reads what is published, column by column, and nothing else; the log it follows holds no more for it.
grant usage on schema public to weir_capture;
grant execute on function hold_published to weir_capture;
do $$ declare
    published record;
begin
    for published in select tablename, (select string_agg(quote_ident(name), ', ') from unnest(attnames) as name) as columns
        from pg_publication_tables where pubname = 'weir_pub'
    loop
        execute format('grant select (%s) on public.%I to weir_capture', published.columns, published.tablename);
    end loop;
end $$;
