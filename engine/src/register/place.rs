//! Towns, villages, organisations and days of the calendar, as the books take them in.

use chrono::NaiveDate;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
pub(super) struct Town {
    pub(super) code: i32,
    pub(super) name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Village {
    pub(super) code: String,
    pub(super) name: String,
    #[serde(rename = "streetCode")]
    pub(super) town: i32,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Organisation {
    pub(super) town: Option<i32>,
    pub(super) name: String,
    /// What it does, in the words of the books.
    pub(super) kind: String,
    pub(super) business: String,
}

#[derive(Debug)]
pub(super) struct CalendarDay {
    pub(super) day: NaiveDate,
    pub(super) kind: &'static str,
    pub(super) name: String,
}

impl Town {
    /// 东城街道 is called 东城, 茶山镇 茶山, 松山湖 has no such ending.
    pub(super) fn short_name(&self) -> &str {
        let name = self.name.as_str();
        name.strip_suffix("街道").or_else(|| name.strip_suffix('镇')).unwrap_or(name)
    }
}
