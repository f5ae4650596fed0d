//! A cashier closes a day: what came in, on which paper, as one sheet for each outlet. 日结
//!
//! Days close in order. A closed day takes no entry. Each payment stands in exactly one close, and the close keeps what
//! became of the paper and a digest of both, so that a change afterwards would show. An organisation closes a month the
//! same way, kind by kind, with all that channels and purses paid: what comes later counts in the first month that is
//! open. The closes of an outlet are sealed in a chain, and the months of an organisation: each seal is over the one
//! before it, and stands in the mark and in the message of its close too.

mod day;
mod period;
mod close;
mod month;
mod sheet;
mod store;

pub use close::{CloseError, close_day, closed_days, forgotten_days, open_days, preview};
pub use day::{CloseDay, ClosedDay, Count, DayClose, DayOf, OpenDay, Seen, Substitute};
pub use month::{MonthError, close_month, last_closed, months, organisations};
pub use period::{CloseMonth, MonthClose, MonthState, Obstacle, Organisation, PeriodKind};
pub use sheet::{DaySheet, MethodSum, PaperRange, Slip, Sums};
