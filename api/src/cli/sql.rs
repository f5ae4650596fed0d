//! `weir sql`: one statement of one person, in the format of choice. Text says what the screen says.

use std::fs::File;
use std::io::{Write, read_to_string, stdin, stdout};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use arrow::array::{Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, FieldRef};
use arrow::error::ArrowError;
use arrow::ipc::writer::StreamWriter;
use arrow::json::writer::{
    Encoder, EncoderFactory, EncoderOptions, JsonArray, NullableEncoder, WriterBuilder,
};
use arrow::util::pretty::pretty_format_batches_with_options;
use clap::ValueEnum;
use engine::access::Action;
use parquet::arrow::ArrowWriter;
use reports::extract::{columns, csv_lines};
use serde_json::json;
use warehouse::{Answer, Value};

use super::Database;
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
        let database = Database::open(config).await?;
        let answered = self.answer(config, &database, &statement).await;
        database.close().await?;
        answered
    }

    /// Notes the question, then answers it.
    async fn answer(
        &self,
        config: &Config,
        database: &Database,
        statement: &str,
    ) -> anyhow::Result<()> {
        let (_, pinned) = books::open(config, self.asked).await?;
        let details = json!({ "statement": statement, "snapshot": pinned.position().seq });
        let login = self.login.as_deref();
        let (who, _) = books::noted(database, login, Action::AskSql, "查询", details).await?;
        let answer = pinned.query(&who, statement, &[]).await?;
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
        Format::Table => {
            let rows: Vec<RecordBatch> =
                answer.batches.iter().map(columns::for_lines).collect::<Result<_, _>>()?;
            writeln!(out, "{}", pretty_format_batches_with_options(&rows, &Value::WRITTEN)?)?;
        }
        Format::Csv => {
            let mut csv = csv_lines(&mut out, true);
            if answer.batches.is_empty() {
                csv.write(&columns::for_lines(&RecordBatch::new_empty(answer.schema.clone()))?)?;
            }
            for batch in &answer.batches {
                csv.write(&columns::for_lines(batch)?)?;
            }
        }
        Format::Json => {
            let mut json = WriterBuilder::new()
                .with_explicit_nulls(true)
                .with_date_format(Value::DAY.to_owned())
                .with_datetime_format(Value::DAY.to_owned())
                .with_timestamp_format(Value::TIME.to_owned())
                .with_timestamp_tz_format(Value::TIME.to_owned())
                .with_time_format(Value::TIME_OF_DAY.to_owned())
                .with_encoder_factory(Arc::new(Numbers))
                .build::<_, JsonArray>(&mut out);
            for batch in &answer.batches {
                json.write(&columns::for_json(batch)?)?;
            }
            json.finish()?;
        }
        Format::Parquet => {
            let schema = columns::parquet_schema(&answer.schema);
            let mut parquet = ArrowWriter::try_new(&mut out, schema.clone(), None)?;
            for batch in &answer.batches {
                parquet.write(&columns::for_parquet(batch, &schema)?)?;
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

/// Writes numbers with decimals as the screen does, and as text those that JSON has not: NaN and the infinities.
#[derive(Debug)]
struct Numbers;

/// The texts of a column of them.
struct NumberTexts(StringArray);

impl EncoderFactory for Numbers {
    fn make_default_encoder<'a>(
        &self,
        _: &'a FieldRef,
        array: &'a dyn Array,
        _: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        let kind = array.data_type();
        if !kind.is_floating() && !matches!(kind, DataType::Decimal128(..)) {
            return Ok(None);
        }
        let texts = Value::texts(&array.slice(0, array.len()))?;
        let nulls = texts.nulls().cloned();
        Ok(Some(NullableEncoder::new(Box::new(NumberTexts(texts)), nulls)))
    }
}

impl Encoder for NumberTexts {
    fn encode(&mut self, at: usize, out: &mut Vec<u8>) {
        let text = self.0.value(at);
        let quote: &[u8] = if text.ends_with(|c: char| c.is_ascii_digit()) { b"" } else { b"\"" };
        out.extend([quote, text.as_bytes(), quote].concat());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use arrow::array::{
        ArrayRef, Decimal128Array, Float64Array, Int64Array, IntervalMonthDayNanoArray, ListArray,
        TimestampMicrosecondArray,
    };
    use arrow::datatypes::{Int64Type, IntervalMonthDayNanoType};

    use super::*;

    fn answer() -> Answer {
        let share = [333_333_333_333_333_333_330_000, 2_500_000_000_000_000_000_000_000];
        let columns: [(&str, ArrayRef); 9] = [
            ("n", Arc::new(Int64Array::from(vec![i64::MAX, 2]))),
            (
                "moment",
                Arc::new(
                    TimestampMicrosecondArray::from(vec![1_793_462_400_000_000, 1])
                        .with_timezone("UTC"),
                ),
            ),
            ("wall", Arc::new(TimestampMicrosecondArray::from(vec![1_793_491_200_250_000, 0]))),
            (
                "amount",
                Arc::new(
                    Decimal128Array::from(vec![1_234_567_890_123_456_789_000, 10])
                        .with_precision_and_scale(38, 2)
                        .unwrap(),
                ),
            ),
            (
                "span",
                Arc::new(IntervalMonthDayNanoArray::from_iter_values(
                    [IntervalMonthDayNanoType::make_value(0, 2, 0); 2],
                )),
            ),
            (
                "share",
                Arc::new(
                    Decimal128Array::from_iter_values(share)
                        .with_precision_and_scale(38, 24)
                        .unwrap(),
                ),
            ),
            ("rate", Arc::new(Float64Array::from(vec![Some(1.5), Some(f64::NEG_INFINITY)]))),
            (
                "list",
                Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>([
                    Some(vec![Some(1), Some(2)]),
                    None,
                ])),
            ),
            ("n", Arc::new(Int64Array::from(vec![None, Some(3)]))),
        ];
        let columns = columns.into_iter().map(|(name, column)| (name, column, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        Answer {
            schema: batch.schema(),
            batches: vec![batch],
            elapsed: Duration::ZERO,
            truncated: false,
        }
    }

    fn written(format: Format) -> String {
        let mut out = Vec::new();
        write(&answer(), format, &mut out).unwrap();
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn lines_and_json_tell_times_by_the_clock_and_keep_every_digit() {
        assert_eq!(
            written(Format::Csv),
            "n,moment,wall,amount,span,share,rate,list,n\n\
             9223372036854775807,2026-11-01 00:00:00,2026-11-01 00:00:00.25,12345678901234567890.00,2 days,0.33333333333333333333,1.5,\"{1,2}\",\n\
             2,1970-01-01 08:00:00.000001,1970-01-01 00:00:00,0.10,2 days,2.5000000000000000,-Infinity,,3\n"
        );
        assert_eq!(
            written(Format::Json),
            "[{\"n\":9223372036854775807,\"moment\":\"2026-11-01 00:00:00\",\"wall\":\"2026-11-01 00:00:00.25\",\
             \"amount\":12345678901234567890.00,\"span\":\"2 days\",\"share\":0.33333333333333333333,\"rate\":1.5,\"list\":[1,2],\"n_2\":null},\
             {\"n\":2,\"moment\":\"1970-01-01 08:00:00.000001\",\"wall\":\"1970-01-01 00:00:00\",\
             \"amount\":0.10,\"span\":\"2 days\",\"share\":2.5000000000000000,\"rate\":\"-Infinity\",\"list\":null,\"n_2\":3}]"
        );
        let table = written(Format::Table);
        for cell in [
            "| 2026-11-01 00:00:00 ",
            "| 2026-11-01 00:00:00.25 ",
            "| -Infinity ",
            "| 2 days ",
            "| 2.5000000000000000 ",
        ] {
            assert!(table.contains(cell), "{cell}: {table}");
        }
    }

    #[test]
    fn files_for_programs_are_whole() {
        assert!(written(Format::Parquet).ends_with("PAR1"));
        assert!(!written(Format::Arrow).is_empty());
    }
}
