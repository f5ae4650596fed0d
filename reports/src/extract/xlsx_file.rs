//! Excel: sheets of 1,048,575 rows, each with its header; numbers that name something as text.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int64Type, TimeUnit, TimestampSecondType,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use tokio_util::sync::CancellationToken;

use super::{Batches, ExtractError, Job, cancelled, columns};

/// Rows of data in a sheet: what Excel holds, less the header.
pub const SHEET_ROWS_MAX: u32 = 1_048_575;
/// Digits that Excel keeps of a number; longer ones are written as text.
const EXACT_UPTO: i128 = 1_000_000_000_000_000;
/// Days from Excel's day 0 to 1970-01-01.
const EXCEL_EPOCH_DAYS: i32 = 25_569;
const SECONDS_A_DAY: f64 = 86_400.0;

pub(super) fn write(job: &Job, batches: Batches) -> Result<(), ExtractError> {
    write_sheets(job, batches, SHEET_ROWS_MAX)
}

pub(super) fn write_sheets(
    job: &Job,
    batches: Batches,
    sheet_rows: u32,
) -> Result<(), ExtractError> {
    let failed = |e: XlsxError| ExtractError::Format("Excel", e.to_string());
    let file = job.file()?;
    let mut book = Workbook::new();
    if let Some(folder) = job.path.parent() {
        book.set_tempdir(folder).map_err(failed)?;
    }
    let formats = Formats::new();
    let mut sheets = 0;
    let mut row = sheet_rows;
    let mut index = 0;
    let mut ensure = |book: &mut Workbook, row: &mut u32| -> Result<usize, XlsxError> {
        if *row == sheet_rows {
            sheets += 1;
            let sheet = book.add_worksheet_with_constant_memory()?;
            start(sheet, job, &formats, sheets)?;
            index = sheets - 1;
            *row = 0;
        }
        Ok(index)
    };
    ensure(&mut book, &mut row).map_err(failed)?;
    for batch in batches {
        cancelled(&job.cancel)?;
        let mut done = 0;
        while done < batch.num_rows() {
            let sheet = ensure(&mut book, &mut row).map_err(failed)?;
            let room = usize::try_from(sheet_rows - row).unwrap_or(usize::MAX);
            let part = batch.slice(done, room.min(batch.num_rows() - done));
            let sheet = book.worksheet_from_index(sheet).map_err(failed)?;
            write_rows(sheet, &part, row + 1, &formats)?;
            done += part.num_rows();
            row += u32::try_from(part.num_rows()).unwrap_or(sheet_rows);
        }
    }
    explain(&mut book, job).map_err(failed)?;
    let out = Stoppable { file, cancel: job.cancel.clone() };
    book.save_to_writer(out)
        .map_err(|e| if job.cancel.is_cancelled() { ExtractError::Cancelled } else { failed(e) })
}

fn start(
    sheet: &mut Worksheet,
    job: &Job,
    formats: &Formats,
    number: usize,
) -> Result<(), XlsxError> {
    sheet.set_name(format!("数据{number}"))?;
    sheet.set_freeze_panes(1, 0)?;
    for (i, field) in (0..).zip(job.schema.fields()) {
        sheet.set_column_width(i, width(field.name(), field.data_type()))?;
        sheet.write_string_with_format(0, i, field.name(), &formats.header)?;
    }
    Ok(())
}

/// In characters; a han character takes two.
fn width(name: &str, kind: &DataType) -> f64 {
    let header = name.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<u32>() + 2;
    let body = match kind {
        DataType::Timestamp(..) => 20,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => 18,
        _ => 13,
    };
    f64::from(header.max(body).min(60))
}

/// Rows go strictly downwards: a write to an earlier row would be dropped.
fn write_rows(
    sheet: &mut Worksheet,
    batch: &RecordBatch,
    top: u32,
    formats: &Formats,
) -> Result<(), ExtractError> {
    let schema = batch.schema();
    let cells: Vec<Cells> = (schema.fields().iter().zip(batch.columns()))
        .map(|(field, column)| Cells::of(field.name(), column))
        .collect::<Result<_, _>>()?;
    for (row, line) in (0..batch.num_rows()).zip(top..) {
        for (column, cells) in (0..).zip(&cells) {
            cells
                .write(sheet, row, (line, column), formats)
                .map_err(|e| ExtractError::Format("Excel", e.to_string()))?;
        }
    }
    Ok(())
}

/// A column, by how its cells are written.
enum Cells {
    Text(ArrayRef),
    Whole(ArrayRef),
    Decimal(ArrayRef, i8),
    Day(ArrayRef),
    Moment(ArrayRef),
}

