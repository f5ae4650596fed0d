//! The SQL of the register: reference data and cards; `open` new accounts, `changes` what accounts were and are to be,
//! `corrections` what payers, places and meters are called, `files` what stands of one account.

pub(super) mod changes;
pub(super) mod corrections;
pub(super) mod files;
mod open;

pub(in crate::register) use open::insert_accounts;

use chrono::NaiveDate;
use sqlx::PgConnection;
use terms::{AccountId, BookId, OutletId, TownId};

use crate::database::known;
use crate::register::account::{AccountCard, NewBook};
use crate::register::place::{CalendarDay, Organisation, Town, Village};

pub(in crate::register) async fn insert_towns(
    connection: &mut PgConnection,
    towns: &[Town],
) -> Result<u64, sqlx::Error> {
    let ids: Vec<i32> = towns.iter().map(|town| town.code).collect();
    let names: Vec<String> = towns.iter().map(|town| town.name.clone()).collect();
    let shorts: Vec<String> = towns.iter().map(|town| town.short_name().to_owned()).collect();
    let done = sqlx::query!(
        "insert into town (id, name, short_name)
         select * from unnest($1::int[], $2::text[], $3::text[]) on conflict do nothing",
        &ids,
        &names,
        &shorts
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

pub(in crate::register) async fn insert_villages(
    connection: &mut PgConnection,
    villages: &[Village],
) -> Result<u64, sqlx::Error> {
    let codes: Vec<String> = villages.iter().map(|village| village.code.clone()).collect();
    let towns: Vec<i32> = villages.iter().map(|village| village.town).collect();
    let names: Vec<String> = villages.iter().map(|village| village.name.clone()).collect();
    let done = sqlx::query!(
        "insert into village (code, town_id, name)
         select * from unnest($1::text[], $2::int[], $3::text[]) on conflict do nothing",
        &codes,
        &towns,
        &names
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

pub(in crate::register) async fn insert_organisations(
    connection: &mut PgConnection,
    organisations: &[Organisation],
) -> Result<u64, sqlx::Error> {
    let towns: Vec<Option<i32>> = organisations.iter().map(|o| o.town).collect();
    let names: Vec<String> = organisations.iter().map(|o| o.name.clone()).collect();
    let kinds: Vec<String> = organisations.iter().map(|o| o.kind.clone()).collect();
    let businesses: Vec<String> = organisations.iter().map(|o| o.business.clone()).collect();
    // Filtered before the insert, not by its conflict, so that ids have no gaps on a second load.
    let done = sqlx::query!(
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
    Ok(done.rows_affected())
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
         where not exists (select from fee_owner o where o.town_id = t.id and o.fee_item = f.fee_item)
            and not exists (select from bill_run)"
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
) -> Result<u64, sqlx::Error> {
    let dates: Vec<NaiveDate> = days.iter().map(|day| day.day).collect();
    let kinds: Vec<String> = days.iter().map(|day| day.kind.to_owned()).collect();
    let names: Vec<String> = days.iter().map(|day| day.name.clone()).collect();
    let done = sqlx::query!(
        "insert into calendar_day (day, kind, name)
         select * from unnest($1::date[], $2::text[], $3::text[]) on conflict do nothing",
        &dates,
        &kinds,
        &names
    )
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

pub(in crate::register) async fn insert_books(
    connection: &mut PgConnection,
    books: &[NewBook],
) -> Result<Vec<BookId>, sqlx::Error> {
    let towns: Vec<i32> = books.iter().map(|book| book.town.0).collect();
    let outlets: Vec<i32> = books.iter().map(|book| book.outlet.0).collect();
    let codes: Vec<String> = books.iter().map(|book| book.code.clone()).collect();
    let names: Vec<String> = books.iter().map(|book| book.name.clone()).collect();
    let readers: Vec<Option<i32>> =
        books.iter().map(|book| book.reader.map(|reader| reader.0)).collect();
    sqlx::query!(
        "insert into reading_book (town_id, outlet_id, code, name, reader_id)
         select * from unnest($1::int[], $2::int[], $3::text[], $4::text[], $5::int[])",
        &towns,
        &outlets,
        &codes,
        &names,
        &readers as &[Option<i32>]
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
                  a.use_class, a.sewage_class, a.garbage_class, a.persons, a.pay_method, a.status = 'open' as "is_open!"
           from unnest($1::bigint[]) with ordinality as asked (id, place)
           join account a on a.id = asked.id
           join town t on t.id = a.town_id
           join organisation o on o.id = a.outlet_id
           join reading_book b on b.id = a.book_id
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
            open: row.is_open,
        })
        .collect())
}
