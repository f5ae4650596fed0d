//! What a chunk has to bill: readings that wait for it, and months that nobody read, with what the accounts are and
//! were billed for.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, OrganisationId, OutletId, ReadingId, Span, TownId};

use super::Chunk;
use super::before::{self, Reversed};
use super::history;
use super::spans::Spans;
use super::unread;
use crate::billing::assess::{Holder, MeterUse, Taken, ToBill, Used};
use crate::billing::before::Billed;
use crate::billing::history::History;
use crate::billing::missed;
use crate::billing::months::Months;
use crate::billing::owners::Owners;
use crate::billing::quotas::Quotas;
use crate::billing::rates::Rates;
use crate::database::{known, period, volume};
use crate::register::AccountState;

/// What a run bills in a chunk, and what it is priced by besides the rates.
pub(in crate::billing) struct Work {
    /// By account and month.
    pub(in crate::billing) to_bill: Vec<ToBill>,
    pub(in crate::billing) billed: Billed,
    pub(in crate::billing) quotas: Quotas,
    pub(in crate::billing) then: History,
}

/// What a run bills in a chunk: readings that no standing charge has taken, and months that nobody read. Readings are
/// those of the month, and those of months that their outlet has closed since, where a reversal set them free: they are
/// billed in the first month that is open. What belongs to an outlet that has closed the month itself is left out.
pub(in crate::billing) async fn load(
    connection: &mut PgConnection,
    months: Months,
    chunk: Chunk,
    rates: &Rates,
    meters: unread::Meters,
) -> Result<Work, sqlx::Error> {
    let mut reversed = before::reversed(&mut *connection, chunk).await?;
    let then = history::load(&mut *connection, chunk).await?;
    let accounts = read(&mut *connection, months.asked, chunk, &reversed, &then).await?;
    let (mut billed, mut quotas_of) = (Billed::default(), Quotas::default());
    let mut spans = Spans::of(&accounts);
    if !spans.is_empty() {
        billed = before::billed(&mut *connection, &mut spans).await?;
        quotas_of = quotas(&mut *connection, &spans).await?;
    }
    let asked = accounts.iter().map(|account| (account.account, account.usage.span.first()));
    let asked: Vec<_> = asked.collect();
    let charged = before::charged_months(&mut *connection, chunk, &asked).await?;
    let mut to_bill = Vec::with_capacity(accounts.len());
    for mut account in accounts {
        let holder = account.holder();
        let monthly = |month: &BillPeriod| {
            rates.of(*month).is_monthly(holder.town, &then.of(&holder, *month))
        };
        let its = account.usage.span.each_month().filter(monthly);
        account.months = charged.open(account.account, its);
        to_bill.extend(missed::unlike(&account, rates, &then));
        to_bill.push(account);
    }
    to_bill.extend(unread::load(connection, months, chunk, rates, &then, meters).await?);
    for account in &mut to_bill {
        account.replaces = reversed.replaced_by(account.account, account.usage.span);
    }
    Ok(Work { to_bill, billed, quotas: quotas_of, then })
}

