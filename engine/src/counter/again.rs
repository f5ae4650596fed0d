//! The same money once more: an order whose answer was lost, taken again from another tab, till or browser.
//!
//! A bill cannot be paid twice, and says by whom it was paid. A deposit can, and is asked about: under the account's
//! lock, so that of two that come at once the second is asked.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use terms::FeeItem;

use super::payment::{Collect, CollectError, JustTaken};
use super::settle::Settlement;
use super::store;

/// So long the same money is asked about; who comes again later comes with other money.
const A_MOMENT: TimeDelta = TimeDelta::minutes(10);

/// Passes a decision on, unless a till took the same deposit, or the money for these very charges, a moment ago: that of
/// these fees, where only they are taken.
pub(super) async fn look_back(
    connection: &mut PgConnection,
    order: &Collect,
    (now, fees): (DateTime<Utc>, Option<&[FeeItem]>),
    decided: Result<Settlement, CollectError>,
) -> Result<Settlement, CollectError> {
    let (account, since) = (order.account, now - A_MOMENT);
    let (taken, refusal): (_, fn(JustTaken) -> CollectError) = match &decided {
        Ok(deposit) if deposit.lines.is_empty() && !order.again => (
            store::deposited_since(connection, account, deposit.net, since).await?,
            CollectError::JustTaken,
        ),
        Err(CollectError::StaleQuote { .. }) => {
            let of = (&order.charges[..], fees);
            let taken = store::settled_since(connection, account, of, since).await?;
            (taken, CollectError::TakenAlready)
        }
        _ => return decided,
    };
    taken.map_or(decided, |taken| Err(refusal(taken)))
}
