//! The SQL of bill runs.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, Money, OutletId, ReadingId, TownId, Volume};

use super::assess::{Charge, MeterUse, ToBill, Verdict, months_between};
use super::run::Shared;
use super::{BillRun, Parked, RunState};
use crate::copy::{CopyRows, copy_in};
use crate::database::{known, period, yuan};
use crate::tariff::Usage;

/// Neighbouring accounts, by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) first: i64,
    pub(super) last: i64,
}

/// Makes room for the rows of a period; true where there was none.
pub(super) async fn ensure_period(
    connection: &mut PgConnection,
    period: BillPeriod,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select ensure_bill_period($1) as "made!""#, period.number())
        .fetch_one(connection)
        .await
}

/// The run of a period.
pub(super) struct Run {
    pub(super) id: i64,
    pub(super) bill_date: NaiveDate,
    pub(super) due_date: NaiveDate,
}

/// Makes or finds the run of a period. The chunks of one that was done are opened again.
pub(super) async fn open_run(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    order: BillRun,
) -> Result<Run, sqlx::Error> {
    sqlx::query!(
        "insert into bill_run (bill_period, bill_date, due_date, state, started_at) values ($1::int, $2, $3, 'running', $4)
         on conflict (bill_period) do nothing",
        order.period.number(),
        order.bill_date,
        order.due_date,
        now
    )
    .execute(&mut *connection)
    .await?;
    let run = sqlx::query!(
        "select id, bill_date, due_date, state from bill_run where bill_period = $1 for update",
        order.period.number()
    )
    .fetch_one(&mut *connection)
    .await?;
    if run.state == "done" {
        sqlx::query!(
            "update bill_run set state = 'running', finished_at = null where id = $1",
            run.id
        )
        .execute(&mut *connection)
        .await?;
        sqlx::query!("update bill_run_chunk set state = 'open' where run_id = $1", run.id)
            .execute(connection)
            .await?;
    }
    Ok(Run { id: run.id, bill_date: run.bill_date, due_date: run.due_date })
}

