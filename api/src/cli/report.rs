//! `weir report`: a numbered report on a snapshot.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use engine::access::Action;
use reports::{Archive, Format, Made, Params, render_queued};
use serde_json::json;
use terms::Clock;

use super::books::{self, Asked};
use super::{Database, print};
use crate::config::Config;

/// Issue a numbered report, which can be made again for ever
#[derive(Debug, clap::Args)]
pub(super) struct Report {
    /// Its code: daily-collection, daily-detail
    code: String,
    /// What the report asks, such as day=2026-11-24 or outlet=28; the rest is filled in
    #[arg(long = "param", value_name = "K=V", value_parser = pair)]
    params: Vec<(String, String)>,
    /// How to draw it
    #[arg(long, default_value = Format::Pdf.ending(), value_parser = formats())]
    format: Format,
    /// Make it as this user, who sees only what the user may see [default: the system itself]
    #[arg(long = "as", value_name = "USER")]
    login: Option<String>,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print number, hash and position as JSON; needs --output
    #[arg(long, requires = "output")]
    json: bool,
    #[command(flatten)]
    asked: Asked,
}

impl Report {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let known =
            || reports::all().iter().map(|report| report.code).collect::<Vec<_>>().join(", ");
        let report = reports::find(&self.code)
            .ok_or_else(|| anyhow!("no report {}; there are: {}", self.code, known()))?;
        if self.output.is_none()
            && matches!(self.format, Format::Pdf | Format::Xlsx)
            && is_terminal()
        {
            bail!("a {:?} on a terminal helps nobody: give -o FILE", self.format);
        }
        let database = Database::open(config).await?;
        let issued = self.issue(config, &database, report).await;
        database.close().await?;
        issued
    }

    /// Notes that the report is made, then makes it.
    async fn issue(
        self,
        config: &Config,
        database: &Database,
        report: &'static reports::Report,
    ) -> anyhow::Result<()> {
        let (_, pinned) = books::open(config, self.asked).await?;
        let params: Params = self.params.iter().cloned().collect();
        let details = json!({ "asked": params, "snapshot": pinned.position().seq });
        let login = self.login.as_deref();
        let (who, clock) =
            books::noted(database, login, Action::IssueReport, report.title, details).await?;
        let params = params.prefilled(report, &who, clock.today());
        let made = Made { at: clock.now(), by: who.name.clone() };
        let issued =
            Archive::open(&config.warehouse()).issue(&pinned, &who, report, &params, made).await?;
        let issued = Arc::new(issued);
        let bytes = render_queued(Arc::clone(&issued), self.format).await?;
        let Some(path) = &self.output else {
            let mut out = stdout().lock();
            out.write_all(&bytes)?;
            return Ok(out.flush()?);
        };
        std::fs::write(path, &bytes).with_context(|| format!("write {}", path.display()))?;
        let fact = serde_json::json!({
            "number": issued.number, "code": issued.code, "hash": issued.hash, "rows": issued.rows,
            "pages": issued.pages.len(), "lsn": issued.position.lsn, "snapshot": issued.position.snapshot,
            "file": path, "bytes": bytes.len(),
        });
        let number = issued.number.as_deref().unwrap_or_default();
        let text = || {
            format!(
                "{} {number}: {} rows, {} pages, position {} (snapshot {}), {}",
                issued.title,
                issued.rows,
                issued.pages.len(),
                issued.position.lsn,
                issued.position.snapshot,
                path.display()
            )
        };
        print::fact(self.json, &fact, text)
    }
}

fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::ending))
        .try_map(|word| word.parse::<Format>())
}

fn is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&stdout())
}

fn pair(text: &str) -> anyhow::Result<(String, String)> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| anyhow!("not of the form name=value"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
