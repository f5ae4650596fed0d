//! What the demo reads to know where it stands. It writes through the engine alone.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use engine::closing::DayOf;
use engine::register::Opened;
use rust_decimal::Decimal;
use sqlx::PgPool;
use terms::{
    AccountId, BillPeriod, BookId, ChargeId, MeterId, Money, OutletId, PaymentId, TownId, UserId,
};

use super::outlet::Outlet;

/// A charge that nothing has settled yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenCharge {
    pub(super) id: ChargeId,
    pub(super) account: AccountId,
    pub(super) period: i32,
    pub(super) open: Money,
}

/// True where no account was opened and nobody may log in: an office that opens enters its people first.
pub(super) async fn is_empty(pool: &PgPool) -> anyhow::Result<bool> {
    let mut connection = pool.acquire().await?;
    let no_account = "select not exists (select from account)";
    let no_account: bool = sqlx::query_scalar(no_account).fetch_one(&mut *connection).await?;
    Ok(no_account && !engine::access::anybody(&mut connection).await?)
}

/// Which database this is, whatever it is called and wherever it is reached.
pub(super) async fn identity(pool: &PgPool) -> Result<String, sqlx::Error> {
    let sql = "select system_identifier || '/' || d.oid from pg_control_system(), pg_database d
        where d.datname = current_database()";
    sqlx::query_scalar(sql).fetch_one(pool).await
}

/// The outlets that collect, in the order of the list of organisations.
///
/// # Errors
/// The database does not answer.
pub async fn outlets(pool: &PgPool) -> Result<Vec<Outlet>, sqlx::Error> {
    let rows: Vec<(i32, String, String, i32, String)> = sqlx::query_as(
        "select o.id, o.name, o.kind, t.id, t.short_name from organisation o join town t on t.id = o.town_id
         where o.business = '征收点' order by o.id",
    )
    .fetch_all(pool)
    .await?;
    let outlet = |(id, name, kind, town, town_name)| Outlet {
        id: OutletId(id),
        name,
        kind,
        town: TownId(town),
        town_name,
    };
    Ok(rows.into_iter().map(outlet).collect())
}

pub(super) async fn towns(pool: &PgPool) -> Result<Vec<(TownId, String)>, sqlx::Error> {
    let rows: Vec<(i32, String)> =
        sqlx::query_as("select id, short_name from town order by id").fetch_all(pool).await?;
    Ok(rows.into_iter().map(|(id, name)| (TownId(id), name)).collect())
}

pub(super) async fn villages(
    pool: &PgPool,
    town: TownId,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as("select code, name from village where town_id = $1 order by code")
        .bind(town.0)
        .fetch_all(pool)
        .await
}

pub(super) async fn books(pool: &PgPool) -> Result<HashMap<String, BookId>, sqlx::Error> {
    let rows: Vec<(String, i32)> =
        sqlx::query_as("select code, id from reading_book").fetch_all(pool).await?;
    Ok(rows.into_iter().map(|(code, id)| (code, BookId(id))).collect())
}

/// Accounts by number, each with its meter at work where it has one.
pub(super) async fn accounts(pool: &PgPool) -> Result<HashMap<String, Opened>, sqlx::Error> {
    let rows: Vec<(String, i64, Option<i64>)> = sqlx::query_as(
        "select a.no, a.id, m.id from account a left join meter m on m.account_id = a.id and m.removed_on is null",
    )
    .fetch_all(pool)
    .await?;
    let opened = rows.into_iter().map(|(no, account, meter)| {
        (no, Opened { account: AccountId(account), meter: meter.map(MeterId) })
    });
    Ok(opened.collect())
}

/// Numbers of the accounts that bear no sewage fee.
pub(super) async fn let_off(pool: &PgPool) -> Result<HashSet<String>, sqlx::Error> {
    let numbers: Vec<String> =
        sqlx::query_scalar("select no from account where sewage_class = 'exempt'")
            .fetch_all(pool)
            .await?;
    Ok(numbers.into_iter().collect())
}

