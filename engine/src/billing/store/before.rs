//! What the accounts of a chunk were charged before, and what of it was taken back.

use std::collections::{HashMap, HashSet};

use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, ChargeId, OrganisationId, ReadingId, Span, TariffVersionId};

use super::Chunk;
use super::spans::Spans;
use crate::billing::assess::{ChargedMonth, Used};
use crate::billing::before::{Before, Billed, Charged};
use crate::database::{known, period, unit_price, volume, yuan};
use crate::tariff::Price;

/// Charges of a chunk that were taken back: few, so all of them are held.
#[derive(Debug, Default)]
pub(super) struct Reversed {
    turns: HashMap<i64, i16>,
    /// Reversals that nothing was billed in place of, with the last month of the charge that was taken back.
    open: HashMap<i64, Vec<(BillPeriod, ChargeId)>>,
}

impl Reversed {
    /// How often a reading will have been taken, the next time included.
    pub(super) fn turn(&self, reading: ReadingId) -> i16 {
        self.turns.get(&reading.0).map_or(1, |turn| turn + 1)
    }

    /// The newest reversal in whose place a span of an account is billed; nothing else is billed in its place.
    pub(super) fn replaced_by(&mut self, account: AccountId, span: Span) -> Option<ChargeId> {
        let open = self.open.get_mut(&account.0)?;
        let of_span = open.iter().filter(|(month, _)| (span.first()..=span.last()).contains(month));
        let newest = of_span.map(|(_, reversal)| *reversal).max()?;
        open.retain(|(_, reversal)| *reversal != newest);
        Some(newest)
    }
}

pub(super) async fn reversed(
    connection: &mut PgConnection,
    chunk: Chunk,
) -> Result<Reversed, sqlx::Error> {
    let mut reversed = Reversed::default();
    let open = sqlx::query!(
        "select v.account_id, v.service_period, v.reversal_id from charge_reversal v
         where v.account_id between $1 and $2
           and not exists (select from charge c where c.account_id = v.account_id and c.replaces_id = v.reversal_id)",
        chunk.first,
        chunk.last
    )
    .fetch_all(&mut *connection)
    .await?;
    for row in open {
        let of_account = reversed.open.entry(row.account_id).or_default();
        of_account.push((period(row.service_period), ChargeId(row.reversal_id)));
    }
    let turns = sqlx::query!(
        r#"select t.reading_id, max(t.turn) as "turn!" from charge_reversal v
           join charge_reading t on t.charge_id = v.charge_id and t.service_period = v.service_period
           where v.account_id between $1 and $2 group by 1"#,
        chunk.first,
        chunk.last
    )
    .fetch_all(connection)
    .await?;
    reversed.turns = turns.into_iter().map(|row| (row.reading_id, row.turn)).collect();
    Ok(reversed)
}

/// The months for which accounts were charged, where their garbage rate is by the month.
#[derive(Debug, Default)]
pub(super) struct ChargedMonths {
    standing: HashSet<(i64, BillPeriod)>,
    turns: HashMap<(i64, BillPeriod), i16>,
}

impl ChargedMonths {
    /// The months for which no charge stands.
    pub(super) fn open(
        &self,
        account: AccountId,
        months: impl Iterator<Item = BillPeriod>,
    ) -> Vec<ChargedMonth> {
        let open = months.filter(|month| !self.standing.contains(&(account.0, *month)));
        open.map(|month| {
            let turn = self.turns.get(&(account.0, month)).map_or(1, |turn| turn + 1);
            ChargedMonth { month, turn }
        })
        .collect()
    }
}

/// Those of accounts of a chunk, each from a month on.
pub(super) async fn charged_months(
    connection: &mut PgConnection,
    chunk: Chunk,
    from: &[(AccountId, BillPeriod)],
) -> Result<ChargedMonths, sqlx::Error> {
    let mut charged = ChargedMonths::default();
    let (accounts, first): (Vec<i64>, Vec<i32>) =
        from.iter().map(|(account, month)| (account.0, month.number())).unzip();
    if accounts.is_empty() {
        return Ok(charged);
    }
    let rows = sqlx::query!(
        r#"select m.account_id, m.month, m.turn,
                  not exists (select from charge_reversal v where v.charge_id = m.charge_id) as "stands!"
           from unnest($1::bigint[], $2::int[]) as asked (account_id, first)
           join charge_month m on m.account_id = asked.account_id and m.month >= asked.first
           where m.account_id between $3 and $4"#,
        &accounts,
        &first,
        chunk.first,
        chunk.last
    )
    .fetch_all(connection)
    .await?;
    for row in rows {
        let key = (row.account_id, period(row.month));
        if row.stands {
            charged.standing.insert(key);
        }
        let turn = charged.turns.entry(key).or_default();
        *turn = row.turn.max(*turn);
    }
    Ok(charged)
}

