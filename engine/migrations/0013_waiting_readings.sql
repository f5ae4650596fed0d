-- The reviewer's list: few readings of a period cross an alert line.
create index reading_waiting on reading (bill_period, id) where flag in ('rollover', 'high', 'low');