/// Accounts that have a quota for a month.
pub(super) async fn planned(
    pool: &PgPool,
    period: BillPeriod,
) -> Result<HashSet<AccountId>, sqlx::Error> {
    let sql =
        "select account_id from overquota_plan where bill_period = $1 and approved_at is not null";
    let ids: Vec<i64> = sqlx::query_scalar(sql).bind(period.number()).fetch_all(pool).await?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// Meters that were read for a month.
pub(super) async fn read_meters(
    pool: &PgPool,
    period: BillPeriod,
) -> Result<HashSet<MeterId>, sqlx::Error> {
    let ids: Vec<i64> = sqlx::query_scalar("select meter_id from reading where bill_period = $1")
        .bind(period.number())
        .fetch_all(pool)
        .await?;
    Ok(ids.into_iter().map(MeterId).collect())
}

/// All open charges up to a month, account by account, oldest first.
pub(super) async fn open_charges(
    pool: &PgPool,
    period: BillPeriod,
) -> Result<Vec<OpenCharge>, sqlx::Error> {
    let rows: Vec<(i64, i64, i32, Decimal)> = sqlx::query_as(
        "select charge_id, account_id, bill_period, sum(open_amount) from charge_balance
         where bill_period <= $1 group by 1, 2, 3 order by account_id, bill_period, charge_id",
    )
    .bind(period.number())
    .fetch_all(pool)
    .await?;
    let charge = |(id, account, period, open)| OpenCharge {
        id: ChargeId(id),
        account: AccountId(account),
        period,
        open: Money::exact(open).unwrap_or_default(),
    };
    Ok(rows.into_iter().map(charge).collect())
}

/// The cashiers whose day is open.
pub(super) async fn open_days(pool: &PgPool, day: NaiveDate) -> Result<Vec<DayOf>, sqlx::Error> {
    let rows: Vec<(i32, i32)> = sqlx::query_as(
        "select cashier_id, outlet_id from open_day where business_day = $1 order by 1, 2",
    )
    .bind(day)
    .fetch_all(pool)
    .await?;
    let of = |(cashier, outlet)| DayOf { cashier: UserId(cashier), outlet: OutletId(outlet), day };
    Ok(rows.into_iter().map(of).collect())
}

/// True where a payment was taken back.
pub(super) async fn is_reversed(pool: &PgPool, payment: PaymentId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("select exists (select from payment_reversal where payment_id = $1)")
        .bind(payment.0)
        .fetch_one(pool)
        .await
}

/// What lies in the purses that are not empty.
pub(super) async fn purses(pool: &PgPool) -> Result<HashMap<AccountId, Money>, sqlx::Error> {
    let rows: Vec<(i64, Decimal)> =
        sqlx::query_as("select account_id, balance from prepaid_balance where balance > 0")
            .fetch_all(pool)
            .await?;
    let purse = |(id, balance)| (AccountId(id), Money::exact(balance).unwrap_or_default());
    Ok(rows.into_iter().map(purse).collect())
}

/// Accounts of a book, in order.
pub(super) async fn accounts_of_book(
    pool: &PgPool,
    code: &str,
) -> Result<Vec<AccountId>, sqlx::Error> {
    let ids: Vec<i64> = sqlx::query_scalar(
        "select a.id from account a join reading_book b on b.id = a.book_id where b.code = $1 order by a.id",
    )
    .bind(code)
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(AccountId).collect())
}

/// Months in which meters of a book were read, oldest first.
pub(super) async fn periods_of_book(
    pool: &PgPool,
    code: &str,
) -> Result<Vec<BillPeriod>, sqlx::Error> {
    let periods: Vec<i32> = sqlx::query_scalar(
        "select distinct r.bill_period from reading r join account a on a.id = r.account_id
         join reading_book b on b.id = a.book_id where b.code = $1 order by 1",
    )
    .bind(code)
    .fetch_all(pool)
    .await?;
    Ok(periods.into_iter().filter_map(|period| BillPeriod::from_number(period).ok()).collect())
}
