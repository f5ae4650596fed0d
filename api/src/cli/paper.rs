//! `weir paper`: numbered paper handed to a clerk.

use anyhow::Context;
use clap::Subcommand;
use engine::access;
use engine::receipts::{self, Lease, Receive, Stock, TakeBack};
use sqlx::PgPool;
use terms::{Clock, ReceiptType};

use super::database::with_pool;
use super::{print, who};
use crate::config::Config;

/// Hand numbered paper to a clerk, and see what is left
#[derive(Debug, clap::Args)]
pub(super) struct Paper {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Take a range of numbers into the store of an organisation
    Receive {
        /// water_invoice, nontax or prepaid
        #[arg(long, value_name = "FAMILY")]
        family: ReceiptType,
        /// Code of the series
        #[arg(long)]
        code: String,
        /// First number as it is printed, leading zeros and all
        #[arg(long)]
        first: String,
        /// Last number, included
        #[arg(long)]
        last: String,
        /// The organisation whose store it is, by its name
        #[arg(long)]
        store: String,
        /// Who takes it in, by login name
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Hand a range of numbers out of the store to a clerk, for use at the clerk's outlet
    Lease(Range),
    /// Take unused numbers of a clerk back into the store of the outlet at which they were handed out
    Return(Range),
    /// What a clerk has left
    List {
        /// The clerk, by login name
        clerk: String,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
}

/// Numbers that pass between the store and a clerk.
#[derive(Debug, clap::Args)]
struct Range {
    /// The clerk, by login name
    clerk: String,
    /// water_invoice, nontax or prepaid
    #[arg(long, value_name = "FAMILY")]
    family: ReceiptType,
    /// Code of the series
    #[arg(long)]
    code: String,
    /// First number
    #[arg(long)]
    first: i64,
    /// Last number, included
    #[arg(long)]
    last: i64,
    /// Who hands them out or takes them back, by login name
    #[arg(long, value_name = "LOGIN")]
    by: String,
}

impl Paper {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        with_pool(config, async |pool, clock| self.what.run(pool, clock).await).await
    }
}

impl What {
    async fn run(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        match self {
            Self::Receive { family, code, first, last, store, by } => {
                let mut connection = pool.acquire().await?;
                let place = access::place_named(&mut connection, Some(&store), None).await?;
                drop(connection);
                let place = place.and_then(|place| place.outlet);
                let store = place.with_context(|| format!("没有机构“{store}”"))?;
                let by = who::named(pool, &by).await?.id;
                let order = Receive { receipt_type: family, code, first, last, store, by };
                let numbers = receipts::receive(pool, clock, order).await?;
                print::line(&format!("入库{} {numbers} 张", family.label()))
            }
            Self::Lease(Range { clerk, family, code, first, last, by }) => {
                let holder = who::named(pool, &clerk).await?;
                let outlet =
                    holder.outlet.with_context(|| format!("{clerk} works at no outlet"))?;
                let order = Lease {
                    receipt_type: family,
                    code,
                    first_no: first,
                    last_no: last,
                    outlet,
                    holder: holder.id,
                    by: who::named(pool, &by).await?.id,
                };
                let leased = receipts::lease(pool, clock, order).await?;
                print::line(&format!("{clerk} 领用 {}{} 张", family.label(), leased.numbers))
            }
            Self::Return(Range { clerk, family, code, first, last, by }) => {
                let order = TakeBack {
                    receipt_type: family,
                    code,
                    first_no: first,
                    last_no: last,
                    holder: who::named(pool, &clerk).await?.id,
                    by: who::named(pool, &by).await?.id,
                };
                let numbers = receipts::take_back(pool, clock, order).await?;
                print::line(&format!("{clerk} 退回 {}{numbers} 张", family.label()))
            }
            Self::List { clerk, json } => {
                let holder = who::named(pool, &clerk).await?;
                let Some(outlet) = holder.outlet else { return Ok(()) };
                let mut connection = pool.acquire().await?;
                let stock = receipts::stock(&mut connection, holder.id, outlet).await?;
                stock.iter().try_for_each(|range| print::fact(json, range, || line(range)))
            }
        }
    }
}

fn line(range: &Stock) -> String {
    let Stock { receipt_type, code, first_no, last_no, next, remaining, .. } = range;
    format!("{} {code} {first_no}–{last_no} 下一号 {next} 余 {remaining} 张", receipt_type.label())
}
