-- A trigger function keeps its plan for the life of a session. One that was made for a batch of thousands, or over
-- tables that were still empty, must not read whole tables for each payment at the counter after it; and a plan over
-- the parts of a table costs more to make anew for each payment than to follow.
do $$ declare
    law text;
begin
    foreach law in array array['refuse_own_review', 'is_marked', 'settle_charges', 'begin_payments', 'stray_of_payment', 'check_unfinished', 'check_mirror', 'require_posting', 'check_posted', 'chain_prepaid', 'count_tenders',
        'check_payments', 'check_apart', 'refuse_held', 'settle_items', 'use_item_approval', 'check_receipt_lines', 'check_receipt_places', 'check_receipts', 'check_receipt_months', 'check_red', 'take_numbers', 'take_written', 'require_taken', 'move_paper', 'next_papers', 'check_close_items',
        'check_close', 'check_cash_count', 'record_papers', 'day_papers', 'papers_left', 'day_digest', 'posting_digest', 'purse_steps', 'owed_lines', 'till_look', 'till_post'] loop
        execute format('alter function %I set enable_seqscan = off', law);
        execute format('alter function %I set enable_hashjoin = off', law);
        execute format('alter function %I set enable_mergejoin = off', law);
        -- A join that must be of a forbidden kind looks dear enough to be compiled, for half a second.
        execute format('alter function %I set jit = off', law);
        -- And to be shared out among workers, whose start costs more than a day's rows.
        execute format('alter function %I set max_parallel_workers_per_gather = 0', law);
        execute format('alter function %I set plan_cache_mode = force_generic_plan', law);
    end loop;
end $$;

-- The newest marks of a month are the first of its index from behind. A plan that is made once for all takes the marks
-- between two numbers for a few, and would sort those of the whole month for each act in it.
alter function is_marked set enable_sort = off;
alter function require_posting set enable_sort = off;
