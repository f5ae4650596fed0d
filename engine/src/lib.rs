//! The operational core: what clerks, readers and banks do, written to PostgreSQL.
//!
//! One folder for each noun of the trade: `mod.rs` says what can be done, files named by a verb hold
//! the pure decisions, and `store.rs` is the only place with SQL. An error is told in the Chinese sentence that a person
//! reads: which place, why, and the way out; pages and commands add nothing to it.
//!
//! - [`register`]: reference data, accounts, books and meters. 基础资料
//! - [`tariff`]: dated rates, and the tier price of a volume. 收费标准
//! - [`reading`]: readings entered, imported and reviewed. 用水管理
//! - [`billing`]: the bill run of a period. 计费
//! - [`counter`]: a payment taken, posted, reversed. 前台收费
//! - [`prepaid`]: purses that pay bills by themselves. 预存抵扣
//! - [`channels`]: payments that banks and online channels settled. 代扣、微信、支付宝
//! - [`receipts`]: numbered paper leased to a cashier. 票据
//! - [`closing`]: a cashier's day. 日结
//! - [`remittance`]: money passed on to the treasury. 上缴
//! - [`room`]: partitions for the months to come. 月分区
//! - [`outbox`]: what leaves the house, sent under its key. 待发
//! - [`access`]: people, pass words, sessions, the operation log. 权限
//! - [`extract`]: the register of export jobs. 导出任务
//! - [`check`]: the invariants, one line each.

pub mod access;
pub mod billing;
pub mod channels;
pub mod check;
pub mod closing;
pub mod counter;
pub mod extract;
pub mod outbox;
pub mod reading;
pub mod prepaid;
pub mod receipts;
pub mod register;
pub mod remittance;
pub mod room;
pub mod tariff;

mod copy;
mod database;
mod failure;

pub use database::{
    APPLICATION, CAPTURE, DatabaseClock, MIGRATOR, Misfit, OWNER, ROLES, connect, is_played,
    migrate, misfit, play,
};
pub use failure::{Unfit, clock_fault, field_name, is_in_doubt, is_out_of_reach, unfit};
