//! `weir bill`: the bill run of a period.

use anyhow::anyhow;
use chrono::NaiveDate;
use clap::Subcommand;
use engine::access::Reach;
use engine::billing::{self, AnswerChargeReversal, BillRun, LeftOut, RequestChargeReversal};
use engine::prepaid;
use lab::Progress;
use sqlx::PgPool;
use terms::{BillPeriod, ChargeId, Clock, grouped};

use super::database::with_pool;
use super::signals::unless_stopped;
use super::{print, who};
use crate::config::Config;

/// Bill the readings of a month; run again, it bills only what was not billed before
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Bill {
    #[command(subcommand)]
    what: Option<What>,
    /// The month, such as 2026-11
    #[arg(long, value_name = "YYYY-MM", required = true)]
    period: Option<BillPeriod>,
    /// Rate everything, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Date of the bills [default: that of the last ones while they are not due, else today]
    #[arg(long, value_name = "DAY")]
    bill_date: Option<NaiveDate>,
    /// Day until which they are to be paid, not yet passed [default: 25 days later]
    #[arg(long, value_name = "DAY")]
    due_date: Option<NaiveDate>,
    /// Chunks in work at the same time
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Login of who orders it [default: nobody; the mark is of whoever keeps the machine]
    #[arg(long)]
    by: Option<String>,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// What a run billed, and what purses paid of it.
#[derive(Debug, serde::Serialize)]
struct Billed {
    #[serde(flatten)]
    run: billing::RunReport,
    prepaid: prepaid::Offset,
}

/// Outlets that have closed the month, and what of theirs waits for a later one.
fn left_out(outlets: &[LeftOut]) -> impl Iterator<Item = String> {
    outlets.iter().map(|outlet| {
        let LeftOut { name, open_period, readings, .. } = outlet;
        format!(
            "\n  left out {name}: closed, {readings} readings wait for the run of {open_period}"
        )
    })
}

#[derive(Debug, Subcommand)]
enum What {
    /// Ask that a charge may be taken back; it is, once another person has approved it
    Reverse(Reverse),
    /// The charges that somebody wants back
    Requests {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Take a charge back that somebody else wants back; its readings and months can then be billed again
    Approve(Answer),
    /// Refuse to take a charge back
    Refuse(Answer),
}

#[derive(Debug, clap::Args)]
struct Reverse {
    /// The charge, by its number
    #[arg(long)]
    charge: i64,
    /// Why, for the books
    #[arg(long)]
    reason: String,
    /// Login of who asks
    #[arg(long)]
    by: String,
    /// Show the charge and what stands against it, write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

impl Reverse {
    async fn run(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        let charge = ChargeId(self.charge);
        if self.dry_run {
            let sheet = billing::charge_sheet(&mut *pool.acquire().await?, charge).await?;
            let sheet = sheet.ok_or(billing::ReverseChargeError::Unknown)?;
            print::fact(self.json, &sheet, || {
                format!(
                    "{} {} {}: {} yuan, {} (dry run)",
                    sheet.account_no,
                    sheet.period,
                    sheet.kind.label(),
                    sheet.total.grouped(),
                    match sheet.may_be_reversed() {
                        Ok(()) => "can be reversed".to_owned(),
                        Err(against) => against.to_string(),
                    }
                )
            })?;
            return Ok(());
        }
        let by = who::named(pool, &self.by).await?.id;
        let order = RequestChargeReversal { charge, reason: self.reason, by };
        let request = billing::request_charge_reversal(pool, clock, order).await?;
        print::fact(self.json, &serde_json::json!({ "request": request }), || {
            format!(
                "request {request}: another person approves it by `weir bill approve {request}`"
            )
        })
    }
}

#[derive(Debug, clap::Args)]
struct Answer {
    /// The number of the request
    request: i64,
    /// Why; needed for a refusal
    #[arg(long, default_value = "")]
    reason: String,
    /// Login of who answers, not the one who asked
    #[arg(long)]
    by: String,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

impl Answer {
    async fn run(self, pool: &PgPool, clock: &dyn Clock, approved: bool) -> anyhow::Result<()> {
        let by = who::named(pool, &self.by).await?.id;
        let Self { request, reason, json, .. } = self;
        let order = AnswerChargeReversal { request, by, approved, reason };
        let done = billing::answer_charge_reversal(pool, clock, order).await?;
        print::fact(json, &done, || match &done {
            None => format!("request {request} refused"),
            Some(done) => format!(
                "{}: {} yuan taken back by {}",
                done.period,
                done.amount.grouped(),
                done.reversal
            ),
        })
    }
}

/// Requests that a list shows.
const SHOWN: i64 = 200;

async fn requests(pool: &PgPool, json: bool) -> anyhow::Result<()> {
    let mut connection = pool.acquire().await?;
    let waiting =
        billing::charge_requests_waiting(&mut connection, &Reach::default(), SHOWN).await?;
    waiting.iter().try_for_each(|asked| {
        print::fact(json, asked, || {
            let billing::ChargeRequest { id, charge, period, account_no, .. } = asked;
            let (sum, by, why) = (asked.total.grouped(), &asked.asked_by_name, &asked.reason);
            format!("{id} {account_no} {period} charge {charge}: {sum} yuan, {by}: {why}")
        })
    })
}

impl Bill {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        with_pool(config, async |pool, clock| self.work(pool, clock).await).await
    }

    async fn work(self, pool: &PgPool, clock: &dyn Clock) -> anyhow::Result<()> {
        match self.what {
            None => {}
            Some(What::Reverse(reverse)) => return reverse.run(pool, clock).await,
            Some(What::Requests { json }) => return requests(pool, json).await,
            Some(What::Approve(answer)) => return answer.run(pool, clock, true).await,
            Some(What::Refuse(answer)) => return answer.run(pool, clock, false).await,
        }
        let period = self.period.ok_or_else(|| anyhow!("name the month by --period"))?;
        let (asked, workers) = ((self.bill_date, self.due_date), self.workers);
        let by = who::behind(pool, self.by.as_deref()).await?;
        let mut connection = pool.acquire().await?;
        let plan = BillRun::plan(&mut connection, clock, period, asked, workers).await?;
        let order = BillRun { by, ..plan };
        drop(connection);
        if self.dry_run {
            let outcome = billing::dry_run(pool, clock, order).await?;
            print::fact(self.json, &outcome, || {
                let fees = outcome
                    .by_fee
                    .iter()
                    .map(|(fee, sum)| format!("\n  {} {}", fee.label(), sum.grouped()));
                let parked =
                    outcome.parked.iter().map(|(why, count)| format!("\n  parked {count}: {why}"));
                let head = format!(
                    "{}: {} bills, {} yuan (dry run)",
                    period,
                    grouped(outcome.charges),
                    outcome.amount.grouped()
                );
                let left_out = left_out(&outcome.left_out);
                std::iter::once(head).chain(fees).chain(parked).chain(left_out).collect()
            })?;
        } else {
            let progress = Progress::new(format!("bill {period}: chunks"));
            let run = billing::run(pool, clock, order, |at| progress.at(at.chunks_done, at.chunks));
            let outcome = unless_stopped(async { Ok(run.await?) }).await?;
            drop(progress);
            // What lies in purses pays first, before anybody is asked.
            let progress = Progress::new(format!("bill {period}: purses"));
            let purses = prepaid::offset(pool, clock, outcome.issue, |accounts| {
                progress.at(accounts, accounts);
            });
            let purses = unless_stopped(async { Ok(purses.await?) }).await?;
            drop(progress);
            let outcome = Billed { run: outcome, prepaid: purses };
            print::fact(self.json, &outcome, || {
                let Billed { run: outcome, prepaid } = &outcome;
                let left_out: String = left_out(&outcome.left_out).collect();
                let parked = match outcome.parked {
                    0 => String::new(),
                    _ => format!(
                        "\n  why they are parked: weir bill --period {0} --dry-run; readings that wait: weir reading list --period {0}",
                        outcome.period
                    ),
                };
                format!(
                    "{}: {} bills now, {} yuan; {} parked; {} bills ever made, {} yuan with what was taken back since; \
                     purses of {} accounts paid {} yuan{left_out}{parked}",
                    outcome.period,
                    grouped(outcome.charges),
                    outcome.amount.grouped(),
                    outcome.parked,
                    grouped(outcome.total_charges),
                    outcome.total_amount.grouped(),
                    grouped(prepaid.accounts),
                    prepaid.amount.grouped()
                )
            })?;
        }
        Ok(())
    }
}
