//! The accounts of meters that are not known yet, in one book of the outlet.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use terms::{BookId, MeterId, PayMethod, Volume, business_day};

use super::reads::{Read, Refusals};
use super::{HourlyError, HourlyFile};
use crate::access::{self, Act};
use crate::reading::accept::{Column, Refusal};
use crate::reading::consume::WrongIndex;
use crate::reading::store::{self, KnownBook};
use crate::register::{
    GarbageClass, NewAccount, NewBook, NewMeter, NewPayer, NewPoint, Pays, PointKind, Quantities,
    ServedAt, SewageClass, UseClass, enter_accounts, enter_books,
};

/// Letters of a serial number by which its account is called.
const SHORT_CHARS: usize = 8;
/// Where a meter that came with nothing but its key begins again, cubic metres.
const RANGE_M3: i64 = 100_000;

/// What was opened, and the acts of that, whose marks come last.
#[derive(Default)]
pub(super) struct Opening {
    /// All meters in the order of the file; none where its reads cannot begin.
    pub(super) meters: Vec<Option<MeterId>>,
    pub(super) accounts: u64,
    pub(super) acts: Vec<Act>,
}

/// Opens book and accounts for meters that are not known yet.
pub(super) async fn open_missing(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    file: &HourlyFile,
    meters: &BTreeMap<String, Vec<Read>>,
    refused: &mut Refusals,
) -> Result<Opening, HourlyError> {
    let known = book(connection, file).await?;
    let serials: Vec<String> = meters.keys().cloned().collect();
    let mut opening = Opening { meters: find(connection, &serials).await?, ..Opening::default() };
    let mut missing: Vec<_> = meters
        .iter()
        .zip(&opening.meters)
        .filter(|(_, id)| id.is_none())
        .map(|(meter, _)| meter)
        .collect();
    missing.retain(|(serial, reads)| {
        let beyond = reads.first().filter(|first| first.index >= Volume::m3(RANGE_M3));
        if let Some(first) = beyond {
            let refusal = Refusal::new(Column::EndIndex, WrongIndex::OutOfRange.to_string());
            refused.push(first.refuse(serial, refusal));
        }
        beyond.is_none()
    });
    if missing.is_empty() {
        return Ok(opening);
    }
    let book = match known {
        Some(book) => book,
        None => {
            let (book, act) = open_book(connection, file).await?;
            opening.acts.push(access::ended(connection, act).await?);
            book
        }
    };
    let shorts: Vec<String> = missing.iter().map(|(serial, _)| number_of(&short(serial))).collect();
    let mut taken = store::taken_numbers(connection, &shorts).await?;
    let mut accounts: Vec<NewAccount> = Vec::with_capacity(missing.len());
    for (place, (serial, reads)) in (1..).zip(missing) {
        let is_free = taken.insert(number_of(&short(serial)));
        let name = if is_free { short(serial) } else { long(serial) };
        accounts.push(account(book, place, (serial, &name), reads));
    }
    let (opened, act) = enter_accounts(connection, now, None, &accounts).await?;
    opening.accounts = opened.len() as u64;
    opening.acts.push(access::ended(connection, act).await?);
    opening.meters = find(connection, &serials).await?;
    Ok(opening)
}

/// The meters of these serial numbers, in their order.
async fn find(
    connection: &mut PgConnection,
    serials: &[String],
) -> Result<Vec<Option<MeterId>>, sqlx::Error> {
    let ids = store::find_meters(connection, serials).await?;
    Ok(ids.into_iter().map(|id| id.map(MeterId)).collect())
}

/// The book, where there is one; it stands where the file's meters belong.
async fn book(
    connection: &mut PgConnection,
    file: &HourlyFile,
) -> Result<Option<BookId>, HourlyError> {
    match store::find_book(connection, &file.book_code, file.outlet).await? {
        Some(KnownBook { outlet, asked: Some(asked), .. }) => {
            Err(HourlyError::BookElsewhere { book: file.book_code.clone(), outlet, asked })
        }
        known => Ok(known.map(|book| BookId(book.id))),
    }
}

async fn open_book(
    connection: &mut PgConnection,
    file: &HourlyFile,
) -> Result<(BookId, Act), HourlyError> {
    let book = NewBook {
        town: file.town,
        outlet: file.outlet,
        code: file.book_code.clone(),
        name: "远传表册".to_owned(),
        reader: None,
    };
    let (opened, act) = enter_books(connection, None, &[book]).await?;
    let book = opened.first().copied().ok_or(sqlx::Error::RowNotFound)?;
    Ok((book, act))
}

/// The beginning of a serial number, which tells most of them apart.
fn short(serial: &str) -> String {
    serial.chars().take(SHORT_CHARS).collect()
}

/// What tells apart those that begin alike.
fn long(serial: &str) -> String {
    hex::encode(&Sha256::digest(serial)[..SHORT_CHARS])
}

fn number_of(name: &str) -> String {
    format!("AMR-{name}")
}

/// An account for a meter that came with nothing but its key.
fn account(book: BookId, place: i32, (serial, name): (&str, &str), reads: &[Read]) -> NewAccount {
    let first = reads.first();
    NewAccount {
        no: number_of(name),
        payer: Pays::New(NewPayer {
            name: format!("远传用户{name}"), phone: None, document: None
        }),
        point: ServedAt::New(NewPoint {
            kind: PointKind::Metered,
            village_code: None,
            address: format!("远传表 {name}"),
        }),
        supplier: None,
        book,
        book_seq: place,
        use_class: UseClass::Resident,
        sewage_class: SewageClass::Resident,
        garbage_class: GarbageClass::Resident,
        persons: 4,
        quantities: Quantities::default(),
        pay_method: PayMethod::Cash,
        opened_on: first.map(|read| business_day(read.at)).unwrap_or_default(),
        meter: Some(NewMeter {
            serial_no: serial.to_owned(),
            caliber_mm: 15,
            max_range: Volume::m3(RANGE_M3),
            start_index: first.map_or(Volume::ZERO, |read| read.index),
        }),
    }
}
