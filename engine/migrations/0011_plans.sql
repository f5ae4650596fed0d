-- A trigger function keeps its plan for the life of a session. One that was made for a batch of thousands must
-- not read all balances for each payment at the counter after it.
alter function settle_charges() set enable_seqscan = off;
alter function settle_charges() set enable_hashjoin = off;
alter function settle_charges() set enable_mergejoin = off;
