//! 基础资料: reference data, accounts, books and meters.
//!
//! [`load_reference`] puts in what every Weir starts with. [`open_books`] and [`open_accounts`] take whole
//! lists, checked before anything is written. [`search`] finds an account as a clerk asks for it, and
//! [`account_card`] shows one. What an account is charged as changes from a day on, by two persons:
//! [`submit_change`], [`decide_change`]; those that were approved ahead begin by [`begin_changes`], or are taken back before
//! by [`withdraw_change`]. What payers, places and meters are called is put right by [`correct()`].

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use terms::{AccountId, BookId, Clock, UserId};

use crate::access::{self, Act, Action};
use crate::database::{commit, write};

mod account;
mod state;
mod called;
mod place;
mod classes;
mod change;
mod withdraw;
mod correct;
mod file;
mod find;
mod payer;
mod reference;
mod validate;
mod store;

pub use account::{
    AccountCard, AccountFile, Arrears, FiledMeter, NewAccount, NewBook, NewMeter, Opened,
};
pub use called::{Correct, Corrected, Correction, Particular, Said, Standing, WaitingPayer};
pub use change::{
    ChangeError, account_history, begin_changes, change_numbered, changes_due, decide_change,
    submit_change, waiting_changes,
};
pub use classes::{GarbageClass, PointKind, RateBasis, SewageClass, UseClass};
pub use correct::{
    CorrectError, correct, corrections, decide_payer, payer_correction, waiting_payers,
};
pub use file::{account_file, account_numbered, arrears};
pub use find::{Elsewhere, Found, SEARCH_LIMIT, SearchScope, search};
pub use payer::{NewPayer, NewPoint, Pays, Quantities, ServedAt};
pub use reference::{ReferenceError, ReferenceReport, load_reference};
pub use state::{AccountChange, AccountState, AccountVersion, Clears};
pub(crate) use validate::serial_no;
pub use validate::{RegisterError, WrongAccount};
pub use withdraw::withdraw_change;

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
        let (ids, act) = enter_books(&mut tx, by, &books).await?;
        access::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(ids)
    })
    .await
}

/// The same inside the caller's transaction, which leaves the mark of the act last.
pub(crate) async fn enter_books(
    connection: &mut PgConnection,
    by: Option<UserId>,
    books: &[NewBook],
) -> Result<(Vec<BookId>, Act), RegisterError> {
    let reach = access::reach_of(connection, by).await?;
    if let Some(book) = books.iter().find(|book| !reach.holds(Some(book.town), Some(book.outlet))) {
        return Err(RegisterError::Unknown(book.code.clone()));
    }
    let ids = store::insert_books(connection, books).await?;
    let first = books.first().map_or("", |book| &book.code);
    let act = Act::new(Action::OpenBooks, by, format!("{} 册，首册 {first}", books.len()));
    Ok((ids, act))
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
    let (accounts, now) = (accounts.to_vec(), clock.now());
    write(pool, move |mut tx| async move {
        let (opened, act) = enter_accounts(&mut tx, now, by, &accounts).await?;
        access::mark(&mut tx, &act, now).await?;
        commit(tx).await?;
        Ok(opened)
    })
    .await
}

/// The same inside the caller's transaction, which leaves the mark of the act last.
pub(crate) async fn enter_accounts(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    by: Option<UserId>,
    accounts: &[NewAccount],
) -> Result<(Vec<Opened>, Act), RegisterError> {
    validate::all(accounts)?;
    let first = accounts.first().map_or("", |account| &account.no);
    let unknown = || RegisterError::Unknown(first.to_owned());
    if let Some(by) = by {
        let known = accounts.iter().filter_map(|account| match account.payer {
            Pays::Known(payer) => Some(payer),
            Pays::New(_) => None,
        });
        // Before they pay for what is opened here.
        let known: Vec<_> = known.collect();
        if !access::reaches_payers(&mut *connection, by, &known).await? {
            return Err(unknown());
        }
    }
    let opened = store::insert_accounts(&mut *connection, accounts, (by, now)).await?;
    if let Some(by) = by {
        let ids: Vec<_> = opened.iter().map(|opened| opened.account).collect();
        if !access::reaches(&mut *connection, by, &ids).await? {
            return Err(unknown());
        }
    }
    let act = Act::new(Action::OpenAccounts, by, format!("{} 户，首户 {first}", opened.len()));
    Ok((opened, act))
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
