//! 改户入账: money goes to an account that its item does not name, or to one where it names none that is known, by the word
//! of two: one asks, and another posts it by saying yes.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use terms::{AccountId, Clock, Money, OutletId, PaymentId, Reason, TownId, UserId};

use super::store;
use super::suspense::{SuspenseError, Target, in_hand, post};
use crate::access::{self, Act, Action, Reach};
use crate::database::{commit, write};
use crate::room;

/// Asks that an item in suspense goes to another account.
#[derive(Debug, Clone)]
pub struct RequestItem {
    /// The item.
    pub item: i64,
    /// The account, which the item does not name.
    pub account: AccountId,
    /// What becomes of the money.
    pub target: Target,
    /// Who asks.
    pub by: UserId,
}

/// What another person says to a request.
#[derive(Debug, Clone)]
pub struct AnswerItem {
    /// Which.
    pub request: i64,
    /// Who answers, and did not ask.
    pub by: UserId,
    /// Yes or no.
    pub approved: bool,
    /// Why; needed where it is no.
    pub reason: String,
}

/// A request that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ItemRequest {
    /// Its number.
    pub id: i64,
    /// The item.
    pub item: i64,
    /// Name of the channel.
    pub channel: String,
    /// The channel's serial.
    pub serial: String,
    /// Number of the account, as the channel wrote it.
    pub named: String,
    /// Yuan.
    pub gross: Money,
    /// The account that it is for.
    pub account: AccountId,
    /// Its number. 户号
    pub account_no: String,
    /// 户名, not masked.
    pub payer_name: String,
    /// 镇街.
    pub town: TownId,
    /// The outlet that serves the account.
    pub outlet: OutletId,
    /// True where it is kept for the account.
    pub is_prepaid: bool,
    /// Who asks.
    pub asked_by: UserId,
    /// The name of who asks.
    pub asked_by_name: String,
    /// When.
    pub asked_at: DateTime<Utc>,
}

/// Asks that the money of an item goes to an account that it does not name; gives the number of the request.
///
/// # Errors
/// See [`SuspenseError`].
pub async fn request_item(
    pool: &PgPool,
    clock: &dyn Clock,
    order: RequestItem,
) -> Result<i64, SuspenseError> {
    let now = clock.now();
    write(pool, move |mut tx| async move {
        let waiting = in_hand(&mut tx, order.item).await?;
        let request = store::note_request(&mut tx, &order, now).await?;
        let request = request.ok_or(SuspenseError::UnknownAccount)?;
        let subject =
            format!("{} {} {}", waiting.channel.name, waiting.item.serial, waiting.item.gross);
        let act = Act::new(Action::RequestItem, Some(order.by), subject);
        let prepaid = order.target == Target::Prepaid;
        let details = json!({
            "request": request, "item": order.item, "account": order.account, "prepaid": prepaid,
        });
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(request)
    })
    .await
}

/// Says yes or no to a request, once. A yes posts the item; gives its payment.
///
/// # Errors
/// See [`SuspenseError`].
pub async fn answer_item(
    pool: &PgPool,
    clock: &dyn Clock,
    order: AnswerItem,
) -> Result<Option<PaymentId>, SuspenseError> {
    if !(order.approved && order.reason.trim().is_empty()) {
        Reason::of(&order.reason).ok_or(SuspenseError::NoReason)?;
    }
    let now = clock.now();
    room::ready(pool, now).await?;
    write(pool, move |mut tx| async move {
        let asked = item_request(&mut tx, order.request).await?.ok_or(SuspenseError::NoRequest)?;
        store::note_answer(&mut tx, &order, now).await?;
        let said = json!({
            "request": asked.id, "asked_by": asked.asked_by, "approved": order.approved, "reason": order.reason.trim(),
        });
        let (payment, details) = if order.approved {
            let waiting = in_hand(&mut tx, asked.item).await?;
            let target = if asked.is_prepaid { Target::Prepaid } else { Target::AsItSays };
            let done = post(&mut tx, now, waiting, (asked.account, target)).await?;
            (Some(done.payment), both(said, done.details))
        } else {
            (None, said)
        };
        let subject = format!("{} {} {}", asked.channel, asked.serial, asked.gross);
        let act = Act::new(Action::ApproveItem, Some(order.by), subject);
        access::mark(&mut tx, &act.with(details), now).await?;
        commit(tx).await?;
        Ok(payment)
    })
    .await
}

/// Requests that wait for an answer of somebody, the oldest first.
///
/// # Errors
/// The database cannot answer.
pub async fn item_requests(
    connection: &mut PgConnection,
    reach: &Reach,
) -> Result<Vec<ItemRequest>, sqlx::Error> {
    store::requests(connection, None, reach).await
}

/// A request that waits; none where it was answered, or its item is gone.
///
/// # Errors
/// The database cannot answer.
pub async fn item_request(
    connection: &mut PgConnection,
    id: i64,
) -> Result<Option<ItemRequest>, sqlx::Error> {
    Ok(store::requests(connection, Some(id), &Reach::default()).await?.pop())
}

/// What was said, with what was posted.
fn both(mut said: Value, posted: Value) -> Value {
    if let (Value::Object(said), Value::Object(posted)) = (&mut said, posted) {
        said.extend(posted);
    }
    said
}
