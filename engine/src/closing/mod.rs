//! A cashier closes a day: what came in, on which paper, as one sheet. 日结
//!
//! Days close in order. A closed day takes no entry. Each payment stands in exactly one close, and the close keeps a digest
//! of its payments, so that a change afterwards would show.

mod close;
mod sheet;
mod store;

pub use close::{CloseError, DayClose, close_day, forgotten_days, preview};
pub use sheet::{DaySheet, MethodSum, PaperRange, PaperUse, Sums};
