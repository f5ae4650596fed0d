-- A day's close looks for the cashier's voided paper, which is rare among millions of used numbers.
create index receipt_event_voided on receipt_event (by_user_id, at) where event = 'voided';
