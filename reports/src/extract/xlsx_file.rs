//! Excel: sheets of 1,048,575 rows, each with its header; numbers that name something as text, and what Excel cannot
//! hold as text too, so that no value is lost. What is not added up for that, and what was rounded, the sheet 说明 says.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, TimeUnit, TimestampMicrosecondType,
};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};
use tokio_util::sync::CancellationToken;
use warehouse::{Row, Value};

use super::losses::{Losses, QUOTIENT_DECIMALS, told};
use super::{Batches, ExtractError, Job, cancelled, columns};

/// Rows of data in a sheet: what Excel holds, less the header.
pub const SHEET_ROWS_MAX: u32 = 1_048_575;
/// Letters that fit into a cell whatever they are: Excel counts some of them twice, to 32,767.
const CELL_LETTERS: usize = 32_767 / 2;
/// What a number that Excel does not add up lies on.
const YELLOW: u32 = 0x00FF_F2CC;
/// Days from Excel's day 0 to 1970-01-01.
const EXCEL_EPOCH_DAYS: i64 = 25_569;
/// The days that Excel counts as we do: from 1900-03-01, before which it has a day too many, to 9999-12-31.
const EXCEL_DAYS: std::ops::RangeInclusive<i64> = 61..=2_958_465;
const MICROS_A_DAY: i64 = 86_400_000_000;
/// What the clock of Dongguan is ahead of UTC.
const AHEAD_MICROS: i64 = 8 * 3_600_000_000;

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
    let mut losses = vec![Losses::default(); job.schema.fields().len()];
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
            write_rows(sheet, &part, row + 1, &formats, &mut losses)?;
            done += part.num_rows();
            row += u32::try_from(part.num_rows()).unwrap_or(sheet_rows);
        }
    }
    explain(&mut book, job, &losses).map_err(failed)?;
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
        DataType::Timestamp(..) => 24,
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
    losses: &mut [Losses],
) -> Result<(), ExtractError> {
    let schema = batch.schema();
    let columns: Vec<Column> = (schema.fields().iter().zip(batch.columns()))
        .map(|(field, column)| Column::of(field.name(), column))
        .collect::<Result<_, _>>()?;
    for (row, line) in (0..batch.num_rows()).zip(top..) {
        for (place, (column, losses)) in columns.iter().zip(&mut *losses).enumerate() {
            let at = (line, u16::try_from(place).unwrap_or(u16::MAX));
            let written =
                column.write(sheet, at, Row::of(batch, row), (row, place), formats, losses);
            written.map_err(|failed| match failed {
                XlsxError::MaxStringLengthExceeded => {
                    ExtractError::Cell(schema.field(place).name().clone())
                }
                other => ExtractError::Format("Excel", other.to_string()),
            })?;
        }
    }
    Ok(())
}

/// A column of a batch.
struct Column {
    /// The cells that stay empty.
    nulls: Option<NullBuffer>,
    cells: Cells,
}

/// How the cells of a column are written; a cell that does not fit is written as text.
enum Cells {
    Text(StringArray),
    Decimal(ArrayRef, i8),
    Float(ArrayRef),
    Day(ArrayRef),
    /// Microseconds of the clock, and what Dongguan is ahead of it.
    Moment(ArrayRef, i64),
}

impl Column {
    fn of(name: &str, column: &ArrayRef) -> Result<Self, ExtractError> {
        let cells = match column.data_type() {
            kind if kind.is_integer() && !columns::is_id(name) => {
                Cells::Decimal(cast(column, &DataType::Decimal128(20, 0))?, 0)
            }
            DataType::Decimal128(_, scale) if !columns::is_id(name) => {
                Cells::Decimal(column.clone(), *scale)
            }
            kind if kind.is_floating() => Cells::Float(cast(column, &DataType::Float64)?),
            DataType::Date32 | DataType::Date64 => Cells::Day(cast(column, &DataType::Date32)?),
            DataType::Timestamp(_, zone) => {
                let micros = DataType::Timestamp(TimeUnit::Microsecond, zone.clone());
                let ahead = if zone.is_some() { AHEAD_MICROS } else { 0 };
                Cells::Moment(cast(column, &micros)?, ahead)
            }
            _ => Cells::Text(Value::texts(column)?),
        };
        Ok(Self { nulls: column.logical_nulls(), cells })
    }

