//! `weir account correct`: what payers, places and meters are called, put right from a day on.

use anyhow::ensure;
use chrono::NaiveDate;
use engine::access::Reach;
use engine::register::{self, Correct as What, Correction};
use sqlx::PgPool;
use terms::{Clock, Volume};

use super::{print, who};

/// Corrections that a list shows.
const SHOWN: i64 = 200;

#[derive(Debug, clap::Args)]
pub(super) struct Correct {
    /// 户号
    no: String,
    /// Since when it is so [default: today]
    #[arg(long, value_name = "DAY")]
    from: Option<NaiveDate>,
    /// 户名; another one holds once a second person has approved it
    #[arg(long)]
    name: Option<String>,
    /// 电话; an empty one takes it away
    #[arg(long)]
    phone: Option<String>,
    /// 证件号码; another one holds once a second person has approved it
    #[arg(long, value_name = "NUMBER")]
    document: Option<String>,
    /// 用水地址
    #[arg(long, conflicts_with_all = ["name", "phone", "document"])]
    address: Option<String>,
    /// 表身码 of the meter that is put right, as it stands in the books
    #[arg(long, value_name = "SERIAL", conflicts_with_all = ["name", "phone", "document", "address"])]
    meter: Option<String>,
    /// 表身码, as it stands on the meter
    #[arg(long, value_name = "SERIAL", requires = "meter")]
    serial: Option<String>,
    /// 口径 in mm
    #[arg(long, value_name = "MM", requires = "meter")]
    caliber: Option<i32>,
    /// 量程: the index at which the meter begins again
    #[arg(long, value_name = "M3", requires = "meter")]
    range: Option<Volume>,
    /// Why
    #[arg(long)]
    reason: String,
    /// Login of who corrects
    #[arg(long)]
    by: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct History {
    /// 户号 [default: what waits]
    no: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Correct {
    pub(super) async fn run(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        let by = who::named(pool, &self.by).await?.id;
        let what = match (self.address, self.meter) {
            (Some(address), _) => What::Address(address),
            (None, Some(serial_no)) => What::Meter {
                serial_no,
                to_serial_no: self.serial,
                caliber_mm: self.caliber,
                max_range: self.range,
            },
            (None, None) => {
                let is_said =
                    self.name.is_some() || self.phone.is_some() || self.document.is_some();
                ensure!(
                    is_said,
                    "say what is put right: --name, --phone, --document, --address or --meter"
                );
                What::Payer { name: self.name, phone: self.phone, document: self.document }
            }
        };
        let correction = Correction {
            account_no: self.no,
            valid_from: self.from.unwrap_or_else(|| clock.today()),
            what,
            reason: self.reason,
        };
        let done = register::correct(pool, clock, by, correction).await?;
        let version = done.version;
        print::line(&if done.waits {
            format!(
                "correction {version} waits for another person: weir account approve-name {version} --by LOGIN"
            )
        } else {
            format!("correction {version} holds")
        })
    }
}

impl History {
    pub(super) async fn run(self, pool: &PgPool) -> anyhow::Result<()> {
        let mut connection = pool.acquire().await?;
        let Some(no) = &self.no else {
            let all = Reach::default();
            let waiting = register::waiting_payers(&mut connection, &all, SHOWN).await?;
            return waiting.iter().try_for_each(|of| {
                print::fact(self.json, of, || {
                    format!(
                        "{} {} to {} from {} by {}: {}",
                        of.version, of.name, of.to_name, of.valid_from, of.submitter, of.reason
                    )
                })
            });
        };
        let said = register::corrections(&mut connection, no, SHOWN).await?;
        said.iter().try_for_each(|said| {
            print::fact(self.json, said, || {
                let (of, standing) = (said.of.label(), said.standing.label());
                format!(
                    "{} {of} from {}: {}; {standing}",
                    said.version, said.valid_from, said.words
                )
            })
        })
    }
}
