//! Months that nobody read, of accounts that owe something for each month.

use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, OutletId, TownId};

use super::Chunk;
use super::before::{ChargedMonths, charged_months};
use crate::billing::assess::{Holder, ToBill};
use crate::billing::history::History;
use crate::billing::missed;
use crate::billing::months::Months;
use crate::billing::rates::Rates;
use crate::database::period;
use crate::register::AccountState;

/// Whether the meters of what is charged unread are held, so that nobody reads them before the charge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::billing) enum Meters {
    /// Until the transaction ends.
    Held,
    /// Not at all: nothing is written.
    Free,
}

/// The months of a chunk that are over and were not read, each judged by what the account was and what the rates were on
/// its last day: one entry for each row of months that are alike. Nothing of accounts with a reading of the month that
/// is billed, or of a later one: it covers them.
pub(super) async fn load(
    connection: &mut PgConnection,
    months: Months,
    chunk: Chunk,
    rates: &Rates,
    then: &History,
    meters: Meters,
) -> Result<Vec<ToBill>, sqlx::Error> {
    let monthly = rates.monthly_garbage();
    let unread = find(&mut *connection, months.asked, chunk, &monthly).await?;
    let asked = unread.iter().filter(|row| row.since < months.asked);
    let asked: Vec<_> = asked.map(|row| (row.holder.account, row.since.next())).collect();
    let charged = charged_months(&mut *connection, chunk, &asked).await?;
    let judge = |row: &Unread| row.judge(months, rates, &charged, then);
    let found: Vec<ToBill> = unread.iter().flat_map(judge).collect();
    if found.is_empty() || meters == Meters::Free {
        return Ok(found);
    }
    // Whoever is reading one of these meters now is waited for, and what he read is seen.
    let held: Vec<i64> = found.iter().map(|to_bill| to_bill.account.0).collect();
    lock_meters_of_accounts(&mut *connection, &held).await?;
    let unread = find(connection, months.asked, chunk, &monthly).await?;
    let unread = unread.iter().filter(|row| held.binary_search(&row.holder.account.0).is_ok());
    Ok(unread.flat_map(judge).collect())
}

/// An account, and the last month that is read or before its time.
struct Unread {
    holder: Holder,
    since: BillPeriod,
}

impl Unread {
    fn judge(
        &self,
        months: Months,
        rates: &Rates,
        charged: &ChargedMonths,
        then: &History,
    ) -> Vec<ToBill> {
        if self.since >= months.asked {
            return Vec::new();
        }
        let all = std::iter::successors(Some(self.since.next()), |month| Some(month.next()))
            .take_while(|month| *month <= months.over);
        let open = charged.open(self.holder.account, all);
        missed::rows(self.holder, open.into_iter(), rates, then)
    }
}

/// The open accounts of a chunk that may owe something for each month, by id, of outlets whose month is open.
async fn find(
    connection: &mut PgConnection,
    asked: BillPeriod,
    chunk: Chunk,
    monthly: &[String],
) -> Result<Vec<Unread>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.town_id, a.outlet_id, a.supplier_id, a.use_class, a.sewage_class, a.garbage_class, a.persons,
                  a.area_m2 as "area_m2: Decimal", a.bins as "bins: Decimal", a.households as "households: Decimal", a.levy_ratio,
                  a.payer_id,
                  greatest(to_char(a.opened_on, 'YYYYMM')::int,
                      (select max(to_char(m.installed_on, 'YYYYMM')::int) from meter m where m.account_id = a.id),
                      -- Who is read each month was read in this one or the last: no other month is looked into.
                      coalesce(
                          (select max(r.bill_period) from reading_counting r where r.account_id = a.id and r.bill_period >= $5),
                          (select max(r.bill_period) from reading_counting r where r.account_id = a.id and r.bill_period < $5))) as "since!: i32"
           from account a
           where a.id between $1 and $2 and a.status = 'open'
             and (a.garbage_class = any($3::text[]) or exists (select from account_version v where v.account_id = a.id))
             and not exists (select from period_pointer p where p.organisation_id = a.outlet_id and p.kind = 'bill'
                             and p.open_period > $4)
           order by a.id"#,
        chunk.first,
        chunk.last,
        monthly,
        asked.number(),
        asked.previous().number()
    )
    .fetch_all(connection)
    .await?;
    let unread = rows.into_iter().map(|row| {
        let present = AccountState::read(
            [&row.use_class, &row.sewage_class, &row.garbage_class],
            (row.persons, row.supplier_id),
            [row.area_m2, row.bins, row.households, row.levy_ratio],
            row.payer_id,
        );
        let (town, outlet) = (TownId(row.town_id), OutletId(row.outlet_id));
        let holder = Holder { account: AccountId(row.id), town, outlet, present };
        Unread { holder, since: period(row.since) }
    });
    Ok(unread.collect())
}

/// Locks the meters of accounts against readers, and against the key of a reading that nobody announced.
async fn lock_meters_of_accounts(
    connection: &mut PgConnection,
    accounts: &[i64],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select id from meter where account_id = any($1) order by id for update",
        accounts
    )
    .fetch_all(connection)
    .await?;
    Ok(())
}
