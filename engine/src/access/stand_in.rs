//! 顶岗: somebody does another's work for some days, in place of the own, and goes back to it by itself.
//!
//! Who stands in has the role and the place of the other alone, so that duties that are parted stay parted. Who keeps
//! people and who reads the marks stand in for nobody, and nobody for them.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{Clock, Reason, UserId, shanghai};

use super::act::{Act, Action};
use super::administer::{standing, words};
use super::stood_in::{StandIn, StoodIn, Was};
use super::store;
use crate::database::{broken_constraint, broken_law, commit, write};

/// Why nobody stands in.
#[derive(Debug, thiserror::Error)]
pub enum StandInError {
    /// No such person.
    #[error("用户不存在")]
    Unknown,
    /// No such stand-in, or it has ended.
    #[error("顶岗不存在或已结束")]
    Ended,
    /// Who asks is who is meant.
    #[error("不能为自己安排顶岗，请由另一位系统管理员办理")]
    Yourself,
    /// The first day is over, or the last lies before it or too far from it.
    #[error("顶岗须有始有终：开始日期不早于今天，结束日期不早于开始日期，最长三个月")]
    Span,
    /// No reason, or a very long one.
    #[error("请填写顶岗原因（200字以内）")]
    NoReason,
    /// 三员分立.
    #[error("系统管理员、审计员不顶岗，也不由他人顶岗")]
    Parted,
    /// One at a time.
    #[error("该用户在这段时间已有顶岗安排")]
    Twice,
    /// The role works at an outlet, and none is given.
    #[error("这个角色在网点工作，须填写网点")]
    Outlet,
    /// The organisation takes no money.
    #[error("所填机构不是收费网点，请填写供水分公司、水厂或环卫所")]
    NotAnOutlet,
    /// The person could do or see more than before, and nobody said that this is meant.
    #[error("顶岗期间权限或数据范围扩大：{before} → {after}。确认无误请勾选“确认扩大权限”后再提交")]
    Widens {
        /// Role and place until now.
        before: String,
        /// Role and place asked for.
        after: String,
    },
    /// Who asks may not.
    #[error("您的角色没有这项权限")]
    NotAllowed,
    /// The database failed.
    #[error("系统繁忙，请重试")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StandInError {
    fn from(error: sqlx::Error) -> Self {
        match (broken_constraint(&error), broken_law(&error)) {
            (Some("stand_in_span" | "stand_in_not_past"), _) => Self::Span,
            (Some("stand_in_parted"), _) | (_, Some(("stand_in_parted", _))) => Self::Parted,
            (Some("app_user_outlet"), _) => Self::Outlet,
            (Some("app_user_at_outlet"), _) => Self::NotAnOutlet,
            (Some("operation_log_may"), _) => Self::NotAllowed,
            (Some("stand_in_end_pkey"), _) => Self::Ended,
            (_, Some(("stand_in_twice", _))) => Self::Twice,
            _ => Self::Database(error),
        }
    }
}

/// Has somebody do another's work for some days; what lets the person do or see more than before is done only where it
/// is said that this is meant.
///
/// # Errors
/// See [`StandInError`].
pub async fn stand_in(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    order: StandIn,
) -> Result<i64, StandInError> {
    let reason = Reason::of(&order.reason).ok_or(StandInError::NoReason)?;
    let (from, until) = span(&order).ok_or(StandInError::Span)?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        store::hold_for_change(&mut tx, &order.login).await?;
        let person = store::person(&mut tx, &order.login).await?.ok_or(StandInError::Unknown)?.user;
        if by == Some(person.id) {
            return Err(StandInError::Yourself);
        }
        let id = store::stand_in(&mut tx, person.id, &order, (from, until), &reason, (by, now)).await?;
        let after = store::person_as(&mut tx, &person, order.role, order.place).await?;
        let is_wider = standing(&person).is_widened_by(&standing(&after));
        if is_wider && !order.widens {
            return Err(StandInError::Widens { before: words(&person), after: words(&after) });
        }
        let details = json!({
            "stand_in": id, "role": order.role, "outlet": order.place.outlet, "town": order.place.town,
            "from": order.from, "until": order.until, "widens": is_wider,
        });
        let act = Act::new(Action::StandIn, by, &order.login).with(details);
        store::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(id)
    })
    .await
}

/// The first moment of the first day, and the one after the last day.
fn span(order: &StandIn) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let at = |day: NaiveDate| {
        day.and_hms_opt(0, 0, 0)?.and_local_timezone(shanghai()).single().map(|at| at.to_utc())
    };
    let span = (at(order.from)?, at(order.until.succ_opt()?)?);
    (order.from <= order.until).then_some(span)
}

/// Ends a stand-in before its time.
///
/// # Errors
/// See [`StandInError`].
pub async fn end_stand_in(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    login: &str,
    id: i64,
) -> Result<(), StandInError> {
    let (now, login) = (clock.now(), login.to_owned());
    write(pool, move |mut tx| async move {
        let found = store::stand_ins(&mut tx, &login).await?;
        let found = found.into_iter().find(|found| found.id == id && found.is_open(now));
        found.ok_or(StandInError::Ended)?;
        store::end_stand_in(&mut tx, id, by, now).await?;
        let act = Act::new(Action::StandIn, by, &login).with(json!({ "ended": id }));
        store::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(())
    })
    .await
}

/// When a person stood in or will, the newest first.
///
/// # Errors
/// The database fails.
pub async fn stand_ins(
    connection: &mut PgConnection,
    login: &str,
) -> Result<Vec<StoodIn>, sqlx::Error> {
    store::stand_ins(connection, login).await
}

/// Who a person was here, the newest first.
///
/// # Errors
/// The database fails.
pub async fn person_history(
    connection: &mut PgConnection,
    login: &str,
) -> Result<Vec<Was>, sqlx::Error> {
    store::person_history(connection, login).await
}
