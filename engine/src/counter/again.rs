//! The same money once more: an order whose answer was lost, taken again from another tab, till or browser.
//!
//! A bill cannot be paid twice, and says by whom it was paid. A deposit can, and is asked about: under the account's
//! lock, so that of two that come at once the second is asked.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use terms::{Money, PaymentId, shanghai};

use super::collect::{Collect, CollectError};
use super::settle::Settlement;
use super::store;

/// So long the same money is asked about; who comes again later comes with other money.
const A_MOMENT: TimeDelta = TimeDelta::minutes(10);

/// A payment of a moment ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JustTaken {
    /// The payment.
    pub payment: PaymentId,
    /// What was kept of the money, yuan.
    pub amount: Money,
    /// When.
    pub at: DateTime<Utc>,
    /// Who took it.
    pub cashier: String,
}

impl fmt::Display for JustTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}元（{}，{}）", self.amount, clock_time(self.at), self.cashier)
    }
}

/// Hours and minutes, as the clock on the wall shows them.
pub(super) fn clock_time(at: DateTime<Utc>) -> String {
    at.with_timezone(&shanghai()).format("%H:%M").to_string()
}

/// Passes a decision on, unless a till took the same deposit, or the money for these very charges, a moment ago.
pub(super) async fn look_back(
    conn: &mut PgConnection,
    order: &Collect,
    now: DateTime<Utc>,
    decided: Result<Settlement, CollectError>,
) -> Result<Settlement, CollectError> {
    let (account, since) = (order.account, now - A_MOMENT);
    let (taken, refusal): (_, fn(JustTaken) -> CollectError) = match &decided {
        Ok(deposit) if deposit.lines.is_empty() && !order.again => {
            (store::deposited_since(conn, account, deposit.net, since).await?, CollectError::JustTaken)
        }
        Err(CollectError::StaleQuote { .. }) => {
            let taken = store::settled_since(conn, account, &order.charges, since).await?;
            (taken, CollectError::TakenAlready)
        }
        _ => return decided,
    };
    taken.map_or(decided, |taken| Err(refusal(taken)))
}
