//! What clerks, readers and banks do, and what the books say then.

mod apart;
mod bills;
mod spans;
mod late_bills;
mod channels;
mod holds;
mod closed_months;
mod closed_bills;
mod fixed_months;
mod quotas;
mod remittances;
mod closing;
mod counter;
mod months;
mod nights;
mod prepaid;
mod readings;
mod reading_windows;
mod reversal;
mod search;
mod tenders;
mod unread;
mod corrections;
mod history;
mod places;
mod rates;
