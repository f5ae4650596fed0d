//! The chunks of a run, and the workers that take them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, Money};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::assess::{Charge, Line, assess};
use super::months::Months;
use super::owners::Owners;
use super::store::{self, Chunk, Issue};
use super::{BillError, BillRun, DryRun, Progress};
use crate::access::{self, Act, Action};
use crate::database::{Tx, write};
use crate::tariff::TariffBook;

/// Accounts of one chunk: tens of MB of log, which capture decodes without spilling to disk.
const CHUNK_ACCOUNTS: i64 = 50_000;

/// What every worker of a run needs.
pub(super) struct Shared {
    pub(super) order: BillRun,
    pub(super) issue: Issue,
    pub(super) now: DateTime<Utc>,
    rates: Rates,
}

/// What a month is priced by: the rates, and whose the money is, at its end.
struct Rates {
    months: Months,
    book: TariffBook,
    owners: Owners,
}

impl Shared {
    pub(super) async fn load(
        pool: &PgPool,
        order: BillRun,
        issue: Issue,
        now: DateTime<Utc>,
    ) -> Result<Arc<Self>, sqlx::Error> {
        let rates = Rates::load(pool, order.period, order.bill_date).await?;
        Ok(Arc::new(Self { order, issue, now, rates }))
    }
}

impl Rates {
    async fn load(
        pool: &PgPool,
        period: BillPeriod,
        bill_date: NaiveDate,
    ) -> Result<Self, sqlx::Error> {
        let (mut connection, day) = (pool.acquire().await?, period.last_day());
        let book = TariffBook::load(&mut connection, day).await?;
        let owners = store::owners(&mut connection, day).await?;
        Ok(Self { months: Months::of(period, bill_date), book, owners })
    }
}

/// Makes the run of a period, its chunks and the issue of these dates, or finds them; a run that was done is
/// opened again.
pub(super) async fn open(
    pool: &PgPool,
    now: DateTime<Utc>,
    order: BillRun,
) -> Result<Issue, BillError> {
    write(pool, move |mut tx| async move {
        let run_id = store::open_run(&mut tx, now, order.period).await?;
        if let Some(last_bill_date) = store::last_bill_date(&mut tx, run_id).await?
            && order.bill_date < last_bill_date
        {
            return Err(BillError::BeforeLastIssue { last_bill_date });
        }
        let issue = store::open_issue(&mut tx, now, run_id, order).await?;
        store::add_chunks(&mut tx, run_id, CHUNK_ACCOUNTS).await?;
        let act = Act::new(Action::RunBills, None, format!("计费 {}", order.period));
        let details = json!({ "bill_date": order.bill_date, "due_date": order.due_date });
        access::mark(&mut tx, &act.with(details), now).await?;
        tx.commit().await?;
        Ok(issue)
    })
    .await
}

/// Works until no chunk is open; gives the charges made and their sum.
pub(super) async fn work(
    pool: &PgPool,
    shared: Arc<Shared>,
    workers: usize,
    progress: impl Fn(Progress),
) -> Result<(u64, Money), BillError> {
    let (chunks_done, chunks) =
        store::chunk_counts(&mut *pool.acquire().await?, shared.issue.run_id).await?;
    let mut so_far = Progress { chunks_done, chunks, ..Progress::default() };
    progress(so_far);
    let (done, mut chunks_done) = mpsc::channel(16);
    let mut tasks = JoinSet::new();
    for _ in 0..workers.max(1) {
        tasks.spawn(worker(pool.clone(), Arc::clone(&shared), done.clone()));
    }
    drop(done);
    while let Some((charges, amount)) = chunks_done.recv().await {
        so_far.chunks_done += 1;
        so_far.charges += charges;
        so_far.amount += amount;
        progress(so_far);
    }
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok((so_far.charges, so_far.amount))
}

/// Takes chunk after chunk, each in one transaction.
async fn worker(
    pool: PgPool,
    shared: Arc<Shared>,
    done: mpsc::Sender<(u64, Money)>,
) -> Result<(), sqlx::Error> {
    loop {
        let of_run = Arc::clone(&shared);
        let Some(made) = write(&pool, move |tx| next_chunk(tx, of_run)).await? else {
            return Ok(());
        };
        // The receiver lives as long as the run; where it is gone, nobody asks for progress.
        let _ = done.send(made).await;
    }
}

