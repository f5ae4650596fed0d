//! Time, handed in, never taken.

use std::sync::Arc;

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

/// Tells the time to a use case.
pub trait Clock: Send + Sync {
    /// The moment now.
    fn now(&self) -> DateTime<Utc>;

    /// The same clock, for a task of its own.
    fn handle(&self) -> Arc<dyn Clock>;

    /// The business day now. 收费日期
    fn today(&self) -> NaiveDate {
        business_day(self.now())
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }

    fn handle(&self) -> Arc<dyn Clock> {
        Arc::new(*self)
    }
}

/// A clock that stands still: for the demo city's past and for tests.
#[derive(Debug, Clone, Copy)]
pub struct FixedClock(pub DateTime<Utc>);

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        self.0
    }

    fn handle(&self) -> Arc<dyn Clock> {
        Arc::new(*self)
    }
}

/// The offset of Asia/Shanghai, which has no summer time since 1992.
pub fn shanghai() -> FixedOffset {
    FixedOffset::east_opt(8 * 3600).expect("eight hours")
}

/// The day on which a moment falls in Dongguan.
pub fn business_day(moment: DateTime<Utc>) -> NaiveDate {
    moment.with_timezone(&shanghai()).date_naive()
}
