-- What the application may do, and what capture reads.

do $$ begin
    if not exists (select from pg_roles where rolname = 'weir_app') then
        create role weir_app nologin;
    end if;
end $$;

grant usage on schema public to weir_app;
grant select on all tables in schema public to weir_app;
grant usage, select, update on all sequences in schema public to weir_app;

-- Append-only: insert and no more.
grant insert on operation_log, reading, reading_review, bill_issue, charge, charge_reading, charge_line, payment, allocation, prepaid_entry,
    remittance, receipt, receipt_line, receipt_event, cashier_close, close_item to weir_app;
-- Reference data, projections and the state of running work.
grant insert, update on town, village, organisation, calendar_day, app_user, credential, export_job, reading_book, account,
    meter, overquota_plan, tariff_version, tariff_tier, late_fee_rule, charge_balance, prepaid_balance, bill_run,
    bill_run_chunk, bill_failure, stock_segment to weir_app;
grant insert, update, delete on session to weir_app;
grant delete on bill_failure to weir_app;

-- The idempotency key and the request hash of a payment stay here: they are the caller's, and nobody reports on them.
create publication weir_pub for table
    town, organisation, app_user, reading_book, account, meter, tariff_version,
    reading, charge, charge_line,
    payment (id, kind, account_id, town_id, outlet_id, cashier_id, method, channel_serial, account_date, posted_at,
        received, change_given, net, late_fee, reverses_id, reason),
    allocation, prepaid_entry, remittance,
    receipt, receipt_line, receipt_event, cashier_close
    with (publish_via_partition_root = true);