/// Bills a chunk that nobody works on; gives the charges made and their sum, none where no chunk is open.
async fn next_chunk(mut tx: Tx, shared: Arc<Shared>) -> Result<Option<(u64, Money)>, sqlx::Error> {
    let Some(chunk) = store::claim_chunk(&mut tx, shared.issue.run_id).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    let rated = rate(&mut tx, chunk, &shared.rates).await?;
    store::replace_failures(&mut tx, shared.issue.run_id, chunk, &rated.parked).await?;
    store::insert_charges(&mut tx, &shared, &rated.charges).await?;
    let (charges, amount) = (rated.charges.len() as u64, rated.amount());
    store::mark_done(&mut tx, shared.issue.run_id, chunk, charges, amount).await?;
    tx.commit().await?;
    Ok(Some((charges, amount)))
}

/// What a chunk comes to.
#[derive(Default)]
struct Rated {
    charges: Vec<Charge>,
    parked: Vec<(i64, String)>,
}

impl Rated {
    fn amount(&self) -> Money {
        self.charges.iter().map(|charge| charge.total).sum()
    }
}

async fn rate(
    connection: &mut PgConnection,
    chunk: Chunk,
    rates: &Rates,
) -> Result<Rated, sqlx::Error> {
    let mut rated = Rated::default();
    for to_bill in store::load(connection, rates.months, chunk, &rates.book).await? {
        let account = to_bill.account.0;
        let assessed = assess(&rates.book, &rates.owners, to_bill);
        rated.charges.extend(assessed.charge.map(|charge| *charge));
        rated.parked.extend(assessed.parked.map(|reason| (account, reason)));
    }
    Ok(rated)
}

/// Rates a whole period in memory, chunk by chunk, and adds up.
pub(super) async fn dry(
    pool: &PgPool,
    period: BillPeriod,
    bill_date: NaiveDate,
    workers: usize,
) -> Result<DryRun, BillError> {
    let rates = Arc::new(Rates::load(pool, period, bill_date).await?);
    let chunks = store::plan_chunks(&mut *pool.acquire().await?, CHUNK_ACCOUNTS).await?;
    let (chunks, next) = (Arc::new(chunks), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..workers.max(1) {
        let (pool, rates) = (pool.clone(), Arc::clone(&rates));
        let (chunks, next) = (Arc::clone(&chunks), Arc::clone(&next));
        tasks.spawn(async move {
            let mut sum = DryRun::default();
            while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                let rated = rate(&mut *pool.acquire().await?, *chunk, &rates).await?;
                add(&mut sum, &rated);
            }
            Ok::<_, sqlx::Error>(sum)
        });
    }
    let mut sum = DryRun::default();
    while let Some(part) = tasks.join_next().await {
        merge(&mut sum, part??);
    }
    Ok(sum)
}

fn add(sum: &mut DryRun, rated: &Rated) {
    sum.charges += rated.charges.len() as u64;
    sum.amount += rated.amount();
    for charge in &rated.charges {
        let town = sum.by_town.entry(charge.usage.town).or_default();
        for Line { priced: line, .. } in &charge.lines {
            *sum.by_fee.entry(line.fee_item).or_default() += line.amount;
            *town.entry(line.fee_item).or_default() += line.amount;
        }
    }
    for (_, reason) in &rated.parked {
        *sum.parked.entry(reason.clone()).or_default() += 1;
    }
}

fn merge(sum: &mut DryRun, part: DryRun) {
    fn fees<K: Ord>(into: &mut BTreeMap<K, Money>, from: BTreeMap<K, Money>) {
        for (key, amount) in from {
            *into.entry(key).or_default() += amount;
        }
    }
    sum.charges += part.charges;
    sum.amount += part.amount;
    fees(&mut sum.by_fee, part.by_fee);
    for (town, amounts) in part.by_town {
        fees(sum.by_town.entry(town).or_default(), amounts);
    }
    for (reason, accounts) in part.parked {
        *sum.parked.entry(reason).or_default() += accounts;
    }
}
