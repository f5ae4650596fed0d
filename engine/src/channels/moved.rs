//! 改户入账: money goes to an account that its item does not name, or to one where it names none that is known, by the word
//! of two: one asks, and another posts it by saying yes.

use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use terms::{Clock, PaymentId, Reason};

use super::asked::{AnswerItem, ItemRequest, RequestItem, Target};
use super::store;
use super::suspense::{SuspenseError, in_hand, post, sees, settled};
use crate::access::{self, Act, Action, Reach};
use crate::database::{commit, write};
use crate::room;

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
        if !sees(&mut tx, order.by, &waiting).await? {
            return Err(SuspenseError::UnknownAccount);
        }
        let request = store::note_request(&mut tx, &order, now).await?;
        let request = request.ok_or(SuspenseError::UnknownAccount)?;
        // Who asks is told what would be told to who says yes.
        settled(&mut tx, now, &waiting, (order.account, order.target)).await?;
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
