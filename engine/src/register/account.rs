//! Accounts as they are opened, and the card of one. 用户档案

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use terms::{
    AccountId, BookId, MeterId, Money, OrganisationId, OutletId, PayMethod, TownId, UserId, Volume,
};

use super::classes::{GarbageClass, PointKind, SewageClass, UseClass};
use super::payer::{Pays, Quantities, ServedAt};
use super::state::AccountState;

/// A reading book to open. 表册
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBook {
    /// The town of its accounts.
    pub town: TownId,
    /// The outlet that collects from them.
    pub outlet: OutletId,
    /// Unique, at most 20 characters.
    pub code: String,
    /// What people call it, at most 60 characters.
    pub name: String,
    /// Who walks it; None where the meters tell by themselves. 抄表员
    pub reader: Option<UserId>,
}

/// An account to open. Town and outlet are those of the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Unique, at most 20 characters. 户号
    pub no: String,
    /// Who pays.
    pub payer: Pays,
    /// Where it is served.
    pub point: ServedAt,
    /// Whom its water is bought from; None where the outlet of the book is the supplier. 供水单位
    pub supplier: Option<OrganisationId>,
    /// The round on which it is read.
    pub book: BookId,
    /// Its place on the round.
    pub book_seq: i32,
    /// Decides the price of water.
    pub use_class: UseClass,
    /// Decides the price of sewage treatment.
    pub sewage_class: SewageClass,
    /// Decides the price of garbage treatment.
    pub garbage_class: GarbageClass,
    /// From 1 to 99; widens the tiers above the base.
    pub persons: i32,
    /// What fees are due on that are not by water.
    pub quantities: Quantities,
    /// How the payer usually pays.
    pub pay_method: PayMethod,
    /// The day from which the account uses water.
    pub opened_on: NaiveDate,
    /// The meter at its place; None where nothing measures.
    pub meter: Option<NewMeter>,
}

/// A meter to install with its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMeter {
    /// 表身码, unique, at most 40 characters.
    pub serial_no: String,
    /// 水表口径 in mm, from 10 to 600.
    pub caliber_mm: i32,
    /// 量程: the index at which the meter begins again.
    pub max_range: Volume,
    /// 底度: the index at installation.
    pub start_index: Volume,
}

/// An account that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// The account.
    pub account: AccountId,
    /// Its meter, where it has one.
    pub meter: Option<MeterId>,
}

/// An account as the counter shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountCard {
    /// The account.
    pub id: AccountId,
    /// 户号.
    pub no: String,
    /// 户名, not masked.
    pub payer_name: String,
    /// Not masked.
    pub phone: Option<String>,
    /// Not masked.
    pub address: String,
    /// 镇街.
    pub town: TownId,
    /// Its short name.
    pub town_name: String,
    /// 网点.
    pub outlet: OutletId,
    /// Its name.
    pub outlet_name: String,
    /// 表册.
    pub book_code: String,
    /// Place on the round.
    pub book_seq: i32,
    /// Serial number of the meter at work; None if there is none.
    pub meter_serial_no: Option<String>,
    /// 用水性质.
    pub use_class: UseClass,
    /// 污水费类型.
    pub sewage_class: SewageClass,
    /// 垃圾费类型.
    pub garbage_class: GarbageClass,
    /// Persons of the household.
    pub persons: i32,
    /// 缴费方式.
    pub pay_method: PayMethod,
    /// False once closed.
    pub open: bool,
}

/// What an account owes of the fees that somebody sees; never told without saying which. 欠费
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Arrears {
    /// Charges that are not settled yet.
    pub charges: i64,
    /// What they still owe, without late fees.
    pub amount: Money,
}

/// An account with all that it is charged by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountFile {
    /// What the counter shows of it.
    pub card: AccountCard,
    /// What it is charged as today.
    pub state: AccountState,
    /// 供水单位, by its name.
    pub supplier_name: String,
    /// 用水点类型.
    pub point: PointKind,
    /// 开户日期.
    pub opened_on: NaiveDate,
    /// Whether 证件号码 of the payer is known; the number itself is shown to nobody.
    pub has_document: bool,
    /// How many accounts the payer pays for.
    pub accounts_of_payer: i64,
    /// Its meters, the one at work first.
    pub meters: Vec<FiledMeter>,
}

/// A meter of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FiledMeter {
    /// 表身码.
    pub serial_no: String,
    /// 水表口径 in mm.
    pub caliber_mm: i32,
    /// 量程.
    pub max_range: Volume,
    /// 底度.
    pub start_index: Volume,
    /// 装表日期.
    pub installed_on: NaiveDate,
    /// Who said so; None where it was whoever keeps the machine.
    pub installed_by: Option<String>,
    /// When that was said.
    pub recorded_at: DateTime<Utc>,
    /// 拆表日期; None while it is at work.
    pub removed_on: Option<NaiveDate>,
    /// Who said so.
    pub removed_by: Option<String>,
}
