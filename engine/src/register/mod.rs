//! 基础资料: reference data, accounts, books and meters.
//!
//! [`load_reference`] puts in what every Weir starts with. [`open_books`] and [`open_accounts`] take whole
//! lists, checked before anything is written. [`search`] finds an account as a clerk asks for it, and
//! [`account_card`] shows one. What an account is charged as changes from a day on, by two persons:
//! [`submit_change`], [`decide_change`]; what payers, places and meters are called is put right by [`correct()`].

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::{PgConnection, PgPool};
use terms::{
    AccountId, BookId, Clock, MeterId, Money, OrganisationId, OutletId, PayMethod, TownId, UserId,
    Volume,
};

use crate::access::{self, Act, Action};
use crate::database::{commit, write};

mod classes;
mod change;
mod correct;
mod file;
mod find;
mod payer;
mod reference;
mod validate;
mod store;

pub use change::{
    AccountChange, AccountState, AccountVersion, ChangeError, Clears, account_history,
    change_numbered, decide_change, submit_change, waiting_changes,
};
pub use classes::{GarbageClass, PointKind, RateBasis, SewageClass, UseClass};
pub use correct::{
    Correct, CorrectError, Corrected, Correction, Particular, Said, Standing, WaitingPayer,
    correct, corrections, decide_payer, payer_correction, waiting_payers,
};
pub use file::{AccountFile, FiledMeter, account_file, account_numbered};
pub use find::{Elsewhere, Found, SEARCH_LIMIT, SearchScope, search};
pub use payer::{NewPayer, NewPoint, Pays, Quantities, ServedAt};
pub use reference::{ReferenceError, ReferenceReport, load_reference};
pub use validate::{RegisterError, WrongAccount};

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

/// Opens reading books; gives their ids in the order asked for.
///
/// # Errors
/// A code exists already, or town or outlet do not; `by` may not.
pub async fn open_books(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    books: &[NewBook],
) -> Result<Vec<BookId>, RegisterError> {
    let (books, now) = (books.to_vec(), clock.now());
    write(pool, move |mut tx| async move {
        let ids = store::insert_books(&mut tx, &books).await?;
        let first = books.first().map_or("", |book| &book.code);
        let act = Act::new(Action::OpenBooks, by, format!("{} 册，首册 {first}", books.len()));
        access::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(ids)
    })
    .await
}

/// Opens accounts with their payers, places and meters, all or none; gives their ids in the order asked for. Ids are
/// given in order, so that a list sorted by town and book lies together on disk.
///
/// # Errors
/// An account is not well-formed, its book, payer or place does not exist, or a number or serial number is taken;
/// `by` may not.
pub async fn open_accounts(
    pool: &PgPool,
    clock: &dyn Clock,
    by: Option<UserId>,
    accounts: &[NewAccount],
) -> Result<Vec<Opened>, RegisterError> {
    validate::all(accounts)?;
    let (accounts, now) = (accounts.to_vec(), clock.now());
    write(pool, move |mut tx| async move {
        let opened = store::insert_accounts(&mut tx, &accounts).await?;
        let first = accounts.first().map_or("", |account| &account.no);
        let act = Act::new(Action::OpenAccounts, by, format!("{} 户，首户 {first}", opened.len()));
        access::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(opened)
    })
    .await
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
    /// Charges that are not settled yet.
    pub open_charges: i64,
    /// What they still owe, without late fees.
    pub arrears: Money,
    /// 预存.
    pub prepaid: Money,
}

/// One account, or None if there is none with this id.
///
/// # Errors
/// The database fails.
pub async fn account_card(
    connection: &mut PgConnection,
    id: AccountId,
) -> Result<Option<AccountCard>, sqlx::Error> {
    Ok(store::cards(connection, &[id.0]).await?.pop())
}
