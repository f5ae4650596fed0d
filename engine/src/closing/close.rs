//! The close itself.

use chrono::NaiveDate;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, Money, OutletId, Reason, UserId, business_day};

use super::day::{CloseDay, ClosedDay, Count, DayClose, DayOf, OpenDay, Substitute};
use super::sheet::{Slip, Sums, add_up};
use super::store;
use crate::access::{self, Act, Action};
use crate::database::{broken_constraint, broken_law, commit, lock_not_granted, undone, write};

/// Why a day was not closed.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// No such cashier, or one who did nothing there.
    #[error("收费员不存在，或当日不在该网点收费")]
    Unknown,
    /// Another's day is not closed without a reason.
    #[error("请填写代结原因（200字以内）")]
    NoReason,
    /// The cashier is at work, and closes the own day.
    #[error("该收费员在岗，当日请由本人日结")]
    AtWork,
    /// One's own day is closed as such.
    #[error("本人的收款请在“今日收款与日结”办理日结")]
    Own,
    /// Not an outlet for which this person answers.
    #[error("只能代结本网点收费员的收款")]
    Elsewhere,
    /// Closed before.
    #[error("该日已日结，不能重复日结")]
    AlreadyClosed,
    /// An earlier day of the cashier there has payments or spoilt paper, and is open.
    #[error("{day}的收款尚未日结，请先日结该日")]
    EarlierOpen {
        /// The earliest such day.
        day: NaiveDate,
    },
    /// The day is not the one that was looked at: something came in since, or was taken back.
    #[error(
        "日结预览之后收款或票据有变化，现为{payments}笔、冲正{reversals}笔、{net}元，请刷新页面核对后再日结"
    )]
    Changed {
        /// Payments now.
        payments: i32,
        /// Reversals now.
        reversals: i32,
        /// What was received, yuan.
        net: Money,
    },
    /// Who looks at the sheet has the cash at hand, and counts it.
    #[error("应交现金{due}元，请清点后填写清点现金，再日结")]
    Uncounted {
        /// What there should be, yuan.
        due: Money,
    },
    /// What stands on paper is more than what was booked of it.
    #[error("刷卡、支票凭证另有余额{free}元未入账，请核对凭证并确认后再日结")]
    FreeSlips {
        /// How much, yuan.
        free: Money,
    },
    /// What is at hand is not what there should be, and nothing says why.
    #[error(
        "清点现金{counted}元，应交{due}元，{}{}元，请重新清点；无误的，请填写长短款原因（200字以内）",
        if .counted > .due { "长款" } else { "短款" },
        if .counted > .due { *.counted - *.due } else { *.due - *.counted }
    )]
    Differs {
        /// What was counted, yuan.
        counted: Money,
        /// What there should be, yuan.
        due: Money,
    },
    /// Nobody counts less than nothing.
    #[error("清点现金不能小于零")]
    Counted,
    /// Not yet begun.
    #[error("不能对未来的日期日结")]
    InTheFuture,
    /// Before there was anything to close.
    #[error("{0}早于开账，不能日结，请核对日期")]
    BeforeBooks(String),
    /// A payment is being posted.
    #[error("该收费员正有缴费在办理，请稍候再日结")]
    Busy,
    /// The database failed.
    #[error("{}", undone(.0, "日结未完成"))]
    Database(#[source] sqlx::Error),
}

/// Closes a cashier's day at an outlet, today or one that was forgotten: the earliest first. Payments that are being
/// posted are waited for; afterwards the day takes none. A day that its cashier cannot close is closed by somebody who
/// answers for the outlet, and says why.
///
/// # Errors
/// See [`CloseError`].
pub async fn close_day(
    pool: &PgPool,
    clock: &dyn Clock,
    order: CloseDay,
) -> Result<DayClose, CloseError> {
    let (now, of) = (clock.now(), order.of);
    check(&order, business_day(now))?;
    write(pool, move |mut tx| async move {
        let cashier = store::lock_cashier(&mut tx, of.cashier).await?.ok_or(CloseError::Unknown)?;
        if order.substitute.is_some() && cashier.active && of.day == business_day(now) {
            return Err(CloseError::AtWork);
        }
        if store::closed(&mut tx, of).await?.is_some() {
            return Err(CloseError::AlreadyClosed);
        }
        if cashier.outlet != Some(of.outlet) && !store::is_open(&mut tx, of).await? {
            return Err(CloseError::Unknown);
        }
        if let Some(day) = store::open_before(&mut tx, of).await? {
            return Err(CloseError::EarlierOpen { day });
        }
        let payments = store::payments(&mut tx, of).await?;
        let sheet = add_up(&payments, store::papers(&mut tx, of).await?);
        if order.seen.as_ref().is_some_and(|seen| seen.digest != sheet.digest) {
            let Sums { payments, reversals, net, .. } = sheet.total;
            return Err(CloseError::Changed { payments, reversals, net });
        }
        let count = count(&order, sheet.total.cash)?;
        let slips = store::slips(&mut tx, of).await?;
        let free = Slip::free_of(&slips);
        if order.seen.as_ref().is_some_and(|seen| seen.free != free) {
            return Err(CloseError::FreeSlips { free });
        }
        let ids: Vec<i64> = payments.iter().map(|p| p.id.0).collect();
        let (id, seal) = store::close(&mut tx, &order, now, &sheet, &ids).await?;
        if let Some(count) = &count {
            store::count_cash(&mut tx, id, count).await?;
        }
        let closed = DayClose {
            id: Some(id),
            of,
            closed_at: Some(now),
            slips,
            left: store::papers_left_at(&mut tx, id).await?,
            sheet,
            count,
        };
        access::mark(&mut tx, &act(&order, &closed, &seal), now).await?;
        commit(tx).await?;
        Ok(closed)
    })
    .await
}

