//! 应收冲正核准: one person asks that a charge may be taken back, and another one takes it back by saying yes.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, ChargeId, Clock, Money, OutletId, Reason, TownId, UserId, business_day};

use super::reverse::{ReverseChargeError, ReversedCharge, charge_sheet, post};
use super::store;
use crate::access::{self, Act, Action, Reach};
use crate::database::{commit, write};
use crate::room;

/// Asks that a charge may be taken back.
#[derive(Debug, Clone)]
pub struct RequestChargeReversal {
    /// The charge.
    pub charge: ChargeId,
    /// Why, for the books.
    pub reason: String,
    /// Who asks.
    pub by: UserId,
}

/// What another person says to a request.
#[derive(Debug, Clone)]
pub struct AnswerChargeReversal {
    /// Which.
    pub request: i64,
    /// Who answers, and did not ask.
    pub by: UserId,
    /// Yes or no.
    pub approved: bool,
    /// Why; needed where it is no.
    pub reason: String,
}

/// A request on the books, with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeRequest {
    /// Its number.
    pub id: i64,
    /// Which charge.
    pub charge: ChargeId,
    /// The month of the charge.
    pub period: BillPeriod,
    /// 户号.
    pub account_no: String,
    /// 户名, not masked.
    pub payer_name: String,
    /// Its sum.
    pub total: Money,
    /// 镇街.
    pub town: TownId,
    /// The outlet that serves the account.
    pub outlet: OutletId,
    /// Name of the outlet.
    pub outlet_name: String,
    /// Who asks.
    pub asked_by: UserId,
    /// The name of who asks.
    pub asked_by_name: String,
    /// Why.
    pub reason: String,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// What was answered.
    pub answer: Option<ChargeAnswer>,
}

/// The word of the second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeAnswer {
    /// The reversal, where it was yes.
    pub reversal: Option<ChargeId>,
    /// Who, by name.
    pub by: String,
    /// Why; always where it is no.
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

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
