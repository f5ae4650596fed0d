//! The chunks of a run, and the workers that take them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::{PgConnection, PgPool};
use terms::{BillPeriod, Money, business_day};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::assess::{Charge, Line, assess};
use super::missed;
use super::months::Months;
use super::order::{BillError, BillRun, Issue};
use super::rates::{Books, Rates};
use super::report::{DryRun, Progress};
use super::shared::Shared;
use super::store::{self, Chunk, Meters, Stored, Work};
use super::why::Why;
use crate::access::{self, Act, Action};
use crate::database::{Tx, commit, write};

/// Accounts of one chunk: what their rows are checked with stays in memory, and capture decodes them without spilling to disk.
const CHUNK_ACCOUNTS: i64 = 10_000;
/// How often a chunk is tried anew where an outlet closed its month meanwhile, or others kept its rows too long.
const TRIES: u32 = 5;

/// Makes the run of a period, its chunks and the issue of these dates, or finds them; all chunks are open then.
pub(super) async fn open(
    pool: &PgPool,
    now: DateTime<Utc>,
    order: BillRun,
) -> Result<Issue, BillError> {
    write(pool, move |mut tx| async move {
        let run_id = store::open_run(&mut tx, now, order.period).await?;
        not_before(order, store::last_bill_date(&mut tx, order.period).await?)?;
        let issue = store::open_issue(&mut tx, now, run_id, order).await?;
        store::cut_chunks(&mut tx, run_id, CHUNK_ACCOUNTS).await?;
        let act = Act::new(Action::RunBills, order.by, format!("计费 {}", order.period));
        let details = json!({ "bill_date": order.bill_date, "due_date": order.due_date });
        access::mark(&mut tx, &act.with(details), now).await?;
        if !access::reach_of(&mut tx, order.by).await?.is_whole_city() {
            return Err(BillError::WholeCity);
        }
        commit(tx).await?;
        Ok(issue)
    })
    .await
}

/// Waits for the chunks of other months that began before this run was started: those after them wait for its own.
pub(super) async fn await_others(pool: &PgPool, period: BillPeriod) -> Result<(), BillError> {
    let mut tried = 0;
    loop {
        let waited = write(pool, move |mut tx| async move {
            store::await_billing(&mut tx, period).await?;
            tx.rollback().await?;
            Ok::<_, BillError>(())
        });
        match waited.await {
            Err(BillError::Busy) if tried < TRIES => tried += 1,
            waited => return waited,
        }
    }
}

/// Bills go out in the order of their dates.
fn not_before(order: BillRun, last: Option<NaiveDate>) -> Result<(), BillError> {
    match last {
        Some(last_bill_date) if order.bill_date < last_bill_date => {
            Err(BillError::BeforeLastIssue { last_bill_date })
        }
        _ => Ok(()),
    }
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
) -> Result<(), BillError> {
    let mut tried = 0;
    loop {
        let of_run = Arc::clone(&shared);
        let made = match write(&pool, move |tx| next_chunk(tx, of_run)).await {
            Ok(Some(made)) => made,
            Ok(None) => return Ok(()),
            Err(BillError::MonthClosed | BillError::Busy) if tried < TRIES => {
                tried += 1;
                continue;
            }
            Err(error) => return Err(error),
        };
        tried = 0;
        // The receiver lives as long as the run; where it is gone, nobody asks for progress.
        let _ = done.send(made).await;
    }
}

/// Bills a chunk that nobody works on; gives the charges made and their sum, none where no chunk is open.
async fn next_chunk(mut tx: Tx, shared: Arc<Shared>) -> Result<Option<(u64, Money)>, BillError> {
    // Nothing is taken back, no rate, owner, quota or account is approved, and no other month is billed, between what is
    // looked up and what is written: so all of it is looked up now.
    store::hold_billing(&mut tx, shared.order.period).await?;
    let Some(chunk) = store::claim_chunk(&mut tx, shared.issue.run_id).await? else {
        tx.rollback().await?;
        return Ok(None);
    };
    // A run may last beyond midnight: what is made now is of now.
    let now = shared.clock.now();
    shared.order.allowed(business_day(now))?;
    let rates = Rates::load(&mut tx).await?;
    let rated = rate(&mut tx, chunk, shared.months, &rates, Meters::Held).await?;
    store::replace_failures(&mut tx, shared.issue.run_id, chunk, &rated.parked).await?;
    let stored = store::insert_charges(&mut tx, (&shared, now), &rated.charges).await?;
    let (charges, amount) = (rated.charges.len() as u64, rated.amount());
    store::add_up(&mut tx, shared.issue.run_id, chunk, charges, amount).await?;
    // Last of all, for whoever leaves a mark in the same chain waits from here on.
    if let Some(stored) = stored {
        access::mark(&mut tx, &made(&shared, charges, &stored), now).await?;
    }
    commit(tx).await?;
    Ok(Some((charges, amount)))
}

