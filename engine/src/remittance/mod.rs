//! Money passed on to the treasury: never more than was collected. 上缴
//!
//! Sewage, garbage and surcharge are the treasury's, late fees on them included. What a town may
//! still remit for a fee is all that was collected to the end of the month, less all that was remitted. Who
//! recorded a remittance does not take it back: that is for a second person.

mod voucher;
mod record;
mod reverse;
mod store;

pub use record::{RemitError, record, record_all, recorded, town_of, unremitted};
pub use reverse::{ReverseError, ReverseRemittance, reverse};
pub use voucher::{Recorded, Remit, Remitted, Unremitted};
