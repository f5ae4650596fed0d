//! `weir close`: days of cashiers and months of organisations.

use anyhow::{Context, bail};
use chrono::NaiveDate;
use clap::Subcommand;
use engine::access;
use engine::closing::{self, CloseDay, CloseMonth, DayClose, MonthClose, PeriodKind, Substitute};
use sqlx::PgPool;
use terms::{BillPeriod, Clock, Money, OutletId};

use super::database::with_pool;
use super::{print, who};
use crate::config::Config;

/// Close a cashier's day, or a month of an organisation
#[derive(Debug, clap::Args)]
pub(super) struct Close {
    #[command(subcommand)]
    what: What,
    /// Who closes a month, or a day in the cashier's stead, by login name
    #[arg(long, global = true, value_name = "LOGIN")]
    by: Option<String>,
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A cashier's day at an outlet, the earliest first
    Day {
        /// The cashier, by login name
        cashier: String,
        /// Which day
        day: NaiveDate,
        /// Where the cashier sat, by the outlet's name [default: where they sit now]
        #[arg(long)]
        outlet: Option<String>,
        /// Why the cashier does not close it, where --by does
        #[arg(long, requires = "by")]
        reason: Option<String>,
    },
    /// A month of an organisation: readings before bills, payments before receipts
    Month {
        /// The organisation, by its name
        organisation: String,
        /// The month
        period: BillPeriod,
        /// read, bill, pay or receipt
        #[arg(long, value_parser = kind, conflicts_with = "all")]
        kind: Option<PeriodKind>,
        /// All four kinds in this order, as far as nothing stands in the way
        #[arg(long)]
        all: bool,
    },
    /// What each organisation has closed last
    List,
}

impl Close {
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
            Self::Day { cashier, day, outlet, reason } => {
                let person = access::person(&mut *pool.acquire().await?, &cashier).await?;
                let user = person.with_context(|| format!("没有用户“{cashier}”"))?.user;
                let outlet = match outlet {
                    Some(name) => named(pool, &name).await?,
                    None => user.outlet.context("该用户未指定网点，请用 --outlet 写明")?,
                };
                let mut order = CloseDay::own(user.id, outlet, day);
                order.substitute = match (by, reason) {
                    (Some(_), Some(reason)) => {
                        Some(Substitute { by: who::acting(pool, by).await?, reason })
                    }
                    (Some(by), None) if by != cashier => bail!("请用 --reason 写明代结原因"),
                    _ => None,
                };
                let closed = closing::close_day(pool, clock, order).await?;
                print::fact(json, &closed, || day_line(&closed))
            }
            Self::Month { organisation, period, kind, all } => {
                let kinds = match kind {
                    Some(kind) => vec![kind],
                    None if all => PeriodKind::ALL.to_vec(),
                    None => bail!("{WHICH_KIND}"),
                };
                let by = who::acting(pool, by).await?;
                let organisation = named(pool, &organisation).await?;
                for kind in kinds {
                    let order = CloseMonth { organisation, kind, period, by };
                    let closed = closing::close_month(pool, clock, order).await;
                    let closed = closed.with_context(|| format!("{}未月结", kind.label()))?;
                    print::fact(json, &closed, || line(&closed))?;
                }
                Ok(())
            }
            Self::List => {
                let all = closing::last_closed(&mut *pool.acquire().await?).await?;
                all.iter().try_for_each(|closed| print::fact(json, closed, || line(closed)))
            }
        }
    }
}

/// A month that is closed is not opened again: which of the four is meant is said.
const WHICH_KIND: &str = "请用 --kind 写明账期类别：read 抄表月、bill 应收月、pay 实收月、receipt 票据月；或用 --all 依次月结这四类，月结后不能撤销";

/// The organisation of a name.
async fn named(pool: &PgPool, name: &str) -> anyhow::Result<OutletId> {
    let place = access::place_named(&mut *pool.acquire().await?, Some(name), None).await?;
    place.and_then(|place| place.outlet).with_context(|| format!("没有机构“{name}”"))
}

fn kind(word: &str) -> Result<PeriodKind, String> {
    word.parse().map_err(|_| "read, bill, pay or receipt".to_owned())
}

fn line(closed: &MonthClose) -> String {
    let MonthClose { organisation, kind, period, entries, amount, .. } = closed;
    format!("{organisation} {} {period} 已月结：{entries} 笔 {} 元", kind.label(), amount.grouped())
}

fn day_line(closed: &DayClose) -> String {
    let total = &closed.sheet.total;
    let free = Some(closed.free()).filter(|free| *free != Money::ZERO);
    let free =
        free.map(|free| format!("；凭证余额 {} 元未入账", free.grouped())).unwrap_or_default();
    format!(
        "{} 已日结：{} 笔，冲正 {} 笔，{} 元{free}",
        closed.of.day,
        total.payments,
        total.reversals,
        total.net.grouped()
    )
}