impl Cells {
    fn of(name: &str, column: &ArrayRef) -> Result<Self, ExtractError> {
        Ok(match column.data_type() {
            kind if kind.is_integer() && !columns::is_id(name) => {
                Self::Whole(cast(column, &DataType::Int64)?)
            }
            DataType::Decimal128(_, scale) if !columns::is_id(name) => {
                Self::Decimal(column.clone(), *scale)
            }
            DataType::Date32 | DataType::Date64 => Self::Day(cast(column, &DataType::Date32)?),
            DataType::Timestamp(..) => Self::Moment(cast(
                column,
                &DataType::Timestamp(TimeUnit::Second, Some("UTC".into())),
            )?),
            DataType::Utf8 => Self::Text(column.clone()),
            _ => Self::Text(cast(column, &DataType::Utf8).or_else(|_| written(column))?),
        })
    }

    /// Excel knows only floats; whatever a float would not keep exactly is written as text.
    fn write(
        &self,
        sheet: &mut Worksheet,
        row: usize,
        at: (u32, u16),
        formats: &Formats,
    ) -> Result<(), XlsxError> {
        match self {
            Self::Text(column) if column.is_valid(row) => {
                sheet.write_string(at.0, at.1, column.as_string::<i32>().value(row))?;
            }
            Self::Whole(column) if column.is_valid(row) => {
                let value = column.as_primitive::<Int64Type>().value(row);
                number(sheet, at, value.into(), 0, &formats.whole)?;
            }
            Self::Decimal(column, scale) if column.is_valid(row) => {
                let value = column.as_primitive::<Decimal128Type>().value(row);
                number(sheet, at, value, *scale, formats.decimal(*scale))?;
            }
            Self::Day(column) if column.is_valid(row) => {
                let day = column.as_primitive::<Date32Type>().value(row) + EXCEL_EPOCH_DAYS;
                sheet.write_number_with_format(at.0, at.1, f64::from(day), &formats.day)?;
            }
            Self::Moment(column) if column.is_valid(row) => {
                let local = column.as_primitive::<TimestampSecondType>().value(row) + 8 * 3600;
                let days = exact(local.into()) / SECONDS_A_DAY + f64::from(EXCEL_EPOCH_DAYS);
                sheet.write_number_with_format(at.0, at.1, days, &formats.moment)?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn number(
    sheet: &mut Worksheet,
    at: (u32, u16),
    unscaled: i128,
    scale: i8,
    format: &Format,
) -> Result<(), XlsxError> {
    if unscaled.abs() < EXACT_UPTO {
        let value = exact(unscaled) / 10f64.powi(scale.into());
        sheet.write_number_with_format(at.0, at.1, value, format)?;
    } else {
        let places = u32::from(scale.unsigned_abs());
        let text = rust_decimal::Decimal::try_from_i128_with_scale(unscaled, places)
            .map_or_else(|_| format!("{unscaled}e-{places}"), |decimal| decimal.to_string());
        sheet.write_string(at.0, at.1, text)?;
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "fifteen digits at most, checked before")]
fn exact(whole: i128) -> f64 {
    whole as f64
}

/// Lists and the like, as Arrow writes them.
fn written(column: &ArrayRef) -> Result<ArrayRef, arrow::error::ArrowError> {
    let options = FormatOptions::default();
    let formatter = ArrayFormatter::try_new(column, &options)?;
    let texts =
        (0..column.len()).map(|row| column.is_valid(row).then(|| formatter.value(row).to_string()));
    Ok(std::sync::Arc::new(texts.collect::<arrow::array::StringArray>()))
}

fn explain(book: &mut Workbook, job: &Job) -> Result<(), XlsxError> {
    if job.about.is_empty() {
        return Ok(());
    }
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_name("说明")?;
    sheet.set_column_width(0, 20)?;
    sheet.set_column_width(1, 100)?;
    for (row, (name, value)) in (0..).zip(&job.about) {
        sheet.write_string(row, 0, name)?;
        sheet.write_string(row, 1, value)?;
    }
    Ok(())
}

struct Formats {
    header: Format,
    whole: Format,
    two: Format,
    other: Vec<Format>,
    day: Format,
    moment: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            header: Format::new().set_bold(),
            whole: Format::new().set_num_format("0"),
            two: Format::new().set_num_format("#,##0.00"),
            other: (0..=10)
                .map(|places| {
                    Format::new()
                        .set_num_format(format!("0.{}", "0".repeat(places)).trim_end_matches('.'))
                })
                .collect(),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        }
    }

    fn decimal(&self, scale: i8) -> &Format {
        if scale == 2 {
            return &self.two;
        }
        let places = usize::try_from(scale).unwrap_or(0);
        self.other.get(places).unwrap_or(&self.whole)
    }
}

/// Packing a million rows takes ten seconds; a cancellation ends it at the next write.
struct Stoppable {
    file: File,
    cancel: CancellationToken,
}

impl Write for Stoppable {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Stoppable {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}
