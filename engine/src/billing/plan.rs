//! The dates of a run where nobody says others.

use chrono::{Days, NaiveDate};
use sqlx::PgConnection;
use terms::{BillPeriod, Clock};

use super::order::BillRun;
use super::store;

/// From bill to due date, where no other is asked for.
pub const DAYS_TO_PAY: Days = Days::new(25);
/// A bill that joins an issue is made at least so long before the due date.
const DAYS_LEFT: Days = Days::new(10);

impl BillRun {
    /// A run of a month under the dates that somebody asked for, if he did. Else its bills join the last ones of the
    /// month while those are not soon due; what is billed after that goes out today, under dates of its own.
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
            None => store::last_issue(connection, period)
                .await?
                .filter(|last| last.1 >= today + DAYS_LEFT),
        };
        let bill_date = bill_date.or(last.map(|last| last.0)).unwrap_or(today);
        let due_date = due_date.or(last.map(|last| last.1)).unwrap_or(bill_date + DAYS_TO_PAY);
        Ok(Self { period, bill_date, due_date, workers, by: None })
    }
}