async fn read(
    connection: &mut PgConnection,
    asked: BillPeriod,
    chunk: Chunk,
    reversed: &Reversed,
    then: &History,
) -> Result<Vec<ToBill>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.town_id, a.outlet_id, a.supplier_id, a.use_class, a.sewage_class, a.garbage_class, a.persons,
                  a.area_m2 as "area_m2: Decimal", a.bins as "bins: Decimal", a.households as "households: Decimal", a.levy_ratio,
                  a.payer_id,
                  r.id as "reading_id!", r.bill_period as "month!: i32", r.from_date as "from_date!",
                  r.to_date as "to_date!", r.since_period as "since_period!: i32", r.consumption_m3 as "volume!: Decimal",
                  r.flag as "flag!: String", v.decision as "decision?"
           from (select * from reading where bill_period = $1 and account_id between $2 and $3
                 union all
                 select o.* from reading o where (o.id, o.bill_period) in (
                     select t.reading_id, t.service_period from charge_reversal w
                     join charge_reading t on t.charge_id = w.charge_id and t.service_period = w.service_period
                     where w.account_id between $2 and $3 and w.service_period < $1)) r
           join account a on a.id = r.account_id
           left join period_pointer p on p.organisation_id = a.outlet_id and p.kind = 'bill'
           left join reading_review v on v.reading_id = r.id and v.bill_period = r.bill_period
           where greatest(r.bill_period, p.open_period) = $1
             and not exists (select from charge_reading_standing t
                             where t.reading_id = r.id and t.service_period = r.bill_period)
             and not exists (select from reading_superseded s where s.reading_id = r.id)
           order by a.id, r.bill_period, r.id"#,
        asked.number(),
        chunk.first,
        chunk.last
    )
    .fetch_all(connection)
    .await?;
    let mut accounts: Vec<ToBill> = Vec::with_capacity(rows.len());
    for row in rows {
        let (reading, month) = (ReadingId(row.reading_id), period(row.month));
        let span = Span::new(row.from_date, row.to_date, period(row.since_period), month);
        let used = Used { span, volume: volume(row.volume) };
        let meter = MeterUse {
            taken: Taken { reading, used, turn: reversed.turn(reading) },
            flag: known(&row.flag),
            review: row.decision.as_deref().map(known),
        };
        let account = AccountId(row.id);
        let same = |last: &&mut ToBill| last.account == account && last.month() == month;
        if let Some(last) = accounts.last_mut().filter(same) {
            last.add(meter);
            continue;
        }
        let present = AccountState::read(
            [&row.use_class, &row.sewage_class, &row.garbage_class],
            (row.persons, row.supplier_id),
            [row.area_m2, row.bins, row.households, row.levy_ratio],
            row.payer_id,
        );
        let (town, outlet) = (TownId(row.town_id), OutletId(row.outlet_id));
        let holder = Holder { account, town, outlet, present };
        let mut to_bill = ToBill::new(holder, then.of(&holder, month), span);
        to_bill.add(meter);
        accounts.push(to_bill);
    }
    Ok(accounts)
}

/// The quotas of the months of accounts.
async fn quotas(connection: &mut PgConnection, spans: &Spans) -> Result<Quotas, sqlx::Error> {
    let mut quotas = Quotas::default();
    let rows = sqlx::query!(
        "select q.account_id, q.bill_period, q.quota_m3
         from unnest($1::bigint[], $2::int[], $3::int[]) as span (account_id, first, last)
         join overquota_plan q on q.account_id = span.account_id and q.bill_period between span.first and span.last
         where q.bill_period >= $4 and q.account_id between $5 and $6 and q.approved_at is not null and q.replaced_at is null",
        &spans.ids,
        &spans.first,
        &spans.last,
        spans.earliest(),
        spans.ids.first(),
        spans.ids.last()
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        quotas.add(row.account_id, period(row.bill_period), volume(row.quota_m3));
    }
    Ok(quotas)
}

/// The days on which a rate or an owner begins or ends.
pub(in crate::billing) async fn days_of_new_rates(
    connection: &mut PgConnection,
) -> Result<Vec<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select day as "day!" from (
               select valid_from from tariff_version where approved_at is not null and replaced_at is null
               union select valid_to from tariff_version where approved_at is not null and replaced_at is null
               union select valid_from from fee_owner where approved_at is not null and replaced_at is null) days (day)
           where day is not null order by day"#
    )
    .fetch_all(connection)
    .await
}

/// Whose the fees of each town are on a day.
pub(in crate::billing) async fn owners(
    connection: &mut PgConnection,
    day: NaiveDate,
) -> Result<Owners, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct on (town_id, fee_item) town_id, fee_item, owner_id from fee_owner
         where valid_from <= $1 and approved_at is not null and replaced_at is null
         order by town_id, fee_item, valid_from desc",
        day
    )
    .fetch_all(connection)
    .await?;
    Ok(Owners(
        rows.into_iter()
            .map(|row| ((TownId(row.town_id), known(&row.fee_item)), OrganisationId(row.owner_id)))
            .collect(),
    ))
}
