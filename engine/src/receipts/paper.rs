//! Paper as a value: ranges that come, go out, are left and are spoilt, and one number of them. 票据

use serde::Serialize;
use terms::{OutletId, ReceiptType, UserId};

/// More numbers than a store room holds.
pub(super) const RANGE_MAX: i64 = 100_000;

/// Longest code of a series.
const CODE_MAX_CHARS: usize = 20;

/// A number that a paper is printed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Its family.
    pub receipt_type: ReceiptType,
    /// Code of the series. 票据代码
    pub code: String,
    /// Number in the series as it is printed, leading zeros and all. 票据号码
    pub no: String,
    /// The same, as the stock counts it.
    pub paper_no: i64,
}

/// What the keeper of a store takes in.
#[derive(Debug, Clone)]
pub struct Receive {
    /// Family of paper.
    pub receipt_type: ReceiptType,
    /// Code of the series.
    pub code: String,
    /// First number as it is printed, leading zeros and all.
    pub first: String,
    /// Last number, included, of as many digits.
    pub last: String,
    /// The organisation whose store it is.
    pub store: OutletId,
    /// Who takes it in.
    pub by: UserId,
}

/// What the keeper of the store orders.
#[derive(Debug, Clone)]
pub struct Lease {
    /// Family of paper.
    pub receipt_type: ReceiptType,
    /// Code of the series.
    pub code: String,
    /// First number.
    pub first_no: i64,
    /// Last number, included.
    pub last_no: i64,
    /// Where it will be used.
    pub outlet: OutletId,
    /// Who will use it.
    pub holder: UserId,
    /// Who hands it out.
    pub by: UserId,
}

/// What the keeper of the store takes back.
#[derive(Debug, Clone)]
pub struct TakeBack {
    /// Family of paper.
    pub receipt_type: ReceiptType,
    /// Code of the series.
    pub code: String,
    /// First number.
    pub first_no: i64,
    /// Last number, included.
    pub last_no: i64,
    /// Who has it.
    pub holder: UserId,
    /// Who takes it back.
    pub by: UserId,
}

/// A range on the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Leased {
    /// Id of the range. 号段
    pub segment: i32,
    /// How many numbers it holds.
    pub numbers: i64,
}

/// A range of numbers in a cashier's hands. 号段
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stock {
    /// Id of the range.
    pub segment: i32,
    /// Family of paper.
    pub receipt_type: ReceiptType,
    /// Code of the series.
    pub code: String,
    /// First number leased.
    pub first_no: i64,
    /// Last number leased.
    pub last_no: i64,
    /// The number to be used next, as it is printed.
    pub next: String,
    /// Numbers left.
    pub remaining: i64,
}

/// What a cashier orders: the number is named, so that screen and paper are compared.
#[derive(Debug, Clone)]
pub struct Void {
    /// Whose paper.
    pub holder: UserId,
    /// Family of paper.
    pub receipt_type: ReceiptType,
    /// Code of the series.
    pub code: String,
    /// The number on the spoilt paper; it must be the next one.
    pub no: i64,
    /// Why.
    pub reason: String,
}

/// How many numbers a range holds; none where it is no range.
pub(super) fn numbers_in(code: &str, (first_no, last_no): (i64, i64)) -> Option<i64> {
    let numbers = last_no.checked_sub(first_no)? + 1;
    let code_fits = (1..=CODE_MAX_CHARS).contains(&code.trim().chars().count());
    (first_no > 0 && (1..=RANGE_MAX).contains(&numbers) && code_fits).then_some(numbers)
}
