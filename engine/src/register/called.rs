//! What payers, places and meters are called, and corrections of it, as values. 资料更正

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use terms::{PayerId, TownId, UserId, Volume};

use super::payer::NewPayer;

/// What is put right; None leaves as it is, and an empty text takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Correct {
    /// 缴费人资料.
    Payer {
        /// 户名; another one waits for a second person.
        name: Option<String>,
        /// 电话.
        phone: Option<String>,
        /// 证件号码; another one waits for a second person.
        document: Option<String>,
    },
    /// 用水地址.
    Address(String),
    /// 水表资料.
    Meter {
        /// 表身码, as it stands in the books.
        serial_no: String,
        /// 表身码, as it stands on the meter.
        to_serial_no: Option<String>,
        /// 水表口径 in mm.
        caliber_mm: Option<i32>,
        /// 量程.
        max_range: Option<Volume>,
    },
}

/// A correction of what an account's payer, place or meter is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// 户号. A payer's correction holds for every account of the payer.
    pub account_no: String,
    /// Since when it is so; not before what was corrected last.
    pub valid_from: NaiveDate,
    /// What is put right.
    pub what: Correct,
    /// Why.
    pub reason: String,
}

terms::closed_list! {
    /// What a correction is of.
    Particular "particular" {
        Payer = "payer" "缴费人资料",
        Address = "address" "用水地址",
        Meter = "meter" "水表资料",
    }
}

/// A correction that was written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Corrected {
    /// The version.
    pub version: i64,
    /// Whether it waits for a second person.
    pub waits: bool,
}

/// How a correction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is what was said before the first correction.
    First,
    /// A second person has not said yes or no yet.
    Waits,
    /// It holds.
    Holds,
    /// A second person has said no.
    Refused,
}

impl Standing {
    /// The word that people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::First => "原登记",
            Self::Waits => "待审批",
            Self::Holds => "已生效",
            Self::Refused => "已退回",
        }
    }
}

/// A version of what something is called, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// What of.
    pub of: Particular,
    /// The version.
    pub version: i64,
    /// Since when it was so.
    pub valid_from: NaiveDate,
    /// What is said, not masked: 户名 and 电话, 地址, or 表身码, 口径 and 量程.
    pub words: String,
    /// Why; None for what was said before the first correction.
    pub reason: Option<String>,
    /// Who submitted it, by name.
    pub submitted_by: Option<String>,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// Who approved or refused it, by name.
    pub decided_by: Option<String>,
    /// How it stands.
    pub standing: Standing,
}

/// The correction of a payer's name or document that waits for a second person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaitingPayer {
    /// The version.
    pub version: i64,
    /// The town of the payer.
    pub town: TownId,
    /// 户名 today, not masked.
    pub name: String,
    /// 户名 from then on, not masked.
    pub to_name: String,
    /// Whether the document is another one.
    pub is_other_document: bool,
    /// 户号 of the accounts that the payer pays for, at most five.
    pub accounts: Vec<String>,
    /// Since when it is so.
    pub valid_from: NaiveDate,
    /// Why.
    pub reason: String,
    /// Who submitted it.
    pub submitted_by: UserId,
    /// By name.
    pub submitter: String,
    /// When.
    pub recorded_at: DateTime<Utc>,
}

/// Of whom an account is today, and where.
pub(super) struct Present {
    pub(super) account: i64,
    pub(super) payer_id: PayerId,
    pub(super) payer_town: i32,
    pub(super) payer: NewPayer,
    pub(super) point: i64,
    pub(super) point_town: i32,
    pub(super) address: String,
}
