//! What every worker of a run needs and no act changes meanwhile; the books themselves it reads under the lock of its
//! chunk.

use std::sync::Arc;

use terms::Clock;

use super::months::Months;
use super::order::{BillRun, Issue};

/// What every worker of a run needs.
pub(super) struct Shared {
    pub(super) order: BillRun,
    pub(super) issue: Issue,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) months: Months,
}

impl Shared {
    pub(super) fn of(order: BillRun, issue: Issue, clock: Arc<dyn Clock>) -> Arc<Self> {
        let months = Months::of(order.period, order.bill_date, clock.today());
        Arc::new(Self { order, issue, clock, months })
    }
}