/// What somebody counted; none where nobody looked, or where nothing is due and nothing was said.
fn count(order: &CloseDay, due: Money) -> Result<Option<Count>, CloseError> {
    let Some(seen) = &order.seen else { return Ok(None) };
    let Some(counted) = seen.counted else {
        return if due > Money::ZERO { Err(CloseError::Uncounted { due }) } else { Ok(None) };
    };
    if counted == due {
        return Ok(Some(Count { due, counted, reason: None }));
    }
    let reason = seen.reason.as_deref().and_then(Reason::of);
    let reason = reason.ok_or(CloseError::Differs { counted, due })?;
    Ok(Some(Count { due, counted, reason: Some(reason) }))
}

/// What can be said of an order before the books are asked.
fn check(order: &CloseDay, today: NaiveDate) -> Result<(), CloseError> {
    if let Some(Substitute { by, reason }) = &order.substitute {
        if *by == order.of.cashier {
            return Err(CloseError::Own);
        }
        Reason::of(reason).ok_or(CloseError::NoReason)?;
    }
    let counted = order.seen.as_ref().and_then(|seen| seen.counted);
    if counted.is_some_and(Money::is_negative) {
        return Err(CloseError::Counted);
    }
    if order.of.day > today { Err(CloseError::InTheFuture) } else { Ok(()) }
}

/// The mark that a close leaves: it repeats the seal.
fn act(order: &CloseDay, closed: &DayClose, seal: &str) -> Act {
    let DayOf { cashier, outlet, day } = closed.of;
    let (total, count) = (&closed.sheet.total, closed.count.as_ref());
    let mut details = json!({
        "close": closed.id, "outlet": outlet, "net": total.net, "digest": closed.sheet.digest, "seal": seal,
        "cash": total.cash, "counted": count.map(|count| count.counted),
        "why": count.and_then(|count| count.reason.as_ref()),
    });
    let act = match &order.substitute {
        None => Act::new(Action::CloseDay, Some(cashier), format!("日结 {day}")),
        Some(Substitute { by, reason }) => {
            details["cashier"] = json!(cashier);
            details["reason"] = json!(reason.trim());
            Act::new(Action::SubstituteDay, Some(*by), format!("代结 {day} 收费员 {cashier}"))
        }
    };
    act.with(details)
}

/// Days of a cashier that have something and are not closed, wherever, before `today`: the earliest first.
///
/// # Errors
/// The database cannot answer.
pub async fn forgotten_days(
    connection: &mut PgConnection,
    cashier: UserId,
    today: NaiveDate,
) -> Result<Vec<DayOf>, sqlx::Error> {
    store::open_days(connection, cashier, today).await
}

/// The days at an outlet up to one that are not closed, the earliest first.
///
/// # Errors
/// The database cannot answer.
pub async fn open_days(
    connection: &mut PgConnection,
    outlet: OutletId,
    until: NaiveDate,
) -> Result<Vec<OpenDay>, sqlx::Error> {
    store::open_days_at(connection, outlet, until).await
}

/// The days at an outlet that were closed last, the newest first, so many at most.
///
/// # Errors
/// The database cannot answer.
pub async fn closed_days(
    connection: &mut PgConnection,
    outlet: OutletId,
    most: i64,
) -> Result<Vec<ClosedDay>, sqlx::Error> {
    store::closed_days_at(connection, outlet, most).await
}

/// A cashier's day as it stands, closed or not.
///
/// # Errors
/// The database cannot answer.
pub async fn preview(connection: &mut PgConnection, of: DayOf) -> Result<DayClose, sqlx::Error> {
    let closed = store::closed(connection, of).await?;
    let payments = store::payments(connection, of).await?;
    let papers = store::papers(connection, of).await?;
    let left = match &closed {
        Some(closed) => store::papers_left_at(connection, closed.id).await?,
        None => store::papers_left(connection, of).await?,
    };
    Ok(DayClose {
        id: closed.as_ref().map(|closed| closed.id),
        of,
        closed_at: closed.as_ref().map(|closed| closed.at),
        sheet: add_up(&payments, papers),
        slips: store::slips(connection, of).await?,
        left,
        count: closed.and_then(|closed| closed.count),
    })
}

impl From<sqlx::Error> for CloseError {
    fn from(error: sqlx::Error) -> Self {
        if lock_not_granted(&error) {
            return Self::Busy;
        }
        match (broken_constraint(&error), broken_law(&error)) {
            (Some("cashier_close_once"), _) => Self::AlreadyClosed,
            (_, Some(("close_elsewhere", _))) => Self::Elsewhere,
            (_, Some(("before_books", month))) => Self::BeforeBooks(month.to_owned()),
            _ => Self::Database(error),
        }
    }
}
