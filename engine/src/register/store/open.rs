//! New accounts with their payers, places and meters, by COPY.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use terms::{AccountId, MeterId, UserId};

use crate::copy::{CopyRows, copy_in};
use crate::database::number_of;
use crate::register::account::{NewAccount, NewMeter, Opened};
use crate::register::payer::{NewPayer, NewPoint, Pays, ServedAt};
use crate::register::validate::RegisterError;

/// Where the accounts of a book belong.
struct Book {
    id: i32,
    town_id: i32,
    outlet_id: i32,
}

/// The ids that an opening takes, each in ascending order.
#[derive(Default)]
struct Ids {
    accounts: Vec<i64>,
    meters: Vec<i64>,
    payers: Vec<i64>,
    points: Vec<i64>,
}

/// How an account is called, and where it lies, by payer and place.
struct Names<'a> {
    payer_id: i64,
    name: &'a str,
    phone: Option<&'a str>,
    point_id: i64,
    village: Option<&'a str>,
    address: &'a str,
}

/// Payers and places that are known already.
#[derive(Default)]
struct Known {
    payers: HashMap<i64, (String, Option<String>)>,
    points: HashMap<i64, (i32, Option<String>, String)>,
}

pub(in crate::register) async fn insert_accounts(
    connection: &mut PgConnection,
    accounts: &[NewAccount],
    (by, now): (Option<UserId>, DateTime<Utc>),
) -> Result<Vec<Opened>, RegisterError> {
    let books = books(&mut *connection, accounts).await?;
    let known = known(&mut *connection, accounts).await?;
    let ids = reserve_ids(&mut *connection, accounts.len()).await?;
    let [mut payers, mut points, mut rows, mut meters] = [(); 4].map(|()| CopyRows::new());
    let mut opened = Vec::with_capacity(accounts.len());
    for (place, account) in accounts.iter().enumerate() {
        let book = books
            .binary_search_by_key(&account.book.0, |book| book.id)
            .map(|at| &books[at])
            .map_err(|_| RegisterError::Unknown(format!("表册 {}", account.book)))?;
        let names = known.names(account, book, (ids.payers[place], ids.points[place]))?;
        if let Pays::New(payer) = &account.payer {
            write_payer(&mut payers, names.payer_id, book, payer);
        }
        if let ServedAt::New(point) = &account.point {
            write_point(&mut points, names.point_id, book, point);
        }
        let account_id = ids.accounts[place];
        write_account(&mut rows, account_id, account, book, &names);
        let meter = account.meter.as_ref().map(|meter| {
            let id = MeterId(ids.meters[place]);
            meters.row(10).i64(id.0).i64(names.point_id).i64(account_id);
            write_meter(&mut meters, meter);
            let row = meters.date(account.opened_on);
            match by {
                Some(by) => row.i32(by.0),
                None => row.null(),
            }
            .timestamptz(now);
            id
        });
        opened.push(Opened { account: AccountId(account_id), meter });
    }
    for (statement, rows) in [
        ("copy payer (id, town_id, name, phone, document) from stdin (format binary)", payers),
        ("copy service_point (id, town_id, village_code, address, kind) from stdin (format binary)", points),
        (
            "copy account (id, no, payer_id, service_point_id, town_id, village_code, outlet_id, supplier_id, book_id,
                book_seq, payer_name, phone, address, use_class, sewage_class, garbage_class, persons, area_m2, bins,
                households, pay_method, opened_on) from stdin (format binary)",
            rows,
        ),
        (
            "copy meter (id, service_point_id, account_id, serial_no, caliber_mm, max_range, start_index, installed_on,
                installed_by, recorded_at) from stdin (format binary)",
            meters,
        ),
    ] {
        copy_in(&mut *connection, statement, rows).await?;
    }
    Ok(opened)
}

/// The books of the accounts, by id.
async fn books(
    connection: &mut PgConnection,
    accounts: &[NewAccount],
) -> Result<Vec<Book>, sqlx::Error> {
    let mut wanted: Vec<i32> = accounts.iter().map(|account| account.book.0).collect();
    wanted.sort_unstable();
    wanted.dedup();
    sqlx::query_as!(
        Book,
        "select id, town_id, outlet_id from reading_book where id = any($1) order by id",
        &wanted
    )
    .fetch_all(connection)
    .await
}

