//! `weir remit`: money passed on to the treasury, and what is left to pass on.

use anyhow::{Context, anyhow};
use clap::Subcommand;
use engine::access::{Reach, place_named};
use engine::remittance::{self, Recorded, Remit as Order, ReverseRemittance, Unremitted};
use sqlx::PgPool;
use terms::{BillPeriod, Clock, FeeItem, Money, OrganisationId, TownId};

use super::database::with_pool;
use super::{print, who};
use crate::config::Config;

/// Entries that the list shows, the newest first.
const SHOWN: i64 = 100;

/// Money passed on to the treasury: what is left, what was recorded, what was typed wrongly
#[derive(Debug, clap::Args)]
pub(super) struct Remit {
    #[command(subcommand)]
    what: What,
    /// Who does it, by login name; needed for `record` and `reverse`
    #[arg(long, global = true, value_name = "LOGIN")]
    by: Option<String>,
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// What each town has collected and not passed on
    Left {
        /// Up to the end of this month [default: the last one that is over]
        month: Option<BillPeriod>,
    },
    /// What was recorded, the newest first
    List,
    /// Record money that was passed on
    Record {
        /// The town that collected, by its short name
        town: String,
        /// sewage, garbage or overquota
        fee: FeeItem,
        /// The month of collection
        month: BillPeriod,
        /// Yuan
        amount: Money,
        /// Number of the bank voucher
        #[arg(long)]
        voucher: String,
        /// Whose money it is, by the name of the organisation; needed where the fee of the town has several owners
        #[arg(long)]
        owner: Option<String>,
    },
    /// Take a remittance back that another person recorded
    Reverse {
        /// Its number, as `list` gives it
        id: i64,
        /// Why, for the books
        #[arg(long)]
        reason: String,
    },
}

impl Remit {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        with_pool(config, async |pool, clock| {
            self.what.run(pool, clock, self.by.as_deref(), self.json).await
        })
        .await
    }
}

impl What {
    async fn run(
        self,
        pool: &PgPool,
        clock: &dyn Clock,
        by: Option<&str>,
        json: bool,
    ) -> anyhow::Result<()> {
        match self {
            Self::Left { month } => {
                let month = month.unwrap_or_else(|| BillPeriod::of(clock.today()).previous());
                let books = remittance::unremitted(&mut *pool.acquire().await?, month).await?;
                books.iter().try_for_each(|town| print::fact(json, town, || left(town)))
            }
            Self::List => {
                let all =
                    remittance::recorded(&mut *pool.acquire().await?, &Reach::default(), SHOWN)
                        .await?;
                all.iter().try_for_each(|entry| print::fact(json, entry, || line(entry)))
            }
            Self::Record { town, fee, month, amount, voucher, owner } => {
                let by = who::acting(pool, by).await?;
                let place = place_named(&mut *pool.acquire().await?, None, Some(&town)).await?;
                let place = place.and_then(|place| place.town);
                let town = place.ok_or_else(|| anyhow!("no town has the name {town}"))?;
                let books = remittance::unremitted(&mut *pool.acquire().await?, month).await?;
                let owner = the_owner(&books, town, fee, owner.as_deref())?;
                let order = Order {
                    town,
                    owner,
                    fee_item: fee,
                    pay_period: month,
                    amount,
                    voucher_no: voucher,
                };
                let done = remittance::record(pool, clock, by, order).await?;
                print::fact(json, &done, || format!("remittance {}: {amount} yuan", done.id))
            }
            Self::Reverse { id, reason } => {
                let order = ReverseRemittance { id, reason, by: who::acting(pool, by).await? };
                let done = remittance::reverse(pool, clock, order).await;
                let done = done.with_context(|| format!("remittance {id}"))?;
                print::fact(json, &done, || format!("remittance {id} is taken back by {}", done.id))
            }
        }
    }
}

/// Whose the fee of a town is: who is named, or the only one there is.
fn the_owner(
    books: &[Unremitted],
    town: TownId,
    fee: FeeItem,
    name: Option<&str>,
) -> anyhow::Result<OrganisationId> {
    let owners: Vec<_> = books
        .iter()
        .filter(|b| b.town == town && b.fee_item == fee)
        .filter(|b| name.is_none_or(|name| name == b.owner_name))
        .collect();
    match owners.as_slice() {
        [only] => Ok(only.owner),
        [] => Err(anyhow!("nothing of this fee was collected there for such an owner")),
        several => {
            let names: Vec<_> = several.iter().map(|b| b.owner_name.as_str()).collect();
            Err(anyhow!("the fee has several owners, say --owner: {}", names.join("、")))
        }
    }
}

fn left(books: &Unremitted) -> String {
    let Unremitted { town_name, owner_name, fee_item, collected, remitted, .. } = books;
    let left = (*collected - *remitted).grouped();
    let (collected, remitted) = (collected.grouped(), remitted.grouped());
    format!(
        "{town_name} {owner_name} {} 实收 {collected} 元，已上缴 {remitted} 元，可上缴 {left} 元",
        fee_item.label()
    )
}

fn line(entry: &Recorded) -> String {
    let Recorded { id, town_name, owner_name, fee_item, pay_period, amount, .. } = entry;
    let Recorded { voucher_no, recorded_by, .. } = entry;
    let state = match (entry.is_reversal, entry.is_reversed) {
        (true, _) => "冲正",
        (_, true) => "已冲正",
        _ => "已上缴",
    };
    let amount = amount.grouped();
    let fee = fee_item.label();
    format!(
        "{id:6} {town_name} {owner_name} {fee} {pay_period} {amount} 元 凭证 {voucher_no} {recorded_by} {state}"
    )
}
