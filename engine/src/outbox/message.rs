//! A message that is to be sent, and what the counterpart says to it.

use std::str::FromStr;

use serde::Serialize;
use serde_json::Value;
use terms::UnknownWord;

/// What a message tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A cashier has closed a day. 日结
    DayClose,
    /// An organisation has closed a month. 月结
    MonthClose,
    /// Money of a channel goes back. 退回
    ItemReturned,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 3] = [Self::DayClose, Self::MonthClose, Self::ItemReturned];

    /// The word used in SQL and by the counterpart.
    pub const fn code(self) -> &'static str {
        match self {
            Self::DayClose => "day_close",
            Self::MonthClose => "month_close",
            Self::ItemReturned => "item_returned",
        }
    }
}

impl FromStr for Topic {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        let known = Self::ALL.into_iter().find(|topic| topic.code() == word);
        known.ok_or_else(|| UnknownWord { list: "outbox topic", word: word.to_owned() })
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
