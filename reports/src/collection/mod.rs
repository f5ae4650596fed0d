//! 收费管理 reports: what was collected on a day, summed and in detail.

mod daily_collection;
mod daily_detail;
mod handed_in;
mod receipt_numbers;

pub use daily_collection::DAILY_COLLECTION;
pub use daily_detail::DAILY_DETAIL;

use crate::report::{Ask, Check};

/// A day, and an outlet or all of them.
const DAY_AND_OUTLET: &[Ask] = &[Ask::day("day", "收费日期"), Ask::outlet("outlet", "网点")];

/// Columns in which the sum and the detail of a day must agree.
const AGREED: &[&str] = &[
    "payments",
    "reversals",
    "reversed",
    "water",
    "sewage",
    "garbage",
    "overquota",
    "late_fee",
    "prepaid",
    "net",
];

const HANDED_IN: Check = Check::Pair {
    label: "柜台实收与交款来源一致",
    sql: include_str!("against_tenders.sql"),
};
const PAPER: Check =
    Check::Pair { label: "与票据一致", sql: include_str!("against_receipts.sql") };
const CLOSED: Check =
    Check::Pair { label: "与日结一致", sql: include_str!("against_closings.sql") };
const SHEETS: Check =
    Check::Pair { label: "票号与日结票据一致", sql: include_str!("against_sheets.sql") };
const USED_UP: Check =
    Check::Pair { label: "实收与销账、预存一致", sql: include_str!("against_use.sql") };
