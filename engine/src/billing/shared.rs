//! What every worker of a run needs.

use chrono::{DateTime, Utc};

use super::months::Months;
use super::order::{BillRun, Issue};
use super::rates::Rates;

/// What every worker of a run needs.
pub(super) struct Shared {
    pub(super) order: BillRun,
    pub(super) issue: Issue,
    pub(super) now: DateTime<Utc>,
    pub(super) months: Months,
    pub(super) rates: Rates,
}
