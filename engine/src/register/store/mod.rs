//! The SQL of the register: reference data and accounts; `changes` what accounts were and are to be.

pub(super) mod changes;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, BookId, MeterId, OutletId, TownId, Volume};

use crate::copy::{CopyRows, copy_in};
use crate::database::{known, yuan};
use crate::register::reference::{CalendarDay, Organisation, Town, Village};
use crate::register::{AccountCard, NewAccount, NewBook, NewQuota, Opened, RegisterError};

pub(in crate::register) async fn insert_towns(
    connection: &mut PgConnection,
    towns: &[Town],
) -> Result<(), sqlx::Error> {
    let ids: Vec<i32> = towns.iter().map(|town| town.code).collect();
    let names: Vec<String> = towns.iter().map(|town| town.name.clone()).collect();
    let shorts: Vec<String> = towns.iter().map(|town| town.short_name().to_owned()).collect();
    sqlx::query!(
        "insert into town (id, name, short_name)
         select * from unnest($1::int[], $2::text[], $3::text[]) on conflict do nothing",
        &ids,
        &names,
        &shorts
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(in crate::register) async fn insert_villages(
    connection: &mut PgConnection,
    villages: &[Village],
) -> Result<(), sqlx::Error> {
    let codes: Vec<String> = villages.iter().map(|village| village.code.clone()).collect();
    let towns: Vec<i32> = villages.iter().map(|village| village.town).collect();
    let names: Vec<String> = villages.iter().map(|village| village.name.clone()).collect();
    sqlx::query!(
        "insert into village (code, town_id, name)
         select * from unnest($1::text[], $2::int[], $3::text[]) on conflict do nothing",
        &codes,
        &towns,
        &names
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(in crate::register) async fn insert_organisations(
    connection: &mut PgConnection,
    organisations: &[Organisation],
) -> Result<(), sqlx::Error> {
    let towns: Vec<Option<i32>> = organisations.iter().map(|o| o.town).collect();
    let names: Vec<String> = organisations.iter().map(|o| o.name.clone()).collect();
    let kinds: Vec<String> = organisations.iter().map(|o| o.kind.to_owned()).collect();
    let businesses: Vec<String> = organisations.iter().map(|o| o.business.clone()).collect();
    // Filtered before the insert, not by its conflict, so that ids have no gaps on a second load.
    sqlx::query!(
        "insert into organisation (town_id, name, kind, business)
         select n.town_id, n.name, n.kind, n.business
         from unnest($1::int[], $2::text[], $3::text[], $4::text[]) with ordinality
             as n (town_id, name, kind, business, place)
         where not exists (select from organisation o where o.name = n.name)
         order by n.place",
        &towns as &[Option<i32>],
        &names,
        &kinds,
        &businesses
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Who owns the sewage and garbage fees of a town, where nothing is said yet: its branch of the ecology bureau and its
/// garbage office; those of the city where the town has none.
pub(in crate::register) async fn insert_fee_owners(
    connection: &mut PgConnection,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "insert into fee_owner (town_id, fee_item, valid_from, owner_id)
         select t.id, f.fee_item, date '2000-01-01',
                coalesce((select min(o.id) from organisation o where o.town_id = t.id and o.kind = f.kind),
                         (select o.id from organisation o where o.name = f.in_city))
         from town t
         cross join (values ('sewage', 'ecology', '东莞市环保产业促进中心'), ('garbage', 'garbage', '东莞市城管局'))
             as f (fee_item, kind, in_city)
         on conflict do nothing"
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// Sanitation stations of the villages collect garbage, and nothing else.
pub(in crate::register) async fn insert_fees_apart(
    connection: &mut PgConnection,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "insert into fee_apart (outlet_id, fee_item)
         select id, 'garbage' from organisation where kind = 'sanitation_station' on conflict do nothing"
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

pub(in crate::register) async fn insert_calendar(
    connection: &mut PgConnection,
    days: &[CalendarDay],
) -> Result<(), sqlx::Error> {
    let dates: Vec<NaiveDate> = days.iter().map(|day| day.day).collect();
    let kinds: Vec<String> = days.iter().map(|day| day.kind.to_owned()).collect();
    let names: Vec<String> = days.iter().map(|day| day.name.clone()).collect();
    sqlx::query!(
        "insert into calendar_day (day, kind, name)
         select * from unnest($1::date[], $2::text[], $3::text[]) on conflict do nothing",
        &dates,
        &kinds,
        &names
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Accounts, months and volumes of quotas, as a statement takes them.
fn columns(quotas: &[NewQuota]) -> (Vec<i64>, Vec<i32>, Vec<Decimal>) {
    let rows = quotas.iter().map(|quota| (quota.account.0, quota.period.number(), quota.volume.0));
    rows.collect()
}

/// Sets quotas that are not set yet; gives their number.
pub(in crate::register) async fn insert_quotas(
    connection: &mut PgConnection,
    quotas: &[NewQuota],
) -> Result<u64, sqlx::Error> {
    let (accounts, periods, volumes) = columns(quotas);
    let done = sqlx::query!(
        "insert into overquota_plan (account_id, bill_period, quota_m3)
         select * from unnest($1::bigint[], $2::int[], $3::numeric[])
         on conflict do nothing",
        &accounts,
        &periods,
        &volumes
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

/// The first of these quotas that is another one than stands: 户号, month, what stands.
pub(in crate::register) async fn other_quota(
    connection: &mut PgConnection,
    quotas: &[NewQuota],
) -> Result<Option<(String, BillPeriod, Volume)>, sqlx::Error> {
    let (accounts, periods, volumes) = columns(quotas);
    let found = sqlx::query!(
        r#"select a.no, p.bill_period as "period!: i32", p.quota_m3 as "stands!: Decimal"
           from unnest($1::bigint[], $2::int[], $3::numeric[]) q (account, period, volume)
           join overquota_plan p on p.account_id = q.account and p.bill_period = q.period and p.quota_m3 <> q.volume
           join account a on a.id = p.account_id order by a.no, p.bill_period limit 1"#,
        &accounts,
        &periods,
        &volumes
    )
    .fetch_optional(connection)
    .await?;
    let other = |period: i32| BillPeriod::from_number(period).ok();
    Ok(found.and_then(|row| Some((row.no, other(row.period)?, Volume(row.stands)))))
}

pub(in crate::register) async fn insert_books(
    connection: &mut PgConnection,
    books: &[NewBook],
) -> Result<Vec<BookId>, sqlx::Error> {
    let towns: Vec<i32> = books.iter().map(|book| book.town.0).collect();
    let outlets: Vec<i32> = books.iter().map(|book| book.outlet.0).collect();
    let codes: Vec<String> = books.iter().map(|book| book.code.clone()).collect();
    let names: Vec<String> = books.iter().map(|book| book.name.clone()).collect();
    let readers: Vec<String> = books.iter().map(|book| book.reader.clone()).collect();
    sqlx::query!(
        "insert into reading_book (town_id, outlet_id, code, name, reader)
         select * from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::text[])",
        &towns,
        &outlets,
        &codes,
        &names,
        &readers
    )
    .execute(&mut *connection)
    .await?;
    let ids = sqlx::query_scalar!(
        r#"select b.id from unnest($1::text[]) with ordinality as asked (code, place)
           join reading_book b on b.code = asked.code order by asked.place"#,
        &codes
    )
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().map(BookId).collect())
}

/// Where the accounts of a book belong.
struct Book {
    id: i32,
    town_id: i32,
    outlet_id: i32,
}

pub(in crate::register) async fn insert_accounts(
    connection: &mut PgConnection,
    accounts: &[NewAccount],
) -> Result<Vec<Opened>, RegisterError> {
    let mut wanted: Vec<i32> = accounts.iter().map(|account| account.book.0).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let books = sqlx::query_as!(
        Book,
        "select id, town_id, outlet_id from reading_book where id = any($1) order by id",
        &wanted
    )
    .fetch_all(&mut *connection)
    .await?;
    let (account_ids, meter_ids) = reserve_ids(connection, accounts.len()).await?;

    let mut account_rows = CopyRows::new();
    let mut meter_rows = CopyRows::new();
    let ids = account_ids.iter().zip(&meter_ids);
    for (account, (account_id, meter_id)) in accounts.iter().zip(ids) {
        let at = books
            .binary_search_by_key(&account.book.0, |book| book.id)
            .map_err(|_| RegisterError::Unknown(format!("表册 {}", account.book)))?;
        write_account(&mut account_rows, *account_id, account, &books[at]);
        write_meter(&mut meter_rows, *meter_id, *account_id, account);
    }
    copy_in(
        connection,
        "copy account (id, no, town_id, village_code, outlet_id, supplier_id, book_id, book_seq, payer_name, phone, address,
            use_class, sewage_class, garbage_class, persons, pay_method, opened_on) from stdin (format binary)",
        account_rows,
    )
    .await?;
    copy_in(
        connection,
        "copy meter (id, account_id, serial_no, caliber_mm, max_range, start_index, installed_on)
         from stdin (format binary)",
        meter_rows,
    )
    .await?;
    let opened = account_ids.into_iter().zip(meter_ids);
    Ok(opened
        .map(|(account, meter)| Opened { account: AccountId(account), meter: MeterId(meter) })
        .collect())
}

/// Takes ids from the sequences of accounts and meters, each in ascending order.
async fn reserve_ids(
    connection: &mut PgConnection,
    count: usize,
) -> Result<(Vec<i64>, Vec<i64>), sqlx::Error> {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let rows = sqlx::query!(
        r#"select nextval(pg_get_serial_sequence('account', 'id')) as "account!",
                  nextval(pg_get_serial_sequence('meter', 'id')) as "meter!"
           from generate_series(1, $1::bigint)"#,
        count
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.account, row.meter)).unzip())
}

fn write_account(rows: &mut CopyRows, id: i64, account: &NewAccount, book: &Book) {
    rows.row(17).i64(id).text(&account.no).i32(book.town_id);
    match &account.village_code {
        Some(code) => rows.text(code),
        None => rows.null(),
    };
    let supplier = account.supplier.map_or(book.outlet_id, |supplier| supplier.0);
    rows.i32(book.outlet_id).i32(supplier);
    rows.i32(book.id).i32(account.book_seq).text(&account.payer_name);
    match &account.phone {
        Some(phone) => rows.text(phone),
        None => rows.null(),
    };
    rows.text(&account.address)
        .text(account.use_class.code())
        .text(account.sewage_class.code())
        .text(account.garbage_class.code())
        .i32(account.persons)
        .text(account.pay_method.code())
        .date(account.opened_on);
}

fn write_meter(rows: &mut CopyRows, id: i64, account_id: i64, account: &NewAccount) {
    let meter = &account.meter;
    rows.row(7)
        .i64(id)
        .i64(account_id)
        .text(&meter.serial_no)
        .i32(meter.caliber_mm)
        .decimal(meter.max_range.0)
        .decimal(meter.start_index.0)
        .date(account.opened_on);
}

/// The cards of accounts, in the order of the ids.
pub(in crate::register) async fn cards(
    connection: &mut PgConnection,
    ids: &[i64],
) -> Result<Vec<AccountCard>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.no, a.payer_name, a.phone, a.address, a.town_id, t.short_name as town_name,
                  a.outlet_id, o.name as outlet_name, b.code as book_code, a.book_seq,
                  (select m.serial_no from meter m where m.account_id = a.id and m.removed_on is null
                   order by m.id desc limit 1) as meter_serial_no,
                  a.use_class, a.sewage_class, a.garbage_class, a.persons, a.pay_method, a.status,
                  owed.charges as "open_charges!", owed.amount as "arrears!: Decimal",
                  coalesce(p.balance, 0) as "prepaid!: Decimal"
           from unnest($1::bigint[]) with ordinality as asked (id, place)
           join account a on a.id = asked.id
           join town t on t.id = a.town_id
           join organisation o on o.id = a.outlet_id
           join reading_book b on b.id = a.book_id
           left join prepaid_balance p on p.account_id = a.id
           cross join lateral (
               select count(distinct c.charge_id) as charges,
                      coalesce(sum(c.open_amount), 0) as amount
               from charge_balance c where c.account_id = a.id) owed
           order by asked.place"#,
        ids
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| AccountCard {
            id: AccountId(row.id),
            no: row.no,
            payer_name: row.payer_name,
            phone: row.phone,
            address: row.address,
            town: TownId(row.town_id),
            town_name: row.town_name,
            outlet: OutletId(row.outlet_id),
            outlet_name: row.outlet_name,
            book_code: row.book_code,
            book_seq: row.book_seq,
            meter_serial_no: row.meter_serial_no,
            use_class: known(&row.use_class),
            sewage_class: known(&row.sewage_class),
            garbage_class: known(&row.garbage_class),
            persons: row.persons,
            pay_method: known(&row.pay_method),
            open: row.status == "open",
            open_charges: row.open_charges,
            arrears: yuan(row.arrears),
            prepaid: yuan(row.prepaid),
        })
        .collect())
}