/// What the accounts were billed for before in the months of their spans, which it widens until they hold whole charges.
pub(super) async fn billed(
    connection: &mut PgConnection,
    spans: &mut Spans,
) -> Result<Billed, sqlx::Error> {
    let mut billed = Billed::default();
    let mut asked = spans.clone();
    while !asked.is_empty() {
        for account in asked.accounts() {
            billed.forget(account);
        }
        read(&mut *connection, &asked, &mut billed).await?;
        asked = spans.widen(&billed);
    }
    Ok(billed)
}

async fn read(
    connection: &mut PgConnection,
    spans: &Spans,
    billed: &mut Billed,
) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        r#"select c.account_id as "account_id!", c.service_period as "month!: i32", c.months as "months!", c.from_date as "from_date!",
                  c.to_date as "to_date!", c.volume_m3 as "volume!: Decimal",
                  l.fees as "fees!: Vec<String>", l.tiers as "tiers!: Vec<i16>", l.versions as "versions!: Vec<i32>",
                  l.owners as "owners!: Vec<i32>", l.prices as "prices!: Vec<Decimal>",
                  l.quantities as "quantities!: Vec<Decimal>", l.amounts as "amounts!: Vec<Decimal>",
                  t.since as "since!: Vec<i32>", t.used as "used!: Vec<Decimal>"
           from unnest($1::bigint[], $2::int[], $3::int[]) as span (account_id, first, last)
           join charge_standing c on c.account_id = span.account_id and c.service_period >= span.first
               and c.bill_period >= span.first and months_from(c.service_period, span.last) < c.months
           cross join lateral (
               select coalesce(array_agg(fee_item::text), '{}') as fees, coalesce(array_agg(tier), '{}') as tiers,
                      coalesce(array_agg(tariff_version_id), '{}') as versions, coalesce(array_agg(owner_id), '{}') as owners,
                      coalesce(array_agg(unit_price::numeric), '{}') as prices,
                      coalesce(array_agg(quantity::numeric), '{}') as quantities,
                      coalesce(array_agg(amount::numeric), '{}') as amounts
               from charge_line where charge_id = c.id and bill_period = c.bill_period) l
           cross join lateral (
               select coalesce(array_agg(r.since_period::int), '{}') as since,
                      coalesce(array_agg(r.consumption_m3::numeric), '{}') as used
               from charge_reading t join reading r on r.id = t.reading_id and r.bill_period = t.service_period
               where t.charge_id = c.id and t.service_period = c.service_period) t
           where c.bill_period >= $4 and c.account_id between $5 and $6
           order by c.id"#,
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
        let (month, dates) = (period(row.month), (row.from_date, row.to_date));
        let since = |since| Span::new(dates.0, dates.1, since, month);
        let used = row.since.into_iter().zip(row.used);
        let used = used.map(|(of, m3)| Used { span: since(period(of)), volume: volume(m3) });
        let used: Vec<Used> = used.collect();
        let span = used.iter().map(|used| used.span).reduce(Span::join);
        let prices = row.fees.iter().zip(row.tiers).zip(row.versions).zip(row.prices);
        let lines = prices.zip(row.owners).zip(row.quantities.into_iter().zip(row.amounts));
        let lines = lines.map(|(((((fee, tier), version), price), owner), (m3, amount))| Charged {
            price: Price {
                fee_item: known(fee),
                tier,
                version: TariffVersionId(version),
                unit_price: unit_price(price),
            },
            owner: OrganisationId(owner),
            quantity: volume(m3),
            amount: yuan(amount),
        });
        let before = Before {
            span: span.unwrap_or_else(|| since(month.back(row.months.unsigned_abs()))),
            volume: volume(row.volume),
            lines: lines.collect(),
            used,
            months: Vec::new(),
        };
        billed.add(AccountId(row.account_id), before);
    }
    Ok(())
}