    fn write(
        &self,
        sheet: &mut Worksheet,
        at: (u32, u16),
        values: Row<'_>,
        (row, place): (usize, usize),
        formats: &Formats,
        losses: &mut Losses,
    ) -> Result<(), XlsxError> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            return Ok(());
        }
        if let Cells::Text(texts) = &self.cells {
            return sheet.write_string(at.0, at.1, texts.value(row)).map(drop);
        }
        if let Cells::Decimal(decimals, scale) = &self.cells
            && losses.is_text(decimals.as_primitive::<Decimal128Type>().value(row), *scale)
        {
            let text = values.value(place).to_string();
            return sheet.write_string_with_format(at.0, at.1, text, &formats.long).map(drop);
        }
        match self.cells.number(row, formats) {
            Some((number, Some(format))) => {
                sheet.write_number_with_format(at.0, at.1, number, format).map(drop)
            }
            Some((number, None)) => sheet.write_number(at.0, at.1, number).map(drop),
            None => sheet.write_string(at.0, at.1, values.value(place).to_string()).map(drop),
        }
    }
}

impl Cells {
    /// Excel knows only floats; none for whatever a float, or Excel's calendar, would not keep.
    fn number<'a>(&self, row: usize, formats: &'a Formats) -> Option<(f64, Option<&'a Format>)> {
        match self {
            Self::Decimal(column, scale) if column.is_valid(row) => {
                let unscaled = column.as_primitive::<Decimal128Type>().value(row);
                // The float that is nearest; of fifteen digits each has one of its own.
                let number = format!("{unscaled}e{}", -i32::from(*scale)).parse().ok()?;
                Some((number, (*scale < QUOTIENT_DECIMALS).then(|| formats.decimal(*scale))))
            }
            Self::Float(column) if column.is_valid(row) => {
                let number = column.as_primitive::<Float64Type>().value(row);
                number.is_finite().then_some((number, None))
            }
            Self::Day(column) if column.is_valid(row) => {
                let day = i64::from(column.as_primitive::<Date32Type>().value(row));
                Some((excel_day(day)?, Some(&formats.day)))
            }
            Self::Moment(column, ahead) if column.is_valid(row) => {
                let micros = column.as_primitive::<TimestampMicrosecondType>().value(row);
                let clock = micros.checked_add(*ahead)?;
                let (day, time) = (clock.div_euclid(MICROS_A_DAY), clock.rem_euclid(MICROS_A_DAY));
                let format =
                    if clock % 1_000_000 == 0 { &formats.moment } else { &formats.fraction };
                let time = exact(time) / exact(MICROS_A_DAY);
                Some((excel_day(day)? + time, Some(format)))
            }
            _ => None,
        }
    }
}

/// Excel's number of a day, given in days since 1970-01-01.
fn excel_day(day: i64) -> Option<f64> {
    let number = day + EXCEL_EPOCH_DAYS;
    EXCEL_DAYS.contains(&number).then(|| exact(number))
}

#[expect(clippy::cast_precision_loss, reason = "days and the microseconds of one are few")]
fn exact(whole: i64) -> f64 {
    whole as f64
}

fn explain(book: &mut Workbook, job: &Job, losses: &[Losses]) -> Result<(), XlsxError> {
    let lost = told(&job.schema, losses);
    if job.about.is_empty() && lost.is_empty() {
        return Ok(());
    }
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_name("说明")?;
    sheet.set_column_width(0, 20)?;
    sheet.set_column_width(1, 100)?;
    for (row, (name, value)) in (0..).zip(lost.iter().chain(&job.about)) {
        sheet.write_string(row, 0, name)?;
        let fits: String = value.chars().take(CELL_LETTERS).collect();
        sheet.write_string(row, 1, fits)?;
    }
    Ok(())
}

struct Formats {
    header: Format,
    whole: Format,
    two: Format,
    other: Vec<Format>,
    /// Of a number that is a text.
    long: Format,
    day: Format,
    moment: Format,
    /// Of a moment with a fraction of a second; Excel keeps thousandths.
    fraction: Format,
}

impl Formats {
    fn new() -> Self {
        Self {
            header: Format::new().set_bold(),
            whole: Format::new().set_num_format("0"),
            two: Format::new().set_num_format("#,##0.00"),
            other: (0..usize::from(QUOTIENT_DECIMALS.unsigned_abs()))
                .map(|places| {
                    Format::new()
                        .set_num_format(format!("0.{}", "0".repeat(places)).trim_end_matches('.'))
                })
                .collect(),
            long: Format::new().set_background_color(YELLOW).set_align(FormatAlign::Right),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
            fraction: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss.000"),
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
