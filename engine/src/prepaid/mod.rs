//! Money that payers leave with us, and how it pays their bills by itself. 预存抵扣
//!
//! A deposit and a purse used at the counter are payments of the [`counter`](crate::counter). After a bill run
//! [`offset()`] pays what the purses can pay: whole charges, oldest first, each account once for each issue of
//! bills. No money moves on that day, for it was received when the purse was filled. A purse is of who pays for the
//! account now, for it is empty when the account passes to another; what is billed of the former payer it leaves alone.

use terms::closed_list;

mod offset;
mod store;

pub use offset::{Offset, OffsetError, offset};

closed_list! {
    /// Which way money moves between a payer and the purse. 预存变动
    PrepaidKind "prepaid kind" {
        Deposit = "deposit" "存入",
        Offset = "offset" "抵扣",
    }
}