/// The mark that the bills of a chunk leave: whoever lowers one afterwards, in agreement with its lines, is found out.
fn made(shared: &Shared, charges: u64, stored: &Stored) -> Act {
    let [first, last] = stored.accounts;
    let subject = format!("计费 {} 用户 {first} 至 {last}", shared.order.period);
    let details = json!({
        "issue": shared.issue.id, "accounts": stored.accounts, "charges": charges, "ids": stored.ids,
        "digest": stored.digest,
    });
    Act::new(Action::RunBills, shared.order.by, subject).with(details)
}

/// What a chunk comes to.
#[derive(Default)]
struct Rated {
    charges: Vec<Charge>,
    parked: Vec<(i64, Why)>,
}

impl Rated {
    fn amount(&self) -> Money {
        self.charges.iter().map(|charge| charge.total).sum()
    }
}

async fn rate(
    connection: &mut PgConnection,
    chunk: Chunk,
    months: Months,
    rates: &Rates,
    meters: Meters,
) -> Result<Rated, sqlx::Error> {
    let mut rated = Rated::default();
    let Work { to_bill, mut billed, quotas, then } =
        store::load(connection, months, chunk, rates, meters).await?;
    let books = Books { rates, then: &then, quotas: &quotas };
    for mut to_bill in to_bill {
        billed.leave_out_months(&mut to_bill);
        // What its earlier months owe was parked, and says why.
        if missed::owes_before(&books, &to_bill) {
            continue;
        }
        let account = to_bill.account.0;
        let assessed = assess(&books, billed.of(account), to_bill);
        if let Some(charge) = &assessed.charge {
            billed.note(charge);
        }
        rated.charges.extend(assessed.charge.map(|charge| *charge));
        rated.parked.extend(assessed.parked.map(|why| (account, why)));
    }
    Ok(rated)
}

/// Rates a whole period in memory, chunk by chunk, and adds up.
pub(super) async fn dry(
    pool: &PgPool,
    today: NaiveDate,
    order: BillRun,
) -> Result<DryRun, BillError> {
    let mut connection = pool.acquire().await?;
    let last_bill_date = store::last_bill_date(&mut connection, order.period).await?;
    not_before(order, last_bill_date)?;
    let months = Months::of(order.period, order.bill_date, today);
    let rates = Arc::new(Rates::load(&mut connection).await?);
    let chunks = store::plan_chunks(&mut connection, CHUNK_ACCOUNTS).await?;
    let left_out = store::left_out(&mut connection, order.period).await?;
    drop(connection);
    let (chunks, next) = (Arc::new(chunks), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    for _ in 0..order.workers.max(1) {
        let (pool, rates) = (pool.clone(), Arc::clone(&rates));
        let (chunks, next) = (Arc::clone(&chunks), Arc::clone(&next));
        tasks.spawn(async move {
            let mut sum = DryRun::default();
            while let Some(chunk) = chunks.get(next.fetch_add(1, Ordering::Relaxed)) {
                let mut connection = pool.acquire().await?;
                let rated = rate(&mut connection, *chunk, months, &rates, Meters::Free).await?;
                add(&mut sum, &rated);
            }
            Ok::<_, sqlx::Error>(sum)
        });
    }
    let mut sum = DryRun { left_out, ..DryRun::default() };
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
    for (_, why) in &rated.parked {
        *sum.parked.entry(why.clone()).or_default() += 1;
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
    for (why, accounts) in part.parked {
        *sum.parked.entry(why).or_default() += accounts;
    }
}
