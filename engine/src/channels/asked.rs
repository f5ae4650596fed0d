//! What becomes of an item in suspense, and what is asked and answered where it goes to another account, as values. 改户入账

use chrono::{DateTime, Utc};
use serde::Serialize;
use terms::{AccountId, Money, OutletId, TownId, UserId};

/// What becomes of the money of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// It pays what the item says, exactly.
    AsItSays,
    /// It is kept for the account. 预存
    Prepaid,
}

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
    /// The open bills of who pays for that account now, yuan.
    pub owes: Money,
    /// Who asks.
    pub asked_by: UserId,
    /// The name of who asks.
    pub asked_by_name: String,
    /// When.
    pub asked_at: DateTime<Utc>,
}
