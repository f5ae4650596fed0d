//! A run that is asked for: its dates where nobody says others, and what no run may be.

use chrono::{Days, NaiveDate};
use sqlx::PgConnection;
use terms::{BillPeriod, Clock, UserId};

use super::{BillError, store};

/// From bill to due date, where no other is asked for.
const DAYS_TO_PAY: Days = Days::new(25);
/// How far ahead a bill may be dated.
const DAYS_AHEAD: u64 = 31;
/// How long a payer may be given.
const DAYS_TO_PAY_MAX: u64 = 366;

/// A bill run to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BillRun {
    /// The month of the books; readings of this month are billed.
    pub period: BillPeriod,
    /// 出账日期.
    pub bill_date: NaiveDate,
    /// 缴费期限.
    pub due_date: NaiveDate,
    /// Chunks in work at the same time; two suit two cores.
    pub workers: usize,
    /// Who orders it; nobody where the machine does.
    pub by: Option<UserId>,
}

impl BillRun {
    /// A run of a month under the dates that somebody asked for, if he did. Else its bills join the last ones of the
    /// month while those are not due; what is billed after that goes out today, under dates of its own.
    ///
    /// # Errors
    /// The database fails.
    pub async fn plan(
        connection: &mut PgConnection,
        clock: &dyn Clock,
        period: BillPeriod,
        (bill_date, due_date): (Option<NaiveDate>, Option<NaiveDate>),
        workers: usize,
    ) -> Result<Self, sqlx::Error> {
        let today = clock.today();
        let last = match bill_date {
            Some(_) => None,
            None => store::last_issue(connection, period).await?.filter(|last| last.1 >= today),
        };
        let bill_date = bill_date.or(last.map(|last| last.0)).unwrap_or(today);
        let due_date = due_date.or(last.map(|last| last.1)).unwrap_or(bill_date + DAYS_TO_PAY);
        Ok(Self { period, bill_date, due_date, workers, by: None })
    }

    /// What no run may be, whatever the books hold.
    pub(super) fn allowed(self, today: NaiveDate) -> Result<Self, BillError> {
        let Self { period, bill_date, due_date, .. } = self;
        let latest = today + Days::new(DAYS_AHEAD);
        if due_date < bill_date {
            Err(BillError::DueBeforeBill)
        } else if bill_date > latest {
            Err(BillError::TooFarAhead { bill_date })
        } else if period > BillPeriod::of(latest) {
            Err(BillError::NotYet { period })
        } else if due_date < today {
            Err(BillError::BornOverdue { due_date })
        } else if due_date > bill_date + Days::new(DAYS_TO_PAY_MAX) {
            Err(BillError::DueTooLate { due_date })
        } else {
            Ok(self)
        }
    }
}
