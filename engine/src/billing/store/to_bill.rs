//! What a chunk has to bill: readings that wait for it, and months that nobody read, with what the accounts are and
//! were billed for.

use chrono::NaiveDate;
use sqlx::PgConnection;
use terms::{
    AccountId, BillPeriod, FeeItem, Money, OrganisationId, OutletId, ReadingId, Span, TownId,
    Volume,
};

use super::Chunk;
use super::before::{self, Reversed};
use super::history::History;
use super::unread;
use crate::billing::assess::{MeterUse, Taken, ToBill, Verdict, quota_of};
use crate::billing::months::Months;
use crate::billing::owners::Owners;
use crate::database::{known, period};
use crate::tariff::{TariffBook, TariffVersion, Usage};

/// The accounts of a chunk with readings of the month that no standing charge has taken, by id, and with months that
/// nobody read. A reading with another in its place counts for nothing.
pub(in crate::billing) async fn load(
    connection: &mut PgConnection,
    months: Months,
    chunk: Chunk,
    book: &TariffBook,
) -> Result<Vec<ToBill>, sqlx::Error> {
    let reversed = before::reversed(&mut *connection, chunk).await?;
    let then = History::load(&mut *connection, months.asked, chunk).await?;
    let mut accounts = read(&mut *connection, months.asked, chunk, &reversed).await?;
    for account in &mut accounts {
        then.apply(account);
    }
    before::add(&mut *connection, months.asked, &mut accounts).await?;
    add_quotas(&mut *connection, months.asked, &mut accounts).await?;
    let charged = before::charged_months(&mut *connection, chunk).await?;
    for account in accounts.iter_mut().filter(|account| has_monthly_rate(book, account)) {
        account.months = charged.open(account.account, account.usage.span.each_month());
    }
    accounts.extend(unread::load(connection, months, chunk, book, &charged, &then).await?);
    for account in &mut accounts {
        account.replaces = reversed.replaced_by(account.account, account.usage.span);
    }
    Ok(accounts)
}

pub(super) fn has_monthly_rate(book: &TariffBook, account: &ToBill) -> bool {
    let usage = &account.usage;
    let version = book.find(FeeItem::Garbage, usage.garbage_class.code(), usage.town);
    version.is_ok_and(TariffVersion::is_monthly)
}

async fn read(
    connection: &mut PgConnection,
    asked: BillPeriod,
    chunk: Chunk,
    reversed: &Reversed,
) -> Result<Vec<ToBill>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.town_id, a.outlet_id, a.supplier_id, a.use_class, a.sewage_class, a.garbage_class, a.persons,
                  r.id as reading_id, r.from_date, r.to_date, r.since_period, r.consumption_m3, r.flag,
                  v.decision as "decision?"
           from account a
           join reading r on r.account_id = a.id and r.bill_period = $1
           left join reading_review v on v.reading_id = r.id
           where a.id between $2 and $3
             and not exists (select from charge_reading t where t.reading_id = r.id
                             and not exists (select from charge_reversal v where v.charge_id = t.charge_id))
             and not exists (select from reading s where s.supersedes_id = r.id)
           order by a.id, r.id"#,
        asked.number(),
        chunk.first,
        chunk.last
    )
    .fetch_all(connection)
    .await?;
    let mut accounts: Vec<ToBill> = Vec::with_capacity(rows.len());
    for row in rows {
        let reading = ReadingId(row.reading_id);
        let meter = MeterUse {
            taken: Taken {
                reading,
                volume: Volume(row.consumption_m3),
                turn: reversed.turn(reading),
            },
            span: Span::new(row.from_date, row.to_date, period(row.since_period), asked),
            flag: known(&row.flag),
            review: row.decision.map(|decision| match decision.as_str() {
                "accepted" => Verdict::Accepted,
                _ => Verdict::Rejected,
            }),
        };
        if let Some(last) = accounts.last_mut().filter(|last| last.account.0 == row.id) {
            last.add(meter);
            continue;
        }
        let mut account = ToBill {
            account: AccountId(row.id),
            outlet: OutletId(row.outlet_id),
            supplier: OrganisationId(row.supplier_id),
            usage: Usage {
                town: TownId(row.town_id),
                use_class: known(&row.use_class),
                sewage_class: known(&row.sewage_class),
                garbage_class: known(&row.garbage_class),
                persons: row.persons,
                span: meter.span,
                volume: Volume::ZERO,
                used_before: Volume::ZERO,
                garbage_before: Money::ZERO,
                quota: None,
            },
            taken: Vec::with_capacity(1),
            held: None,
            months: Vec::new(),
            replaces: None,
        };
        account.add(meter);
        accounts.push(account);
    }
    Ok(accounts)
}

/// The accounts, and the first month of each one's span; the earliest of those months, too.
pub(super) fn first_months(accounts: &[ToBill]) -> Option<(Vec<i64>, Vec<i32>, i32)> {
    let ids = accounts.iter().map(|to_bill| to_bill.account.0).collect();
    let first: Vec<i32> =
        accounts.iter().map(|to_bill| to_bill.usage.span.first().number()).collect();
    let earliest = first.iter().copied().min()?;
    Some((ids, first, earliest))
}

/// Adds the quotas of all months of the spans.
async fn add_quotas(
    connection: &mut PgConnection,
    asked: BillPeriod,
    accounts: &mut [ToBill],
) -> Result<(), sqlx::Error> {
    let Some((ids, first, earliest)) = first_months(accounts) else { return Ok(()) };
    let rows = sqlx::query!(
        r#"select q.account_id, sum(q.quota_m3) as "planned!", count(*) as "months!"
           from unnest($1::bigint[], $2::int[]) as span (account_id, first)
           join overquota_plan q on q.account_id = span.account_id and q.bill_period >= span.first
           where q.bill_period between $3 and $4 and q.account_id between $5 and $6
           group by q.account_id"#,
        &ids,
        &first,
        earliest,
        asked.number(),
        ids.first(),
        ids.last()
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        if let Ok(at) = ids.binary_search(&row.account_id) {
            let usage = &mut accounts[at].usage;
            usage.quota = Some(quota_of(usage.span, Volume(row.planned), row.months));
        }
    }
    Ok(())
}

/// Whose the fees of each town are on a day.
pub(in crate::billing) async fn owners(
    connection: &mut PgConnection,
    day: NaiveDate,
) -> Result<Owners, sqlx::Error> {
    let rows = sqlx::query!(
        "select distinct on (town_id, fee_item) town_id, fee_item, owner_id from fee_owner
         where valid_from <= $1 order by town_id, fee_item, valid_from desc",
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