/// The payers and places that the accounts name.
async fn known(
    connection: &mut PgConnection,
    accounts: &[NewAccount],
) -> Result<Known, sqlx::Error> {
    let (mut payers, mut points) = (Vec::new(), Vec::new());
    for account in accounts {
        if let Pays::Known(id) = account.payer {
            payers.push(id.0);
        }
        if let ServedAt::Known(id) = account.point {
            points.push(id.0);
        }
    }
    let mut known = Known::default();
    if !payers.is_empty() {
        let rows = sqlx::query!("select id, name, phone from payer where id = any($1)", &payers)
            .fetch_all(&mut *connection)
            .await?;
        known.payers = rows.into_iter().map(|row| (row.id, (row.name, row.phone))).collect();
    }
    if !points.is_empty() {
        let rows = sqlx::query!(
            "select id, town_id, village_code, address from service_point where id = any($1)",
            &points
        )
        .fetch_all(connection)
        .await?;
        let rows =
            rows.into_iter().map(|row| (row.id, (row.town_id, row.village_code, row.address)));
        known.points = rows.collect();
    }
    Ok(known)
}

impl Known {
    /// How an account is called; `fresh` are the ids of a payer and a place that come with it.
    fn names<'a>(
        &'a self,
        account: &'a NewAccount,
        book: &Book,
        fresh: (i64, i64),
    ) -> Result<Names<'a>, RegisterError> {
        let (payer_id, name, phone) = match &account.payer {
            Pays::New(payer) => (fresh.0, payer.name.as_str(), payer.phone.as_deref()),
            Pays::Known(id) => {
                let payer = self.payers.get(&id.0);
                let payer = payer.ok_or_else(|| RegisterError::Unknown(format!("缴费人 {id}")))?;
                (id.0, payer.0.as_str(), payer.1.as_deref())
            }
        };
        let (point_id, village, address) = match &account.point {
            ServedAt::New(point) => {
                (fresh.1, point.village_code.as_deref(), point.address.as_str())
            }
            ServedAt::Known(id) => {
                let point = self.points.get(&id.0).filter(|point| point.0 == book.town_id);
                let point = point.ok_or_else(|| RegisterError::Unknown(format!("用水点 {id}")))?;
                (id.0, point.1.as_deref(), point.2.as_str())
            }
        };
        Ok(Names { payer_id, name, phone, point_id, village, address })
    }
}

/// Takes ids from the sequences.
async fn reserve_ids(connection: &mut PgConnection, count: usize) -> Result<Ids, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select nextval(pg_get_serial_sequence('account', 'id')) as "account!",
                  nextval(pg_get_serial_sequence('meter', 'id')) as "meter!",
                  nextval(pg_get_serial_sequence('payer', 'id')) as "payer!",
                  nextval(pg_get_serial_sequence('service_point', 'id')) as "point!"
           from generate_series(1, $1::bigint)"#,
        number_of(count)
    )
    .fetch_all(connection)
    .await?;
    let mut ids = Ids::default();
    for row in rows {
        ids.accounts.push(row.account);
        ids.meters.push(row.meter);
        ids.payers.push(row.payer);
        ids.points.push(row.point);
    }
    Ok(ids)
}

fn optional(rows: &mut CopyRows, text: Option<&str>) {
    match text {
        Some(text) => rows.text(text),
        None => rows.null(),
    };
}

fn write_payer(rows: &mut CopyRows, id: i64, book: &Book, payer: &NewPayer) {
    rows.row(5).i64(id).i32(book.town_id).text(&payer.name);
    optional(rows, payer.phone.as_deref());
    optional(rows, payer.document.as_deref());
}

fn write_point(rows: &mut CopyRows, id: i64, book: &Book, point: &NewPoint) {
    rows.row(5).i64(id).i32(book.town_id);
    optional(rows, point.village_code.as_deref());
    rows.text(&point.address).text(point.kind.code());
}

fn write_account(
    rows: &mut CopyRows,
    id: i64,
    account: &NewAccount,
    book: &Book,
    names: &Names<'_>,
) {
    rows.row(22)
        .i64(id)
        .text(&account.no)
        .i64(names.payer_id)
        .i64(names.point_id)
        .i32(book.town_id);
    optional(rows, names.village);
    let supplier = account.supplier.map_or(book.outlet_id, |supplier| supplier.0);
    rows.i32(book.outlet_id).i32(supplier);
    rows.i32(book.id).i32(account.book_seq).text(names.name);
    optional(rows, names.phone);
    rows.text(names.address)
        .text(account.use_class.code())
        .text(account.sewage_class.code())
        .text(account.garbage_class.code())
        .i32(account.persons);
    for (_, quantity) in account.quantities.named() {
        match quantity {
            Some(quantity) => rows.decimal(quantity),
            None => rows.null(),
        };
    }
    rows.text(account.pay_method.code()).date(account.opened_on);
}

fn write_meter(rows: &mut CopyRows, meter: &NewMeter) {
    rows.text(&meter.serial_no)
        .i32(meter.caliber_mm)
        .decimal(meter.max_range.figure())
        .decimal(meter.start_index.figure());
}
