//! Holds as values: what is placed and released, and what is held by whom.

use chrono::{DateTime, Utc};
use serde::Serialize;
use terms::{AccountId, ChargeId, UserId};

/// Holds every open bill of accounts for a channel, of who pays for them now.
#[derive(Debug, Clone)]
pub struct PlaceHold {
    /// Code of the channel.
    pub channel: String,
    /// Its batch, or its order. 批次号、订单号
    pub reference: String,
    /// Whose bills.
    pub accounts: Vec<AccountId>,
    /// When the hold ends by itself.
    pub ends_at: DateTime<Utc>,
    /// Who orders it.
    pub by: UserId,
}

/// Frees what is still held under a reference.
#[derive(Debug, Clone)]
pub struct ReleaseHold {
    /// Code of the channel.
    pub channel: String,
    /// Its batch, or its order.
    pub reference: String,
    /// Why, for the books.
    pub reason: String,
    /// Who orders it.
    pub by: UserId,
}

/// A bill that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The bill.
    pub charge: ChargeId,
    /// Name of the channel that holds it.
    pub channel: String,
    /// Its batch, or its order.
    pub reference: String,
    /// When the hold ends by itself.
    pub ends_at: DateTime<Utc>,
}

/// Who holds a bill, and for what.
#[derive(Debug, Clone)]
pub(crate) struct HeldBy {
    pub(crate) channel: i32,
    pub(crate) name: String,
    pub(crate) reference: String,
}

impl std::fmt::Display for HeldBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.reference)
    }
}
