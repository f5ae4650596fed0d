//! Payments without a till, many of them at a time: a channel's items, and what purses pay by themselves.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use terms::{AccountId, Money, OutletId, PayMethod, PaymentId, TownId};

use super::entry::SettledLine;
use crate::prepaid::PrepaidKind;

/// A payment that nobody's till has to do with.
pub(crate) struct BulkPayment {
    pub(crate) id: PaymentId,
    pub(crate) account: AccountId,
    pub(crate) town: TownId,
    pub(crate) outlet: OutletId,
    pub(crate) method: PayMethod,
    /// The channel's item that it is the money of.
    pub(crate) item: Option<i64>,
    pub(crate) account_date: NaiveDate,
    pub(crate) posted_at: DateTime<Utc>,
    /// What came in; nothing where the purse pays.
    pub(crate) received: Money,
    /// Out of the purse.
    pub(crate) prepaid_used: Money,
    /// What lay in the purse before; looked at only where the purse moves.
    pub(crate) had: Money,
    pub(crate) key: String,
    pub(crate) request_hash: Vec<u8>,
    pub(crate) lines: Vec<SettledLine>,
}

/// Payments that are in no day's close: their ids, in ranges, and the digest of them. The mark of their posting says so.
#[derive(Debug, Serialize)]
#[serde(transparent)]
#[must_use]
pub(crate) struct Posted(pub(super) Value);

impl BulkPayment {
    /// Gives it its id; a channel's has no other name under which it could come twice.
    pub(crate) fn is_now(&mut self, id: PaymentId) {
        self.id = id;
        if self.key.is_empty() {
            self.key = format!("channel:{id}");
        }
    }

    /// Late fees of its lines.
    pub(super) fn late_fee(&self) -> Money {
        self.lines.iter().map(|line| line.late_fee).sum()
    }

    /// Into the purse: what is received and pays no line.
    pub(super) fn prepaid_in(&self) -> Money {
        let settled: Money = self.lines.iter().map(|line| line.amount + line.late_fee).sum();
        self.received + self.prepaid_used - settled
    }

    /// How the purse moves: a payment draws on it before it fills it.
    pub(super) fn moves(&self) -> impl Iterator<Item = (&'static str, Money)> {
        let (out, into) = (PrepaidKind::Offset.code(), PrepaidKind::Deposit.code());
        let moves = [(out, -self.prepaid_used), (into, self.prepaid_in())];
        moves.into_iter().filter(|(_, delta)| *delta != Money::ZERO)
    }
}