/// Cuts the accounts that are in no chunk yet into chunks.
pub(super) async fn add_chunks(
    connection: &mut PgConnection,
    run_id: i64,
    accounts: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into bill_run_chunk (run_id, first_account, last_account, state)
         select $1, min(id), max(id), 'open'
         from (select id, (row_number() over (order by id) - 1) / $2 as chunk from account
               where id > (select coalesce(max(last_account), 0) from bill_run_chunk where run_id = $1)) a
         group by chunk",
        run_id,
        accounts
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The chunks that a new run would have.
pub(super) async fn plan_chunks(
    connection: &mut PgConnection,
    accounts: i64,
) -> Result<Vec<Chunk>, sqlx::Error> {
    sqlx::query_as!(
        Chunk,
        r#"select min(id) as "first!", max(id) as "last!"
           from (select id, (row_number() over (order by id) - 1) / $1 as chunk from account) a
           group by chunk order by 1"#,
        accounts
    )
    .fetch_all(connection)
    .await
}

/// Chunks done, and all of them.
pub(super) async fn chunk_counts(
    connection: &mut PgConnection,
    run_id: i64,
) -> Result<(u64, u64), sqlx::Error> {
    let counts = sqlx::query!(
        r#"select count(*) filter (where state = 'done') as "done!", count(*) as "all!"
           from bill_run_chunk where run_id = $1"#,
        run_id
    )
    .fetch_one(connection)
    .await?;
    Ok((counts.done.unsigned_abs(), counts.all.unsigned_abs()))
}

/// Takes the next open chunk that no other worker holds.
pub(super) async fn claim_chunk(
    connection: &mut PgConnection,
    run_id: i64,
) -> Result<Option<Chunk>, sqlx::Error> {
    sqlx::query_as!(
        Chunk,
        "select first_account as first, last_account as last from bill_run_chunk
         where run_id = $1 and state = 'open' order by first_account limit 1 for update skip locked",
        run_id
    )
    .fetch_optional(connection)
    .await
}

pub(super) async fn mark_done(
    connection: &mut PgConnection,
    run_id: i64,
    chunk: Chunk,
    charges: u64,
    amount: Money,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update bill_run_chunk set state = 'done', charges = charges + $3, amount = amount + $4
         where run_id = $1 and first_account = $2",
        run_id,
        chunk.first,
        i64::try_from(charges).unwrap_or(i64::MAX),
        amount.yuan()
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The accounts of a chunk that were read for a period and not billed yet, by id. Rejected readings do not
/// count as read before.
pub(super) async fn load(
    connection: &mut PgConnection,
    asked: BillPeriod,
    chunk: Chunk,
) -> Result<Vec<ToBill>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.town_id, a.outlet_id, a.use_class, a.sewage_class, a.garbage_class, a.persons,
                  r.id as reading_id, r.consumption_m3, r.flag, v.decision as "decision?", q.quota_m3 as "quota_m3?",
                  (select before.bill_period from reading before
                   where before.account_id = a.id and before.bill_period < $1
                     and not exists (select from reading_review w
                                     where w.reading_id = before.id and w.decision = 'rejected')
                   order by before.bill_period desc limit 1) as before
           from account a
           join reading r on r.account_id = a.id and r.bill_period = $1
           left join reading_review v on v.reading_id = r.id
           left join overquota_plan q on q.account_id = a.id and q.bill_period = $1
           where a.id between $2 and $3
             and not exists (select from charge c where c.account_id = a.id and c.bill_period = $1)
           order by a.id, r.id"#,
        asked.number(),
        chunk.first,
        chunk.last
    )
    .fetch_all(connection)
    .await?;
    let mut accounts: Vec<ToBill> = Vec::with_capacity(rows.len());
    for row in rows {
        let meter = MeterUse {
            reading: ReadingId(row.reading_id),
            flag: known(&row.flag),
            review: row.decision.map(|decision| match decision.as_str() {
                "accepted" => Verdict::Accepted,
                _ => Verdict::Rejected,
            }),
        };
        if let Some(last) = accounts.last_mut().filter(|last| last.account.0 == row.id) {
            last.usage.volume.0 += row.consumption_m3;
            last.readings.push(meter);
            continue;
        }
        accounts.push(ToBill {
            account: AccountId(row.id),
            outlet: OutletId(row.outlet_id),
            usage: Usage {
                town: TownId(row.town_id),
                use_class: known(&row.use_class),
                sewage_class: known(&row.sewage_class),
                garbage_class: known(&row.garbage_class),
                persons: row.persons,
                months: months_between(row.before.map(period), asked),
                volume: Volume(row.consumption_m3),
                quota: row.quota_m3.map(Volume),
            },
            readings: vec![meter],
        });
    }
    Ok(accounts)
}

/// The accounts of a chunk that could not be billed, now: earlier reasons go.
pub(super) async fn replace_failures(
    connection: &mut PgConnection,
    run_id: i64,
    chunk: Chunk,
    parked: &[(i64, String)],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from bill_failure where run_id = $1 and account_id between $2 and $3",
        run_id,
        chunk.first,
        chunk.last
    )
    .execute(&mut *connection)
    .await?;
    let (accounts, reasons): (Vec<i64>, Vec<String>) = parked.iter().cloned().unzip();
    sqlx::query!(
        "insert into bill_failure (run_id, account_id, reason)
         select $1, account_id, left(reason, 300) from unnest($2::bigint[], $3::text[]) as p (account_id, reason)",
        run_id,
        &accounts,
        &reasons
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Stores charges and their lines, under ids taken from the sequences in one statement each.
pub(super) async fn insert_charges(
    connection: &mut PgConnection,
    shared: &Shared,
    charges: &[Charge],
) -> Result<(), sqlx::Error> {
    if charges.is_empty() {
        return Ok(());
    }
    let ids = sqlx::query_scalar!(
        r#"select array_agg(nextval('charge_id')) as "ids!" from generate_series(1, $1::int)"#,
        length(charges.len())
    )
    .fetch_one(&mut *connection)
    .await?;
    let line_ids = sqlx::query_scalar!(
        r#"select array_agg(nextval('charge_line_id')) as "ids!" from generate_series(1, $1::int)"#,
        length(charges.iter().map(|charge| charge.lines.len()).sum())
    )
    .fetch_one(&mut *connection)
    .await?;
    let mut line_ids = line_ids.into_iter();
    let mut charge_rows = CopyRows::new();
    let mut line_rows = CopyRows::new();
    for (charge, id) in charges.iter().zip(ids) {
        write_charge(&mut charge_rows, shared, charge, id);
        for (line, line_id) in charge.lines.iter().zip(&mut line_ids) {
            line_rows
                .row(13)
                .i64(line_id)
                .i32(shared.order.period.number())
                .i64(id)
                .i64(charge.account.0)
                .i32(charge.town.0)
                .i32(charge.outlet.0)
                .text(line.fee_item.code())
                .i16(line.tier)
                .decimal(line.quantity.0)
                .decimal(line.unit_price.0)
                .decimal(line.amount.yuan())
                .i32(line.version.0)
                .text(&line.basis);
        }
    }
    copy_in(
        connection,
        "copy charge (id, bill_period, account_id, town_id, outlet_id, kind, service_period, bill_date, due_date,
            use_class, reading_id, volume_m3, total, created_at) from stdin (format binary)",
        charge_rows,
    )
    .await?;
    copy_in(
        connection,
        "copy charge_line (id, bill_period, charge_id, account_id, town_id, outlet_id, fee_item, tier, quantity,
            unit_price, amount, tariff_version_id, basis) from stdin (format binary)",
        line_rows,
    )
    .await?;
    Ok(())
}

