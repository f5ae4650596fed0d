//! The daily reports and the homepage, against PostgreSQL asked the same question.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use engine::channels::{ChannelBatch, Settled, Settles, post_batch};
use rust_decimal::Decimal;
use sqlx::{AssertSqlSafe, PgPool};
use terms::{BillPeriod, FixedClock, Money, PayMethod, business_day};
use warehouse::{AsOf, Limits, Person, Warehouse};

use super::capture::{caught_up, settings};
use super::ground::{Ground, noon};
use super::{Figure, Options, percentile, timed};

const BENCH: &str = "reports";
/// Each question is asked so often, and the median counts.
const ROUNDS: usize = 9;
const FIRST: i32 = 202_501;

pub(super) async fn run(options: Options) -> anyhow::Result<Vec<Figure>> {
    let ground = Ground::lay(options.accounts).await?;
    let mut period = BillPeriod::from_number(FIRST)?;
    for nth in 0..options.months {
        period = if nth == 0 { period } else { period.next() };
        ground.read(period, nth).await?;
        ground.bill(period).await?;
        pay(&ground, period).await?;
    }
    let capture = ingest::Capture::start(settings(&ground)).await?;
    caught_up(&ground, &capture).await?;
    let warehouse = Warehouse::live(ground.warehouse(), capture.cuts(), Limits::default())?;
    let today = business_day(noon(period)?);
    let owner = PgPool::connect_with(ground.address().options()).await?;
    sqlx::query("analyze").execute(&owner).await?;

    let mut figures = Vec::new();
    for question in QUESTIONS {
        figures.push(ask(&warehouse, &owner, *question).await?);
    }
    let mut homes = Vec::new();
    for _ in 0..ROUNDS {
        let pinned = warehouse.at(AsOf::Live).await?;
        let (_, took) = timed(reports::home::figures(&pinned, &Person::system(), today)).await?;
        homes.push(took);
    }
    homes.sort_unstable();
    let page = Duration::from_millis(200);
    figures.push(Figure::seconds(BENCH, "homepage, all figures", percentile(&homes, 0.5), page, "what a page may take", 1.0));

    owner.close().await;
    capture.stop().await?;
    ground.close().await?;
    Ok(figures)
}

/// Three of four accounts pay the month in full by file from the bank.
async fn pay(ground: &Ground, period: BillPeriod) -> anyhow::Result<()> {
    let owed: Vec<(i64, Decimal)> = sqlx::query_as(
        "select account_id, sum(open_amount) from charge_balance
        where bill_period = $1 and account_id % 4 > 0 group by account_id order by account_id",
    )
    .bind(period.number())
    .fetch_all(&ground.pool)
    .await?;
    let clock = FixedClock(noon(period)?);
    let items = owed.into_iter().map(|(account, gross)| {
        Ok(Settled {
            account: terms::AccountId(account),
            settles: Settles::UpTo(period),
            serial: format!("{period}-{account}"),
            gross: Money::exact(gross)?,
        })
    });
    let items = items.collect::<anyhow::Result<Vec<_>>>()?;
    let batch = ChannelBatch { method: PayMethod::BatchWithhold, account_date: period.last_day(), items };
    let outcome = post_batch(&ground.pool, &clock, batch).await?;
    ensure!(outcome.refused.is_empty(), "{} payments were refused", outcome.refused.len());
    Ok(())
}

/// The same text is understood by both.
const QUESTIONS: &[(&str, &str)] = &[
    (
        "collected by town, month and fee",
        "select town_id, bill_period, fee_item, sum(amount) as amount, count(*) as lines from allocation
        group by town_id, bill_period, fee_item order by town_id, bill_period, fee_item",
    ),
    (
        "twenty accounts that owe most",
        "select c.account_id, sum(c.amount) - coalesce(max(p.amount), 0) as owed
        from charge_line c
        left join (select account_id, sum(amount) as amount from allocation group by account_id) p
            on p.account_id = c.account_id
        group by c.account_id order by owed desc, c.account_id limit 20",
    ),
    (
        "one account's ledger",
        "select bill_period, fee_item, sum(amount) as amount from charge_line where account_id = 4242
        group by bill_period, fee_item order by bill_period, fee_item",
    ),
];

async fn ask(warehouse: &Warehouse, owner: &PgPool, (name, sql): (&'static str, &'static str)) -> anyhow::Result<Figure> {
    let who = Arc::new(Person::system());
    let (mut ours, mut theirs, mut rows) = (Vec::new(), Vec::new(), (0, 0));
    for _ in 0..ROUNDS {
        let pinned = warehouse.at(AsOf::Live).await?;
        let (answer, took) = timed(pinned.query(&who, sql, &[])).await?;
        ours.push(took);
        let (answered, took) = timed(sqlx::query(AssertSqlSafe(sql)).fetch_all(owner)).await?;
        theirs.push(took);
        rows = (answer.rows().count(), answered.len());
    }
    ensure!(rows.0 == rows.1, "{name}: the warehouse gives {} rows, PostgreSQL {}", rows.0, rows.1);
    ours.sort_unstable();
    theirs.sort_unstable();
    Ok(Figure::seconds(BENCH, name, percentile(&ours, 0.5), percentile(&theirs, 0.5), "PostgreSQL, same question", 1.0))
}
