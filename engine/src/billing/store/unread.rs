//! Months that nobody read, of accounts that owe something for each month.

use sqlx::PgConnection;
use terms::{AccountId, Money, OrganisationId, OutletId, Span, TownId, Volume};

use super::Chunk;
use super::before::ChargedMonths;
use super::history::History;
use super::to_bill::has_monthly_rate;
use crate::billing::assess::{ChargedMonth, ToBill};
use crate::billing::months::Months;
use crate::database::{known, period};
use crate::tariff::{TariffBook, Usage};

/// The months of a chunk that are over and were not read, one entry for each row of them; nothing of accounts with a
/// reading of the month that is billed, or of a later one: it covers them.
pub(super) async fn load(
    connection: &mut PgConnection,
    months: Months,
    chunk: Chunk,
    book: &TariffBook,
    charged: &ChargedMonths,
    then: &History,
) -> Result<Vec<ToBill>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.town_id, a.outlet_id, a.supplier_id, a.use_class, a.sewage_class, a.garbage_class, a.persons,
                  greatest(to_char(a.opened_on, 'YYYYMM')::int,
                      (select max(to_char(m.installed_on, 'YYYYMM')::int) from meter m where m.account_id = a.id),
                      (select max(r.bill_period) from reading r where r.account_id = a.id
                       and not exists (select from reading_review v where v.reading_id = r.id and v.decision = 'rejected')
                       and not exists (select from reading s where s.supersedes_id = r.id))) as "since!: i32"
           from account a
           where a.id between $1 and $2 and a.status = 'open'
             and (a.garbage_class = any($3::text[]) or exists (select from account_version v where v.account_id = a.id))
           order by a.id"#,
        chunk.first,
        chunk.last,
        &book.monthly_garbage()
    )
    .fetch_all(connection)
    .await?;
    let mut accounts = Vec::new();
    for row in rows {
        let since = period(row.since);
        if since >= months.asked {
            continue;
        }
        let all = std::iter::successors(Some(since.next()), |month| Some(month.next()))
            .take_while(|month| *month <= months.over);
        for months in in_rows(charged.open(AccountId(row.id), all)) {
            let (Some(first), Some(last)) = (months.first(), months.last()) else { continue };
            let (first, last) = (first.month, last.month);
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
                    span: Span::new(first.first_day(), last.last_day(), first.previous(), last),
                    volume: Volume::ZERO,
                    used_before: Volume::ZERO,
                    garbage_before: Money::ZERO,
                    quota: None,
                },
                taken: Vec::new(),
                held: None,
                months,
                replaces: None,
            };
            then.apply(&mut account);
            if has_monthly_rate(book, &account) {
                accounts.push(account);
            }
        }
    }
    Ok(accounts)
}

/// Months that follow each other, together.
fn in_rows(months: Vec<ChargedMonth>) -> Vec<Vec<ChargedMonth>> {
    let mut rows: Vec<Vec<ChargedMonth>> = Vec::new();
    for charged in months {
        match rows.last_mut() {
            Some(row) if row.last().is_some_and(|last| last.month.next() == charged.month) => {
                row.push(charged);
            }
            _ => rows.push(vec![charged]),
        }
    }
    rows
}
