//! 应收冲正核准: one person asks that a charge may be taken back, and another one takes it back by saying yes.

use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, ChargeId, Clock, Reason, UserId, business_day};

use super::request::{AnswerChargeReversal, ChargeRequest, RequestChargeReversal};
use super::reverse::{charge_sheet, post};
use super::sheet::{ReverseChargeError, ReversedCharge};
use super::store;
use crate::access::{self, Act, Action, Reach};
use crate::database::{commit, write};
use crate::room;

/// Asks that a charge may be taken back; gives the number of the request.
///
/// # Errors
/// See [`ReverseChargeError`]: what would be refused is not asked for.
pub async fn request_charge_reversal(
    pool: &PgPool,
    clock: &dyn Clock,
    order: RequestChargeReversal,
) -> Result<i64, ReverseChargeError> {
    let reason = Reason::of(&order.reason).ok_or(ReverseChargeError::NoReason)?;
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let sheet = charge_sheet(&mut tx, order.charge).await?;
        let sheet = sheet.ok_or(ReverseChargeError::Unknown)?;
        sheet.may_be_reversed()?;
        let id = store::request(&mut tx, (&sheet, &reason), order.by, now).await?;
        let subject = format!("应收 {}", order.charge);
        let act = Act::new(Action::RequestChargeReversal, Some(order.by), subject);
        let details = json!({ "request": id, "amount": sheet.total, "reason": reason });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(id)
    })
    .await
}

/// Says yes or no to a request, once. A yes takes the charge back, at most once, while nothing is paid on it and nothing
/// newer of its months stands; gives what was taken back.
///
/// # Errors
/// See [`ReverseChargeError`].
pub async fn answer_charge_reversal(
    pool: &PgPool,
    clock: &dyn Clock,
    order: AnswerChargeReversal,
) -> Result<Option<ReversedCharge>, ReverseChargeError> {
    if !(order.approved && order.reason.trim().is_empty()) {
        Reason::of(&order.reason).ok_or(ReverseChargeError::NoReason)?;
    }
    let now = clock.now();
    room::open_month(pool, BillPeriod::of(business_day(now))).await?;
    write(pool, move |mut tx| async move {
        let asked = charge_request(&mut tx, order.request).await?;
        let asked = asked.ok_or(ReverseChargeError::UnknownRequest)?;
        let reversed = if order.approved {
            store::lock_account_of(&mut tx, asked.charge).await?;
            store::answer(&mut tx, &order, now).await?;
            let reason = Reason::of(&asked.reason).ok_or(ReverseChargeError::NoReason)?;
            Some(post(&mut tx, now, asked.charge, &reason).await?)
        } else {
            store::answer(&mut tx, &order, now).await?;
            None
        };
        let subject = format!("应收 {}", asked.charge);
        let act = Act::new(Action::ApproveChargeReversal, Some(order.by), subject);
        let details = json!({
            "request": asked.id, "asked_by": asked.asked_by, "approved": order.approved, "reason": order.reason.trim(),
            "reversal": reversed.map(|done| done.reversal), "amount": reversed.map(|done| done.amount),
        });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(reversed)
    })
    .await
}

/// What waits for an answer of somebody, the oldest first, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn charge_requests_waiting(
    connection: &mut PgConnection,
    reach: &Reach,
    limit: i64,
) -> Result<Vec<ChargeRequest>, sqlx::Error> {
    let ids = store::requests_waiting(&mut *connection, reach, limit).await?;
    store::requests(connection, &ids).await
}

/// What a person answered lately, the newest first, at most `limit`.
///
/// # Errors
/// The database fails.
pub async fn charge_requests_answered(
    connection: &mut PgConnection,
    by: UserId,
    limit: i64,
) -> Result<Vec<ChargeRequest>, sqlx::Error> {
    let ids = store::requests_answered(&mut *connection, by, limit).await?;
    store::requests(connection, &ids).await
}

/// The newest request for a charge.
///
/// # Errors
/// The database fails.
pub async fn charge_request_for(
    connection: &mut PgConnection,
    charge: ChargeId,
) -> Result<Option<ChargeRequest>, sqlx::Error> {
    let newest = store::newest_request(&mut *connection, charge).await?;
    Ok(store::requests(connection, newest.as_slice()).await?.pop())
}

/// A request.
///
/// # Errors
/// The database fails.
pub async fn charge_request(
    connection: &mut PgConnection,
    id: i64,
) -> Result<Option<ChargeRequest>, sqlx::Error> {
    Ok(store::requests(connection, &[id]).await?.pop())
}
