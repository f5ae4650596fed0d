//! A run that is asked for, and what no run may be.

use chrono::{Days, NaiveDate};
use terms::{BillPeriod, UserId};

use crate::database::{broken_law, lock_not_granted, undone};

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

/// A run that did not come to its end; what is done stays done, and another call goes on.
#[derive(Debug, thiserror::Error)]
pub enum BillError {
    /// It bills all towns, and whoever orders it is bound to one.
    #[error("计费涉及全市，须由不限镇街的人员办理")]
    WholeCity,
    /// Bills went out under a later date already.
    #[error("出账日期不能早于上一次出账（{last_bill_date}）")]
    BeforeLastIssue {
        /// The bill date of the last issue.
        last_bill_date: NaiveDate,
    },
    /// Whoever is billed now would be late at once.
    #[error("缴费期限 {due_date} 已过，请另定出账日期和缴费期限")]
    BornOverdue {
        /// The due date that was asked for.
        due_date: NaiveDate,
    },
    /// A bill is dated ahead by at most a month.
    #[error("出账日期 {bill_date} 太晚：最晚为今天之后 31 天，请核对年月")]
    TooFarAhead {
        /// The bill date that was asked for.
        bill_date: NaiveDate,
    },
    /// Nothing can have been read for a month that lies ahead.
    #[error("{period} 尚未到来，不能计费，请核对年月")]
    NotYet {
        /// The month that was asked for.
        period: BillPeriod,
    },
    /// Nothing was read before the books began.
    #[error("{0}早于开账，不能计费，请核对年月")]
    BeforeBooks(String),
    /// Nobody is given more than a year.
    #[error("缴费期限 {due_date} 太晚：最晚为出账日期之后 366 天，请核对年份")]
    DueTooLate {
        /// The due date that was asked for.
        due_date: NaiveDate,
    },
    /// Outlets closed the month while it was billed; another call leaves them out.
    #[error("计费期间有网点月结了应收月，其余已计费；请重新执行计费")]
    MonthClosed,
    /// Others kept accounts or readings locked for longer than was waited.
    #[error("计费期间有其他业务占用，已完成的部分已入账；请重新执行计费")]
    Busy,
    /// The due date lies before the bill date.
    #[error("缴费期限不能早于出账日期")]
    DueBeforeBill,
    /// A worker ended in a fault of the program.
    #[error("计费任务异常中止：{0}")]
    Worker(#[from] tokio::task::JoinError),
    /// The database failed.
    #[error("{}", undone(.0, "计费未完成"))]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for BillError {
    fn from(error: sqlx::Error) -> Self {
        match broken_law(&error) {
            Some(("month_closed", _)) => Self::MonthClosed,
            Some(("before_books", month)) => Self::BeforeBooks(month.to_owned()),
            _ if lock_not_granted(&error) => Self::Busy,
            _ => Self::Database(error),
        }
    }
}

/// What goes out on one day: the dates of the charges that are made now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Issue {
    pub(super) id: i64,
    pub(super) run_id: i64,
}
