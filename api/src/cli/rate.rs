//! `weir rate`: rates, late-fee rules, owners of fees and quotas, submitted by one person and approved by another.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use engine::access::Reach;
use engine::tariff::{self, RateKind, RateOrder};
use sqlx::PgPool;
use terms::Clock;

use super::database::with_pool;
use super::{print, who};
use crate::config::Config;

/// Orders that a list shows.
const SHOWN: i64 = 200;

/// Change what is charged, from a day on; months that were billed stay as they are
#[derive(Debug, clap::Args)]
pub(super) struct Rate {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Submit a table of rates; they hold once another person has approved them
    Submit(Submit),
    /// Approve what somebody else submitted
    Approve(Decide),
    /// Refuse it
    Refuse(Decide),
    /// Print what this release ships and the books do not hold, as a table to submit
    Shipped {
        /// tariff or late_fee
        kind: RateKind,
    },
    /// What waits, and what was decided last
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, clap::Args)]
struct Submit {
    /// tariff, late_fee, owner or quota
    kind: RateKind,
    /// A CSV file with a head line, as engine/data/tariffs.csv or the page's template; owners: town,fee_item,valid_from,owner
    /// or 镇街,收费项目,生效日期,归属单位; quotas: account,period,quota_m3 or 户号,账务月份,定额
    file: PathBuf,
    /// Why
    #[arg(long)]
    reason: String,
    /// Login of who submits it
    #[arg(long)]
    by: String,
}

#[derive(Debug, clap::Args)]
struct Decide {
    /// The number of the order
    order: i64,
    /// Login of who decides, not the one who submitted it
    #[arg(long)]
    by: String,
}

impl Rate {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        with_pool(config, async |pool, clock| self.what.run(pool, clock).await).await
    }
}

impl What {
    async fn run(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        match self {
            Self::Submit(submit) => submit.run(pool, clock).await,
            Self::Approve(decide) => decide.run(pool, clock, true).await,
            Self::Refuse(decide) => decide.run(pool, clock, false).await,
            Self::Shipped { kind } => {
                let unheld = tariff::unheld(&mut *pool.acquire().await?).await?;
                let table = match kind {
                    RateKind::Tariff => unheld.tariffs(),
                    RateKind::LateFee => unheld.late_fees(),
                    RateKind::Owner | RateKind::Quota => bail!("Weir ships none of these"),
                };
                print::line(table.trim_end())
            }
            Self::List { json } => {
                let mut connection = pool.acquire().await?;
                let orders = tariff::rate_orders(&mut connection, &Reach::default(), SHOWN).await?;
                orders.iter().try_for_each(|order| print::fact(json, order, || words(order)))
            }
        }
    }
}

impl Submit {
    async fn run(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        let table = tokio::fs::read_to_string(&self.file).await;
        let table = table.with_context(|| format!("read {}", self.file.display()))?;
        let by = who::named(pool, &self.by).await?.id;
        let rows = tariff::read_rows(&mut *pool.acquire().await?, self.kind, &table).await?;
        let order = tariff::submit_rates(pool, clock, by, rows, &self.reason).await?;
        print::line(&format!(
            "order {order} waits for another person: weir rate approve {order} --by LOGIN"
        ))
    }
}

impl Decide {
    async fn run(self, pool: &PgPool, clock: &dyn Clock, approve: bool) -> anyhow::Result<()> {
        let by = who::named(pool, &self.by).await?.id;
        tariff::decide_rates(pool, clock, by, self.order, approve).await?;
        let word = if approve { "approved" } else { "refused" };
        print::line(&format!("order {} is {word}", self.order))
    }
}

fn words(order: &RateOrder) -> String {
    format!(
        "{} {} of {} rows by {}: {}; {}",
        order.id,
        order.kind.code(),
        order.count,
        order.submitter,
        order.rows.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        match order.approved {
            None => "waits",
            Some(true) => "approved",
            Some(false) => "refused",
        }
    )
}
