//! `weir check`: the invariants of the ledger.

use anyhow::bail;
use engine::check::{self, Part};
use terms::Clock;

use super::database::with_pool;
use super::doctor::PLAYED;
use super::print;
use crate::config::Config;

/// Ask the invariants of the ledger, one line each: of what was touched lately, and of a part of the city in turn
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Ask every invariant of all that was ever booked
    #[arg(long)]
    all: bool,
    /// Print how the database would ask what it asks of a night, and ask nothing
    #[arg(long, conflicts_with = "all")]
    plan: bool,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        if self.plan {
            return self.plans(config).await;
        }
        let findings = with_pool(config, async |pool, clock| {
            let mut connection = pool.acquire().await?;
            if engine::is_played(&mut connection).await? {
                tracing::warn!("the books are {PLAYED}");
            }
            let findings = if self.all {
                check::run(&mut connection).await?
            } else {
                check::run_part(&mut connection, Part::of(clock.today())).await?
            };
            Ok(findings)
        })
        .await?;
        for finding in &findings {
            print::fact(self.json, finding, || {
                let said = match (&finding.failure, &finding.sample) {
                    (Some(failure), _) => format!(" ({failure})"),
                    (None, Some(sample)) => {
                        format!(" ({} times, such as {sample})", finding.violations)
                    }
                    (None, None) => String::new(),
                };
                let verdict = match (finding.holds(), &finding.failure) {
                    (true, _) => "ok",
                    (false, None) => "BROKEN",
                    (false, Some(_)) => "FAILED",
                };
                format!("{verdict:6} {:4} {}{said}", finding.id, finding.text)
            })?;
        }
        let broken = findings.iter().filter(|finding| !finding.holds()).count();
        if broken > 0 {
            bail!("{broken} of {} invariants are broken or could not be asked", findings.len());
        }
        Ok(())
    }

    async fn plans(&self, config: &Config) -> anyhow::Result<()> {
        let plans = with_pool(config, async |pool, clock| {
            let mut connection = pool.acquire().await?;
            Ok(check::plans(&mut connection, Part::of(clock.today())).await?)
        });
        plans.await?.iter().try_for_each(|plan| {
            print::fact(self.json, plan, || format!("{}\n{}", plan.id, plan.lines.join("\n")))
        })
    }
}
