-- The trade's words and measures, each said once. A test compares every list with the one in Rust.

-- Yuan, exact to the fen. 金额
-- numeric knows a value that is no number; the books do not.
create domain yuan as numeric(14,2) check (value <> 'NaN');
-- Cubic metres. 立方米
create domain m3 as numeric(14,3) check (value <> 'NaN');
-- Yuan for a cubic metre. 单价
create domain unit_price as numeric(10,4) check (value >= 0 and value <> 'NaN');
-- What a fee that is not by water is due on: square metres, bins, households. 计费数量
create domain measure as numeric(12,3) check (value > 0 and value <> 'NaN');
-- A month of the books, 202611. 所属年月
create domain bill_period as integer check (value between 190001 and 299912 and value % 100 between 1 and 12);

-- A day that somebody means. A year typed with a digit more would lock an account for centuries.
create function is_a_day(day date) returns boolean language sql immutable parallel safe
    return day is null or day between date '1950-01-01' and date '2199-12-31';

-- A text that stands on one line: no letter that writes nothing, and none that turns the others round.
create function is_a_line(said text) returns boolean language sql immutable parallel safe
    return said is null or said !~ '[\u0001-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]';

-- A number that is compared and searched as it is typed: in its plain form, of no full-width letter.
create function is_a_number(said text) returns boolean language sql immutable parallel safe
    return is_a_line(said) and (said is null or said !~ '[\uff01-\uff5e\u3000]');

create domain fee_item as text check (value in ('water', 'sewage', 'garbage', 'overquota'));
create domain charge_kind as text check (value in ('bill', 'fixed', 'reversal'));
-- Why an account of a bill run was not billed.
create domain park_reason as text check (value in ('rejected', 'waits', 'no_rate', 'no_quantity', 'no_room', 'no_owner', 'apart'));
create domain pay_method as text check (value in
    ('cash', 'pos', 'cheque', 'batch_withhold', 'realtime_withhold', 'wechat', 'alipay', 'fiscal_notice', 'mixed', 'prepaid'));
-- Which way money moves between a payer and the purse: into it, or out of it for bills. 预存、抵扣
create domain prepaid_kind as text check (value in ('deposit', 'offset'));
create domain receipt_type as text check (value in ('water_invoice', 'nontax', 'prepaid'));
-- What a receipt is printed on or written in. 纸质、电子、增值税
create domain receipt_medium as text check (value in ('paper', 'electronic', 'vat'));
-- What happens to numbered paper: 入库、领用、发放、作废、退回、核销. Its use is told by the number of a receipt.
create domain paper_event as text check (value in ('received', 'issued', 'leased', 'voided', 'returned', 'written_off'));
-- What became of a number on a cashier's day: 发放、使用、红票、作废、退回, and what was left in hand at the close. 结存
create domain paper_fate as text check (value in ('received', 'used', 'red', 'voided', 'returned', 'left'));
create domain user_role as text check (value in
    ('clerk', 'meter_reader', 'reading_reviewer', 'outlet_finance', 'group_administrator', 'task_force',
     'sanitation_clerk', 'finance', 'ecology', 'ecology_center', 'ecology_resident', 'garbage_office', 'data_sharing',
     'leader', 'analyst', 'support', 'administrator', 'auditor'));
create domain use_class as text check (value in ('resident', 'resident_flat', 'non_resident', 'special', 'self_supplied'));
create domain sewage_class as text check (value in ('resident', 'non_resident', 'special', 'exempt'));
create domain garbage_class as text check (value in ('resident', 'property_estate', 'sorted_estate', 'shop',
    'shop_by_area', 'by_bin', 'by_household', 'none'));
-- What is at a service point: a meter of the supplier's water, a source of its own, or nothing that measures. 用水点类型
create domain point_kind as text check (value in ('metered', 'self_supplied', 'unmetered'));
-- What a rate is a price of: cubic metres of water, or of what an account has, each month: square metres, bins, households.
create domain rate_basis as text check (value in ('volume', 'area', 'bin', 'household'));
-- What is ordered to be charged from a day on: prices, late-fee rules, owners of fees, quotas.
create domain rate_kind as text check (value in ('tariff', 'late_fee', 'owner', 'quota'));
create domain reading_source as text check (value in ('manual', 'csv', 'excel', 'amr'));
create domain review_decision as text check (value in ('accepted', 'rejected'));
create domain export_format as text check (value in ('csv', 'xlsx', 'parquet'));
create domain job_state as text check (value in ('queued', 'running', 'done', 'failed', 'cancelled', 'interrupted'));
create domain reading_flag as text check (value in ('none', 'zero', 'rollover', 'high', 'low', 'corrected'));

-- The month of the books in which a moment falls in Dongguan.
create function month_of(at timestamptz) returns integer language sql immutable parallel safe
    return (extract(year from at at time zone 'Asia/Shanghai') * 100 + extract(month from at at time zone 'Asia/Shanghai'))::integer;

-- Nothing has happened after this: callers name the moment of their act, and the clock of the database bounds it. Clocks
-- of machines differ by seconds, and are put right by this one.
create function latest_moment() returns timestamptz language sql volatile
    return clock_timestamp() + interval '1 minute';

-- Nor does anybody act before this: what is past is told of late, but the act of telling is one of today. A transaction may
-- be long, and whoever began it has waited for a connection and for others before.
create function earliest_moment() returns timestamptz language sql stable parallel safe
    return now() - interval '10 minutes';

-- The same moment, where the clock of the database has come to it: what ends is over by no other clock.
create function come(at timestamptz) returns timestamptz language sql volatile
    return least(at, latest_moment() - interval '1 minute');

-- The month after one.
create function month_after(period integer) returns integer language sql immutable parallel safe
    return case when period % 100 = 12 then period + 89 else period + 1 end;

-- How many months a month lies after another.
create function months_from(later integer, earlier integer) returns integer language sql immutable parallel safe
    return (later / 100 - earlier / 100) * 12 + later % 100 - earlier % 100;

-- No id of a month lies below this one: 2611000000000 in November 2026. Thirteen digits are exact wherever numbers are floats.
create function first_id(month integer) returns bigint language sql immutable parallel safe
    return (month - 200000)::bigint * 1000000000;

-- The month that an id bears. One that was never given bears some month or other, and is found in none.
create function month_of_id(id bigint) returns integer language sql immutable parallel safe
    return greatest(least(id / 1000000000, 100000), -100000)::integer + 200000;
