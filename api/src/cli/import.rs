//! `weir import`: files that readers bring.

use lab::demo;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use engine::reading::{HourlyFile, ImportFile, RefusedRow, import, import_hourly, outlet_of_book};
use terms::{BillPeriod, Clock};

use super::database::with_pool;
use super::{print, who};
use crate::config::Config;

/// Take in a file, whole or not at all
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// Readings: CSV or Excel of one month, or a smart meters' file of hourly reads
    Readings(Readings),
}

#[derive(Debug, clap::Args)]
struct Readings {
    /// The file
    file: PathBuf,
    /// The month that was read [default: this month]; hourly reads carry their own
    #[arg(long, value_name = "YYYY-MM")]
    period: Option<BillPeriod>,
    /// Login of who brings it
    #[arg(long)]
    by: Option<String>,
    /// The readings come in place of those that stand and are not billed
    #[arg(long)]
    correct: bool,
    /// It is meant that none of the meters has turned
    #[arg(long)]
    all_zero: bool,
    /// Check only, and store nothing
    #[arg(long)]
    dry_run: bool,
    /// Outlet of meters that are opened by a file of hourly reads, by its name [default: that of the book, and of a new book the first of 道滘]
    #[arg(long)]
    outlet: Option<String>,
    /// Book of such meters
    #[arg(long, default_value = "AMR-001")]
    book: String,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Kind::Readings(readings) = self.kind;
        let bytes = std::fs::read(&readings.file)
            .with_context(|| format!("read {}", readings.file.display()))?;
        with_pool(config, async |pool, clock| {
            if is_hourly(&bytes) {
                readings.hourly(pool, clock, bytes).await
            } else {
                readings.monthly(pool, clock, bytes).await
            }
        })
        .await
    }
}

impl Readings {
    async fn monthly(
        self,
        pool: &sqlx::PgPool,
        clock: &dyn Clock,
        bytes: Vec<u8>,
    ) -> anyhow::Result<()> {
        let file = ImportFile {
            name: name_of(&self.file),
            bytes,
            period: self.period.unwrap_or_else(|| BillPeriod::of(clock.today())),
            entered_by: who::behind(pool, self.by.as_deref()).await?,
            corrects: self.correct,
            all_zero: self.all_zero,
            dry_run: self.dry_run,
        };
        let report = import(pool, clock, file).await?;
        print::fact(self.json, &report, || {
            let entered = report.entered;
            let refused = report.refused.iter().map(refused_words);
            let head = format!(
                "{}: {} rows of {}, {} refused, {}; zero {}, rollover {}, high {}, low {}",
                report.name,
                report.rows,
                report.period,
                report.refused.len(),
                if report.imported { "imported" } else { "nothing stored" },
                entered.zero,
                entered.rollover,
                entered.high,
                entered.low
            );
            // A second person looks at what crossed a line, and at what was put right.
            let is_some_waiting =
                report.imported && (self.correct || entered.high + entered.low > 0);
            let waits = is_some_waiting.then(|| {
                format!(
                    "\n  what waits for a second person: weir reading list --period {}",
                    report.period
                )
            });
            std::iter::once(head).chain(refused).chain(waits).collect()
        })?;
        if !report.refused.is_empty() {
            bail!("{} rows are refused, so nothing was imported", report.refused.len());
        }
        Ok(())
    }

    async fn hourly(
        self,
        pool: &sqlx::PgPool,
        clock: &dyn Clock,
        bytes: Vec<u8>,
    ) -> anyhow::Result<()> {
        if self.correct {
            bail!("hourly reads are not corrected");
        }
        if self.dry_run {
            bail!("a file of hourly reads opens accounts; it has no dry run");
        }
        let outlets = demo::outlets(pool).await?;
        let outlet = match &self.outlet {
            Some(name) => outlets.iter().find(|outlet| outlet.name == *name),
            None => match outlet_of_book(&mut *pool.acquire().await?, &self.book).await? {
                Some(stands_at) => outlets.iter().find(|outlet| outlet.id == stands_at),
                None => outlets.iter().find(|outlet| outlet.town_name == demo::CLERK_TOWN),
            },
        };
        let outlet = outlet.ok_or_else(|| anyhow!("no such outlet"))?;
        let file = HourlyFile { bytes, town: outlet.town, outlet: outlet.id, book_code: self.book };
        let report = import_hourly(pool, clock, file).await?;
        let unlisted = report.refused_count - report.refused.len() as u64;
        print::fact(self.json, &report, || {
            let refused = report.refused.iter().map(refused_words);
            let more = (unlisted > 0).then(|| format!("\n  另有 {unlisted} 处有误，未列出"));
            std::iter::once(demo::hourly_words(&report)).chain(refused).chain(more).collect()
        })?;
        if !report.imported {
            bail!("{} values are refused, so nothing was imported", report.refused_count);
        }
        Ok(())
    }
}

/// A line for a refusal.
fn refused_words(refused: &RefusedRow) -> String {
    format!(
        "\n  第 {} 行 {} {}：{}（{}）",
        refused.row,
        refused.meter,
        refused.column.title(),
        refused.reason,
        refused.value
    )
}

/// The smart meters' file is known by its titles.
fn is_hourly(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    start.starts_with(b"user key;")
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
