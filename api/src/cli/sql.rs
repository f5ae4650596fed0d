//! `weir sql`: one statement of one person, in the format of choice.

use std::fs::File;
use std::io::{Write, read_to_string, stdin, stdout};
use std::path::PathBuf;

use anyhow::Context;
use arrow::csv::WriterBuilder;
use arrow::ipc::writer::StreamWriter;
use arrow::json::ArrayWriter;
use arrow::util::pretty::pretty_format_batches;
use clap::ValueEnum;
use parquet::arrow::ArrowWriter;
use warehouse::Answer;

use super::books::{self, Asked};
use crate::config::Config;

/// Ask the warehouse in SQL; with a running weir, rows committed before the question are in the answer
#[derive(Debug, clap::Args)]
pub(super) struct Sql {
    /// The statement, which can only read; `-` takes it from standard input
    #[arg(allow_hyphen_values = true)]
    statement: String,
    /// Ask as this user, who sees only what the user may see [default: the system itself]
    #[arg(long = "as", value_name = "USER")]
    login: Option<String>,
    /// How to write the answer
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write to this file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    asked: Asked,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Table,
    Csv,
    Json,
    Parquet,
    Arrow,
}

impl Sql {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let statement = match self.statement.as_str() {
            "-" => read_to_string(stdin()).context("read the statement from standard input")?,
            given => given.to_owned(),
        };
        let (_, pinned) = books::open(config, self.asked).await?;
        let who = books::reader(&pinned, self.login.as_deref()).await?;
        let answer = pinned.query(&who, &statement, &[]).await?;
        match &self.output {
            Some(path) => {
                let file =
                    File::create(path).with_context(|| format!("write {}", path.display()))?;
                write(&answer, self.format, file)?;
            }
            None => write(&answer, self.format, stdout())?,
        }
        let at = pinned.position();
        tracing::info!(rows = answer.len(), lsn = %at.lsn, snapshot = at.seq, "answered");
        Ok(())
    }
}

fn write(answer: &Answer, format: Format, mut out: impl Write + Send) -> anyhow::Result<()> {
    match format {
        Format::Table => writeln!(out, "{}", pretty_format_batches(&answer.batches)?)?,
        Format::Csv => {
            let mut csv = WriterBuilder::new().with_header(true).build(&mut out);
            for batch in &answer.batches {
                csv.write(batch)?;
            }
        }
        Format::Json => {
            let mut json = ArrayWriter::new(&mut out);
            for batch in &answer.batches {
                json.write(batch)?;
            }
            json.finish()?;
        }
        Format::Parquet => {
            let mut parquet = ArrowWriter::try_new(&mut out, answer.schema.clone(), None)?;
            for batch in &answer.batches {
                parquet.write(batch)?;
            }
            parquet.close()?;
        }
        Format::Arrow => {
            let mut stream = StreamWriter::try_new(&mut out, &answer.schema)?;
            for batch in &answer.batches {
                stream.write(batch)?;
            }
            stream.finish()?;
        }
    }
    Ok(out.flush()?)
}
