//! The SQL of bill runs.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use sqlx::PgConnection;
use terms::{AccountId, BillPeriod, Money, OutletId, ReadingId, Span, TownId, Volume};

use super::assess::{Charge, MeterUse, Taken, ToBill, Verdict};
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

/// What goes out on one day: the dates of the charges that are made now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Issue {
    pub(super) id: i64,
    pub(super) run_id: i64,
}

/// Makes or finds the run of a period. The chunks of one that was done are opened again.
pub(super) async fn open_run(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    period: BillPeriod,
) -> Result<i64, sqlx::Error> {
    sqlx::query!(
        "insert into bill_run (bill_period, state, started_at) values ($1::int, 'running', $2)
         on conflict (bill_period) do nothing",
        period.number(),
        now
    )
    .execute(&mut *connection)
    .await?;
    let run = sqlx::query!(
        "select id, state from bill_run where bill_period = $1 for update",
        period.number()
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
    Ok(run.id)
}

/// The bill date of the last issue of a run, if it has one.
pub(super) async fn last_bill_date(
    connection: &mut PgConnection,
    run_id: i64,
) -> Result<Option<NaiveDate>, sqlx::Error> {
    sqlx::query_scalar!(
        "select max(i.bill_date) from bill_issue i where i.run_id = $1
         and exists (select from charge c where c.bill_period = i.bill_period and c.issue_id = i.id)",
        run_id
    )
    .fetch_one(connection)
    .await
}

/// Makes or finds the issue of a run with these dates.
pub(super) async fn open_issue(
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    run_id: i64,
    order: BillRun,
) -> Result<Issue, sqlx::Error> {
    sqlx::query!(
        "insert into bill_issue (run_id, bill_period, bill_date, due_date, made_at) values ($1, $2, $3, $4, $5)
         on conflict (run_id, bill_date, due_date) do nothing",
        run_id,
        order.period.number(),
        order.bill_date,
        order.due_date,
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

/// The accounts of a chunk with readings of a period that no charge has taken, by id. A rejected reading with
/// another in its place counts for nothing.
pub(super) async fn load(
    connection: &mut PgConnection,
    asked: BillPeriod,
    chunk: Chunk,
) -> Result<Vec<ToBill>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.town_id, a.outlet_id, a.use_class, a.sewage_class, a.garbage_class, a.persons,
                  r.id as reading_id, r.from_date, r.to_date, r.since_period, r.consumption_m3, r.flag,
                  v.decision as "decision?"
           from account a
           join reading r on r.account_id = a.id and r.bill_period = $1
           left join reading_review v on v.reading_id = r.id
           where a.id between $2 and $3
             and not exists (select from charge_reading t where t.reading_id = r.id)
             and not exists (select from reading s where s.supersedes_id = r.id)
           order by a.id, r.id"#,
        asked.number(),
        chunk.first,
        chunk.last
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut accounts: Vec<ToBill> = Vec::with_capacity(rows.len());
    for row in rows {
        let meter = MeterUse {
            taken: Taken { reading: ReadingId(row.reading_id), volume: Volume(row.consumption_m3) },
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
            usage: Usage {
                town: TownId(row.town_id),
                use_class: known(&row.use_class),
                sewage_class: known(&row.sewage_class),
                garbage_class: known(&row.garbage_class),
                persons: row.persons,
                span: meter.span,
                volume: Volume::ZERO,
                used_before: Volume::ZERO,
                quota: None,
            },
            taken: Vec::with_capacity(1),
            held: None,
            fixed_before: false,
        };
        account.add(meter);
        accounts.push(account);
    }
    add_before(&mut *connection, asked, &mut accounts).await?;
    add_quotas(connection, asked, &mut accounts).await?;
    Ok(accounts)
}

/// The accounts, and the first month of each one's span; the earliest of those months, too.
fn first_months(accounts: &[ToBill]) -> Option<(Vec<i64>, Vec<i32>, i32)> {
    let ids = accounts.iter().map(|to_bill| to_bill.account.0).collect();
    let first: Vec<i32> =
        accounts.iter().map(|to_bill| to_bill.usage.span.first().number()).collect();
    let earliest = first.iter().copied().min()?;
    Some((ids, first, earliest))
}

/// Adds what the accounts were billed for before in the months of their spans.
async fn add_before(
    connection: &mut PgConnection,
    asked: BillPeriod,
    accounts: &mut [ToBill],
) -> Result<(), sqlx::Error> {
    let Some((ids, first, earliest)) = first_months(accounts) else { return Ok(()) };
    let rows = sqlx::query!(
        r#"select c.account_id, sum(c.volume_m3) as "used!", bool_or(c.kind = 'fixed_garbage') as "fixed!"
           from unnest($1::bigint[], $2::int[]) as span (account_id, first)
           join charge c on c.account_id = span.account_id and c.bill_period >= span.first
           where c.bill_period between $3 and $4 and c.account_id between $5 and $6
           group by c.account_id"#,
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
            accounts[at].usage.used_before = Volume(row.used);
            accounts[at].fixed_before = row.fixed;
        }
    }
    Ok(())
}

/// Adds the quotas of all months of the spans. A month without a plan of its own has the mean of the others.
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
            let all = row.planned * Decimal::from(usage.span.months()) / Decimal::from(row.months);
            usage.quota =
                Some(Volume(all.round_dp_with_strategy(3, RoundingStrategy::MidpointAwayFromZero)));
        }
    }
    Ok(())
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
    let period = shared.order.period.number();
    let mut charge_rows = CopyRows::new();
    let mut taken_rows = CopyRows::new();
    let mut line_rows = CopyRows::new();
    for (charge, id) in charges.iter().zip(ids) {
        write_charge(&mut charge_rows, shared, charge, id);
        for taken in &charge.taken {
            taken_rows.row(4).i64(taken.reading.0).i64(id).i32(period).decimal(taken.volume.0);
        }
        for (line, line_id) in charge.lines.iter().zip(&mut line_ids) {
            line_rows
                .row(13)
                .i64(line_id)
                .i32(period)
                .i64(id)
                .i64(charge.account.0)
                .i32(charge.usage.town.0)
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
        &mut *connection,
        "copy charge (id, bill_period, account_id, town_id, outlet_id, kind, service_period, issue_id, bill_date,
            due_date, from_date, to_date, months, volume_m3, used_before_m3, use_class, sewage_class, garbage_class,
            persons, quota_m3, levy_ratio, total, created_at) from stdin (format binary)",
        charge_rows,
    )
    .await?;
    copy_in(
        &mut *connection,
        "copy charge_reading (reading_id, charge_id, bill_period, volume_m3) from stdin (format binary)",
        taken_rows,
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
    let (period, usage) = (shared.order.period.number(), &charge.usage);
    rows.row(23)
        .i64(id)
        .i32(period)
        .i64(charge.account.0)
        .i32(usage.town.0)
        .i32(charge.outlet.0)
        .text(charge.kind)
        .i32(period)
        .i64(shared.issue.id)
        .date(shared.order.bill_date)
        .date(shared.order.due_date)
        .date(usage.span.from)
        .date(usage.span.to)
        .i32(usage.span.months().into())
        .decimal(usage.volume.0)
        .decimal(usage.used_before.0)
        .text(usage.use_class.code())
        .text(usage.sewage_class.code())
        .text(usage.garbage_class.code())
        .i32(usage.persons);
    for figure in [usage.quota.map(|quota| quota.0), charge.levy_ratio] {
        match figure {
            Some(figure) => rows.decimal(figure),
            None => rows.null(),
        };
    }
    rows.decimal(charge.total.yuan()).timestamptz(shared.now);
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
        r#"select r.bill_period, i.bill_date, i.due_date, r.state, r.started_at,
                  count(c.run_id) filter (where c.state = 'done') as "chunks_done!", count(c.run_id) as "chunks!",
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
