//! Typed values out of the result of a statement. Money stays exact: no float is ever between.

use std::time::Duration;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int64Type, SchemaRef, TimeUnit, TimestampMicrosecondType,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use terms::Money;

use crate::WarehouseError;

/// The answer to a statement.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows; some batches may be empty.
    pub batches: Vec<RecordBatch>,
    /// Time from the order to the last row.
    pub elapsed: Duration,
    /// True where a preview left rows out.
    pub truncated: bool,
}

/// One value, ready to be shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// A calendar day.
    Day(NaiveDate),
    /// A moment.
    Moment(DateTime<Utc>),
    /// A truth.
    Bool(bool),
    /// Anything else, as Arrow writes it: floats of statistics functions, lists.
    Other(String),
}

/// One row of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    batch: &'a RecordBatch,
    at: usize,
}

impl Answer {
    /// The number of rows.
    pub fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// True for no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows in order.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        rows_of(&self.batches)
    }
}

/// The rows of batches in order.
fn rows_of(batches: &[RecordBatch]) -> impl Iterator<Item = Row<'_>> {
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |at| Row { batch, at }))
}

impl<'a> Row<'a> {
    /// A row of a streamed batch.
    pub fn of(batch: &'a RecordBatch, at: usize) -> Self {
        Self { batch, at }
    }

    /// The value of a column by its place, ready to be shown.
    pub fn value(&self, column: usize) -> Value {
        let array = self.batch.column(column);
        if array.is_null(self.at) {
            return Value::Null;
        }
        let one = array.slice(self.at, 1);
        let known = match array.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                text(&one, 0).map(|t| Value::Text(t.to_owned()))
            }
            DataType::Boolean => Some(Value::Bool(one.as_boolean().value(0))),
            DataType::Date32 | DataType::Date64 => day(&one).map(Value::Day),
            DataType::Timestamp(..) => moment(&one).map(Value::Moment),
            DataType::Decimal128(..) => decimal(&one).map(Value::Decimal),
            kind if kind.is_integer() => int(&one).map(Value::Int),
            _ => None,
        };
        known.unwrap_or_else(|| Value::Other(written(&one)))
    }

    /// The text of a column by its name.
    pub fn text(&self, column: &str) -> Result<Option<&'a str>, WarehouseError> {
        let array = self.array(column)?;
        if array.is_null(self.at) {
            return Ok(None);
        }
        text(array, self.at).map(Some).ok_or_else(|| shape(column, "文字"))
    }

    /// The whole number of a column by its name.
    pub fn int(&self, column: &str) -> Result<Option<i64>, WarehouseError> {
        self.read(column, "整数", int)
    }

    /// The number of a 32-bit id: a town, an outlet, a user.
    pub fn id(&self, column: &str) -> Result<Option<i32>, WarehouseError> {
        self.read(column, "编号", |one| int(one).and_then(|id| i32::try_from(id).ok()))
    }

    /// The exact decimal of a column by its name; whole numbers are decimals too.
    pub fn decimal(&self, column: &str) -> Result<Option<Decimal>, WarehouseError> {
        self.read(column, "小数", |one| decimal(one).or_else(|| int(one).map(Decimal::from)))
    }

    /// The amount of a column by its name, nothing where there is no value. Fails for anything finer than a fen.
    pub fn money(&self, column: &str) -> Result<Money, WarehouseError> {
        let yuan = self.decimal(column)?.unwrap_or_default();
        Money::exact(yuan).map_err(|_| shape(column, "金额"))
    }

    /// The calendar day of a column by its name.
    pub fn day(&self, column: &str) -> Result<Option<NaiveDate>, WarehouseError> {
        self.read(column, "日期", day)
    }

    /// The moment of a column by its name.
    pub fn moment(&self, column: &str) -> Result<Option<DateTime<Utc>>, WarehouseError> {
        self.read(column, "时间", moment)
    }

    /// The truth of a column by its name.
    pub fn truth(&self, column: &str) -> Result<Option<bool>, WarehouseError> {
        self.read(column, "是否", |one| one.as_boolean_opt().map(|truth| truth.value(0)))
    }

    fn array(&self, column: &str) -> Result<&'a ArrayRef, WarehouseError> {
        self.batch.column_by_name(column).ok_or_else(|| shape(column, "存在的列"))
    }

    fn read<T>(
        &self,
        column: &str,
        wanted: &'static str,
        how: impl FnOnce(&ArrayRef) -> Option<T>,
    ) -> Result<Option<T>, WarehouseError> {
        let array = self.array(column)?;
        if array.is_null(self.at) {
            return Ok(None);
        }
        how(&array.slice(self.at, 1)).map(Some).ok_or_else(|| shape(column, wanted))
    }
}

fn shape(column: &str, wanted: &'static str) -> WarehouseError {
    WarehouseError::Shape { column: column.to_owned(), wanted }
}

fn text(array: &ArrayRef, at: usize) -> Option<&str> {
    match array.data_type() {
        DataType::Utf8 => Some(array.as_string::<i32>().value(at)),
        DataType::LargeUtf8 => Some(array.as_string::<i64>().value(at)),
        DataType::Utf8View => Some(array.as_string_view().value(at)),
        _ => None,
    }
}

fn int(one: &ArrayRef) -> Option<i64> {
    if !one.data_type().is_integer() {
        return None;
    }
    let wide = cast(one, &DataType::Int64).ok()?;
    wide.is_valid(0).then(|| wide.as_primitive::<Int64Type>().value(0))
}

fn decimal(one: &ArrayRef) -> Option<Decimal> {
    let DataType::Decimal128(_, scale) = one.data_type() else { return None };
    let scale = u32::try_from(*scale).ok()?;
    Decimal::try_from_i128_with_scale(one.as_primitive::<Decimal128Type>().value(0), scale).ok()
}

fn day(one: &ArrayRef) -> Option<NaiveDate> {
    let days = cast(one, &DataType::Date32).ok()?;
    Date32Type::to_naive_date_opt(days.as_primitive::<Date32Type>().value(0))
}

fn moment(one: &ArrayRef) -> Option<DateTime<Utc>> {
    let DataType::Timestamp(_, zone) = one.data_type() else { return None };
    let micros = cast(one, &DataType::Timestamp(TimeUnit::Microsecond, zone.clone())).ok()?;
    DateTime::from_timestamp_micros(micros.as_primitive::<TimestampMicrosecondType>().value(0))
}

fn written(one: &ArrayRef) -> String {
    let formatter = ArrayFormatter::try_new(one.as_ref(), &FormatOptions::default());
    formatter.map_or_else(|_| String::new(), |formatter| formatter.value(0).to_string())
}
