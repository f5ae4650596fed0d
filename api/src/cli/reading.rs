//! `weir reading`: readings that wait for a second person, and what that person says.

use anyhow::bail;
use clap::Subcommand;
use engine::access;
use engine::reading::{self, Decision, Review, Waiting};
use sqlx::PgPool;
use terms::{BillPeriod, Clock};

use super::database::with_pool;
use super::{print, who};
use crate::config::Config;

/// Readings that a list shows.
const SHOWN: i64 = 500;

/// Look at readings that crossed an alert line, and say whether they are right
#[derive(Debug, clap::Args)]
pub(super) struct Reading {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Those of a month that wait for a second person
    List {
        /// The month [default: this one]
        #[arg(long, value_name = "YYYY-MM")]
        period: Option<BillPeriod>,
        /// Of one outlet only, by its name
        #[arg(long)]
        outlet: Option<String>,
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// They are right, and may be billed
    Approve(Judged),
    /// They are wrong and count for nothing, so that the meter can be read again; one that stands and is not billed, too
    Reject(Judged),
}

#[derive(Debug, clap::Args)]
struct Judged {
    /// The meters, by serial number
    #[arg(required = true, value_name = "METER")]
    meters: Vec<String>,
    /// The month [default: this one]
    #[arg(long, value_name = "YYYY-MM")]
    period: Option<BillPeriod>,
    /// Login of who says so, not the one who entered them
    #[arg(long)]
    by: String,
}

impl Reading {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        with_pool(config, async |pool, clock| self.what.run(pool, clock).await).await
    }
}

impl What {
    async fn run(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        match self {
            Self::List { period, outlet, json } => {
                let mut connection = pool.acquire().await?;
                let outlet = match outlet {
                    None => None,
                    Some(name) => {
                        let place = access::place_named(&mut connection, Some(&name), None).await?;
                        let Some(found) = place.and_then(|place| place.outlet) else {
                            bail!("没有网点“{name}”")
                        };
                        Some(found)
                    }
                };
                let period = period.unwrap_or_else(|| BillPeriod::of(clock.today()));
                let waiting = reading::waiting(&mut connection, period, outlet, SHOWN).await?;
                waiting.iter().try_for_each(|one| print::fact(json, one, || told(one)))
            }
            Self::Approve(judged) => judged.run(pool, clock, Decision::Accepted).await,
            Self::Reject(judged) => judged.run(pool, clock, Decision::Rejected).await,
        }
    }
}

fn told(waiting: &Waiting) -> String {
    let Waiting { meter_serial_no, account_no, payer_name, start_index, end_index, .. } = waiting;
    let usual = waiting.mean.map_or_else(String::new, |mean| format!("，近三期平均 {mean}"));
    let by = waiting.entered_by.as_deref().unwrap_or("远传");
    format!(
        "{meter_serial_no} {account_no} {payer_name}：{start_index} → {end_index}，{} m³{usual}，{}，{by}录入",
        waiting.volume,
        waiting.flag.label()
    )
}

impl Judged {
    async fn run(self, pool: &PgPool, clock: &dyn Clock, decision: Decision) -> anyhow::Result<()> {
        let reviewed_by = who::named(pool, &self.by).await?.id;
        let period = self.period.unwrap_or_else(|| BillPeriod::of(clock.today()));
        let found = reading::of_meters(&mut *pool.acquire().await?, period, &self.meters).await?;
        let mut readings = Vec::with_capacity(found.len());
        for (meter, reading) in self.meters.iter().zip(found) {
            match reading {
                Some(reading) if readings.contains(&reading) => {}
                Some(reading) => readings.push(reading),
                None => bail!("水表 {meter} 在 {period} 没有有效抄表"),
            }
        }
        let order = Review { readings, decision, reviewed_by };
        let done = reading::review(pool, clock, order).await?;
        print::line(&format!("{} {done} 条", decision.label()))
    }
}
