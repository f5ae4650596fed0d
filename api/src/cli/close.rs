//! `weir close`: days of cashiers and months of organisations.

use anyhow::anyhow;
use chrono::NaiveDate;
use clap::Subcommand;
use engine::closing::{self, CloseMonth, DayClose, MonthClose, PeriodKind};
use sqlx::PgPool;
use terms::{BillPeriod, SystemClock};

use super::database::with_pool;
use super::{print, who};
use crate::config::Config;

/// Close a cashier's day, or a month of an organisation
#[derive(Debug, clap::Args)]
pub(super) struct Close {
    #[command(subcommand)]
    what: What,
    /// Who closes a month, by login name; a day is closed by its cashier
    #[arg(long, global = true, value_name = "LOGIN")]
    by: Option<String>,
    /// Print JSON, one object a line
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A cashier's day, the earliest first
    Day {
        /// The cashier, by login name
        cashier: String,
        /// Which day
        day: NaiveDate,
    },
    /// A month of an organisation: readings before bills, payments before receipts
    Month {
        /// The organisation, by its name
        organisation: String,
        /// The month
        period: BillPeriod,
        /// read, bill, pay or receipt [default: all four in this order]
        #[arg(long, value_parser = kind)]
        kind: Option<PeriodKind>,
    },
    /// What each organisation has closed last
    List,
}

impl Close {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        with_pool(config, async |pool| self.what.run(pool, self.by.as_deref(), self.json).await)
            .await
    }
}

impl What {
    async fn run(self, pool: &PgPool, by: Option<&str>, json: bool) -> anyhow::Result<()> {
        let clock = &SystemClock;
        match self {
            Self::Day { cashier, day } => {
                let cashier = who::named(pool, &cashier).await?.id;
                let closed = closing::close_day(pool, clock, cashier, day).await?;
                print::fact(json, &closed, || day_line(&closed))
            }
            Self::Month { organisation, period, kind } => {
                let by = who::acting(pool, by).await?;
                let mut conn = pool.acquire().await?;
                let name = Some(organisation.as_str());
                let place = engine::access::place_named(&mut conn, name, None).await?;
                drop(conn);
                let organisation = place.and_then(|place| place.outlet);
                let organisation =
                    organisation.ok_or_else(|| anyhow!("no organisation of that name"))?;
                for kind in kind.map_or(PeriodKind::ALL.to_vec(), |kind| vec![kind]) {
                    let order = CloseMonth { organisation, kind, period, by };
                    let closed = closing::close_month(pool, clock, order).await?;
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

fn kind(word: &str) -> Result<PeriodKind, String> {
    PeriodKind::of(word).ok_or_else(|| "read, bill, pay or receipt".to_owned())
}

fn line(closed: &MonthClose) -> String {
    let MonthClose { organisation, kind, period, entries, amount, .. } = closed;
    format!("{organisation} {} {period} 已月结：{entries} 笔 {} 元", kind.label(), amount.grouped())
}

fn day_line(closed: &DayClose) -> String {
    let total = &closed.sheet.total;
    format!(
        "{} 已日结：{} 笔，冲正 {} 笔，{} 元",
        closed.day,
        total.payments,
        total.reversals,
        total.net.grouped()
    )
}
