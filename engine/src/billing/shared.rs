//! What every worker of a run needs and no act changes meanwhile; the books themselves it reads under the lock of its
//! chunk.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use terms::business_day;

use super::months::Months;
use super::order::{BillRun, Issue};

/// What every worker of a run needs.
pub(super) struct Shared {
    pub(super) order: BillRun,
    pub(super) issue: Issue,
    pub(super) now: DateTime<Utc>,
    pub(super) months: Months,
}

impl Shared {
    pub(super) fn of(order: BillRun, issue: Issue, now: DateTime<Utc>) -> Arc<Self> {
        let months = Months::of(order.period, order.bill_date, business_day(now));
        Arc::new(Self { order, issue, now, months })
    }
}
