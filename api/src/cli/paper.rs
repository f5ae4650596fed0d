//! `weir paper`: numbered paper handed to a clerk.

use anyhow::Context;
use clap::Subcommand;
use engine::receipts::{self, Lease, Stock};
use sqlx::PgPool;
use terms::{ReceiptType, SystemClock};

use super::{Database, print, who};
use crate::config::Config;

/// Hand numbered paper to a clerk, and see what is left
#[derive(Debug, clap::Args)]
pub(super) struct Paper {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Hand a range of numbers to a clerk, for use at the clerk's outlet
    Lease {
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
        /// Who hands it out, by login name
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// What a clerk has left
    List {
        /// The clerk, by login name
        clerk: String,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
}

impl Paper {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let database = Database::open(config).await?;
        let pool = database.pool().await?;
        let done = self.what.run(&pool).await;
        pool.close().await;
        database.close().await?;
        done
    }
}

impl What {
    async fn run(self, pool: &PgPool) -> anyhow::Result<()> {
        match self {
            Self::Lease { clerk, family, code, first, last, by } => {
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
                let leased = receipts::lease(pool, &SystemClock, order).await?;
                print::line(&format!("{clerk} 领用 {}{} 张", family.label(), leased.numbers))
            }
            Self::List { clerk, json } => {
                let holder = who::named(pool, &clerk).await?.id;
                let stock = receipts::stock(&mut *pool.acquire().await?, holder).await?;
                stock.iter().try_for_each(|range| print::fact(json, range, || line(range)))
            }
        }
    }
}

fn line(range: &Stock) -> String {
    let Stock { receipt_type, code, first_no, last_no, next_no, remaining, .. } = range;
    format!(
        "{} {code} {first_no}–{last_no} 下一号 {next_no} 余 {remaining} 张",
        receipt_type.label()
    )
}