fn write_charge(rows: &mut CopyRows, shared: &Shared, charge: &Charge, id: i64) {
    let period = shared.order.period.number();
    rows.row(14)
        .i64(id)
        .i32(period)
        .i64(charge.account.0)
        .i32(charge.town.0)
        .i32(charge.outlet.0)
        .text(charge.kind)
        .i32(period)
        .date(shared.order.bill_date)
        .date(shared.order.due_date)
        .text(charge.use_class.code())
        .i64(charge.reading.0)
        .decimal(charge.volume.0)
        .decimal(charge.total.yuan())
        .timestamptz(shared.now);
}

/// A chunk is far below the limits of an i32.
fn length(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Marks a run done, if no chunk is open.
pub(super) async fn finish(
    connection: &mut PgConnection,
    run_id: i64,
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update bill_run set state = 'done', finished_at = $2
         where id = $1 and not exists (select from bill_run_chunk where run_id = $1 and state = 'open')",
        run_id,
        now
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What a period comes to.
pub(super) struct Totals {
    pub(super) charges: u64,
    pub(super) amount: Money,
    pub(super) parked: u64,
}

pub(super) async fn totals(
    connection: &mut PgConnection,
    run_id: i64,
    period: BillPeriod,
) -> Result<Totals, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) as "charges!", coalesce(sum(total), 0) as "amount!: Decimal",
                  (select count(*) from bill_failure where run_id = $2) as "parked!"
           from charge where bill_period = $1"#,
        period.number(),
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

pub(super) async fn parked(
    connection: &mut PgConnection,
    period: BillPeriod,
    limit: i64,
) -> Result<Vec<Parked>, sqlx::Error> {
    let rows = sqlx::query!(
        "select f.account_id, a.no, f.reason from bill_failure f
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
            reason: row.reason,
        })
        .collect())
}

pub(super) async fn runs(connection: &mut PgConnection) -> Result<Vec<RunState>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select r.bill_period, r.bill_date, r.due_date, r.state, r.started_at,
                  count(c.run_id) filter (where c.state = 'done') as "chunks_done!", count(c.run_id) as "chunks!",
                  coalesce(sum(c.charges), 0)::bigint as "charges!",
                  coalesce(sum(c.amount), 0) as "amount!: Decimal",
                  (select count(*) from bill_failure f where f.run_id = r.id) as "parked!"
           from bill_run r left join bill_run_chunk c on c.run_id = r.id
           group by r.id order by r.bill_period desc"#
    )
    .fetch_all(connection)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| RunState {
            period: period(row.bill_period),
            bill_date: row.bill_date,
            due_date: row.due_date,
            done: row.state == "done",
            chunks_done: row.chunks_done,
            chunks: row.chunks,
            charges: row.charges,
            amount: yuan(row.amount),
            parked: row.parked,
            started_at: row.started_at,
        })
        .collect())
}
