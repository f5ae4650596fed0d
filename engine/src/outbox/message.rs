//! A message that is to be sent, and what the counterpart says to it.

use serde::Serialize;
use serde_json::Value;
use terms::closed_list;

closed_list! {
    /// What a message tells. 消息类别
    Topic "outbox topic" {
        DayClose = "day_close" "日结",
        MonthClose = "month_close" "月结",
        ItemReturned = "item_returned" "渠道退回",
    }
}

/// A message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Its id.
    pub id: i64,
    /// What it is about.
    pub topic: Topic,
    /// By which the counterpart knows a repetition.
    pub key: String,
    /// What it says.
    pub body: Value,
    /// How often it was tried, with the try for which it is claimed.
    pub attempts: i32,
}

/// A message with what has become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Due {
    /// The message.
    pub message: Message,
    /// What went wrong last.
    pub trouble: Option<String>,
}

/// What a counterpart said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It has the message.
    Taken(String),
    /// Not now; it is asked again.
    Later(String),
    /// Never.
    Refused(String),
}
