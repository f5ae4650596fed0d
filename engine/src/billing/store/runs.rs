//! Runs, their issues, and what became of them.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, Money, OutletId};

use crate::billing::order::{BillRun, Issue};
use crate::billing::report::{LeftOut, Parked, RunState};
use crate::database::{known, period, yuan};

/// Makes the run of a period, or starts it anew: all of its chunks are open then, those too that were done before it was broken
/// off.
pub(in crate::billing) async fn open_run(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    period: BillPeriod,
) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into bill_run as r (bill_period, state, started_at) values ($1::int, 'running', $2)
         on conflict (bill_period) do update
         set state = 'running', started_at = excluded.started_at, starts = r.starts + 1, finished_at = null
         returning id",
        period.number(),
        now
    )
    .fetch_one(connection)
    .await
}

/// Bill date and due date of the last issue of a month, if it has one.
pub(in crate::billing) async fn last_issue(
    connection: &mut PgConnection,
    period: BillPeriod,
) -> Result<Option<(NaiveDate, NaiveDate)>, sqlx::Error> {
    let row = sqlx::query!(
        "select bill_date, due_date from bill_issue where bill_period = $1 order by id desc limit 1",
        period.number()
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| (row.bill_date, row.due_date)))
}

/// The latest date of the bills of a month, if it has any.
pub(in crate::billing) async fn last_bill_date(
    connection: &mut PgConnection,
    period: BillPeriod,
) -> Result<Option<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar!(
        "select max(i.bill_date) from bill_issue i where i.bill_period = $1
         and exists (select from charge c where c.bill_period = i.bill_period and c.issue_id = i.id)",
        period.number()
    )
    .fetch_one(connection)
    .await
}

/// Keeps whoever takes a charge back waiting until the transaction ends, and whoever bills another month.
pub(in crate::billing) async fn hold_billing(
    connection: &mut PgConnection,
    period: BillPeriod,
) -> Result<(), sqlx::Error> {
    sqlx::query!("select hold_billing_of($1)", period.number()).execute(connection).await?;
    Ok(())
}

/// Waits for the chunks of other months that may not have seen yet that this month's run was started.
pub(in crate::billing) async fn await_billing(
    connection: &mut PgConnection,
    period: BillPeriod,
) -> Result<(), sqlx::Error> {
    sqlx::query!("select await_billing($1)", period.number()).execute(connection).await?;
    Ok(())
}

/// The outlets that have closed a month, and how many of its readings wait to be billed in a later one.
pub(in crate::billing) async fn left_out(
    connection: &mut PgConnection,
    asked: BillPeriod,
) -> Result<Vec<LeftOut>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select o.id, o.name, p.open_period,
                  (select count(distinct t.reading_id) from charge_reversal v
                   join charge_reading t on t.charge_id = v.charge_id and t.service_period = v.service_period
                   join reading_accepted r on r.id = t.reading_id and r.bill_period = t.service_period
                   join account a on a.id = r.account_id
                   where v.service_period = $1 and a.outlet_id = o.id
                     and not exists (select from charge_reading_standing s
                                     where s.reading_id = t.reading_id and s.service_period = t.service_period)) as "readings!"
           from period_pointer p join organisation o on o.id = p.organisation_id
           where p.kind = 'bill' and p.open_period > $1 order by o.id"#,
        asked.number()
    )
    .fetch_all(connection)
    .await?;
    let left_out = rows.into_iter().map(|row| LeftOut {
        outlet: OutletId(row.id),
        name: row.name,
        open_period: period(row.open_period),
        readings: row.readings.unsigned_abs(),
    });
    Ok(left_out.collect())
}

/// Makes or finds the issue of a run with these dates.
pub(in crate::billing) async fn open_issue(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    run_id: i64,
    order: BillRun,
) -> Result<Issue, sqlx::Error> {
    sqlx::query!(
        "insert into bill_issue (run_id, bill_period, bill_date, due_date, made_by, made_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (run_id, bill_date, due_date) do nothing",
        run_id,
        order.period.number(),
        order.bill_date,
        order.due_date,
        order.by.map(|by| by.0),
        now
    )
    .execute(&mut *connection)
    .await?;
    let id = sqlx::query_scalar!(
        "select id from bill_issue where run_id = $1 and bill_date = $2 and due_date = $3",
        run_id,
        order.bill_date,
        order.due_date
    )
    .fetch_one(connection)
    .await?;
    Ok(Issue { id, run_id })
}

/// Marks a run done, if no chunk is open.
pub(in crate::billing) async fn finish(
    connection: &mut PgConnection,
    run_id: i64,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update bill_run r set state = 'done', finished_at = $2
         where r.id = $1 and not exists (select from bill_run_chunk k where k.run_id = r.id and k.start < r.starts)",
        run_id,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What the runs of a period made, chunk by chunk, and what they parked.
pub(in crate::billing) struct Totals {
    pub(in crate::billing) charges: u64,
    pub(in crate::billing) amount: Money,
    pub(in crate::billing) parked: u64,
}

pub(in crate::billing) async fn totals(
    connection: &mut PgConnection,
    run_id: i64,
) -> Result<Totals, sqlx::Error> {
    let row = sqlx::query!(
        r#"select coalesce(sum(charges), 0)::bigint as "charges!", coalesce(sum(amount), 0) as "amount!: Decimal",
                  (select count(*) from bill_failure where run_id = $1) as "parked!"
           from bill_run_chunk where run_id = $1"#,
        run_id
    )
    .fetch_one(connection)
    .await?;
    Ok(Totals {
        charges: row.charges.unsigned_abs(),
        amount: yuan(row.amount),
        parked: row.parked.unsigned_abs(),
    })
}

pub(in crate::billing) async fn parked(
    connection: &mut PgConnection,
    period: BillPeriod,
    limit: i64,
) -> Result<Vec<Parked>, sqlx::Error> {
    let rows = sqlx::query!(
        "select f.account_id, a.no, f.reason, f.words from bill_failure f
         join bill_run r on r.id = f.run_id join account a on a.id = f.account_id
         where r.bill_period = $1 order by f.account_id limit $2",
        period.number(),
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Parked {
            account: AccountId(row.account_id),
            account_no: row.no,
            reason: known(&row.reason),
            words: row.words,
        })
        .collect())
}

pub(in crate::billing) async fn runs(
    connection: &mut PgConnection,
) -> Result<Vec<RunState>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.bill_period, i.bill_date, i.due_date, r.state = 'done' as "is_done!", r.started_at,
                  count(c.run_id) filter (where c.start = r.starts) as "chunks_done!", count(c.run_id) as "chunks!",
                  coalesce(sum(c.charges), 0)::bigint as "charges!",
                  coalesce(sum(c.amount), 0) as "amount!: Decimal",
                  (select count(*) from bill_failure f where f.run_id = r.id) as "parked!"
           from bill_run r
           join lateral (select bill_date, due_date from bill_issue where run_id = r.id order by id desc limit 1) i on true
           left join bill_run_chunk c on c.run_id = r.id
           group by r.id, i.bill_date, i.due_date order by r.bill_period desc"#
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RunState {
            period: period(row.bill_period),
            bill_date: row.bill_date,
            due_date: row.due_date,
            done: row.is_done,
            chunks_done: row.chunks_done,
            chunks: row.chunks,
            charges: row.charges,
            amount: yuan(row.amount),
            parked: row.parked,
            started_at: row.started_at,
        })
        .collect())
}
