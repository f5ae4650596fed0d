//! Money passed on to the treasury: never more than was collected. 上缴
//!
//! Sewage, garbage and surcharge are the treasury's, late fees on them included. What a town may
//! still remit for a fee is all that was collected to the end of the month, less all that was remitted.

mod record;
mod reverse;
mod store;

pub use record::{Remit, RemitError, Remitted, Unremitted, record, record_all, unremitted};
pub use reverse::{ReverseError, ReverseRemittance, reverse};
