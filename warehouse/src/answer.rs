//! Typed values out of the result of a statement, and the one text in which every door shows them: screen, command
//! line, files. Money stays exact: no float is ever between.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, DecimalType, FieldRef, Int64Type, SchemaRef,
    Time64NanosecondType, TimeUnit,
};
use arrow::error::ArrowError;
use arrow::temporal_conversions::time64ns_to_time;
use arrow::util::display::{ArrayFormatter, DurationFormat, FormatOptions};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use terms::{Money, shanghai};

use crate::weight::{lying, weight};
use crate::{WarehouseError, clock, float, list, span};

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
    /// A moment, shown in Dongguan's time.
    Moment(DateTime<Utc>),
    /// A time without a zone, shown as it is.
    Wall(NaiveDateTime),
    /// A truth.
    Bool(bool),
    /// Anything else, as it is written: floats of statistics functions, times of the day, spans, lists.
    Other(String),
}

impl Value {
    /// How days are written.
    pub const DAY: &'static str = "%Y-%m-%d";
    /// How moments and times without a zone are written: a fraction of a second only where there is one.
    pub const TIME: &'static str = "%Y-%m-%d %H:%M:%S%.f";
    /// How times of the day are written.
    pub const TIME_OF_DAY: &'static str = "%H:%M:%S%.f";
    /// How Arrow writes values; moments must be in Dongguan's time by [`Value::in_dongguan`].
    pub const WRITTEN: FormatOptions<'static> = FormatOptions::new()
        .with_date_format(Some(Self::DAY))
        .with_datetime_format(Some(Self::DAY))
        .with_timestamp_format(Some(Self::TIME))
        .with_timestamp_tz_format(Some(Self::TIME))
        .with_time_format(Some(Self::TIME_OF_DAY))
        .with_duration_format(DurationFormat::Pretty);

    /// The column with its moments, those in lists too, in Dongguan's time; everything else as it is.
    ///
    /// # Errors
    /// What Arrow cannot convert.
    pub fn in_dongguan(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
        let kind = in_dongguan(column.data_type());
        if kind == *column.data_type() { Ok(column.clone()) } else { cast(column, &kind) }
    }

    /// The texts of a column, for doors that know nothing but text.
    ///
    /// # Errors
    /// What Arrow cannot write.
    pub fn texts(column: &ArrayRef) -> Result<StringArray, ArrowError> {
        if let Some(spans) = span::texts(column)? {
            return Ok(spans);
        }
        if let Some(floats) = float::texts(column)? {
            return Ok(floats);
        }
        if let Some(lists) = list::texts(column)? {
            return Ok(lists);
        }
        if let Some(times) = times(column)? {
            return Ok(times);
        }
        if let Some(quotients) = quotients(column) {
            return Ok(quotients);
        }
        if let Some(truths) = column.as_boolean_opt() {
            return Ok(truths.iter().map(|truth| truth.map(Self::truth)).collect());
        }
        let local = Self::in_dongguan(column)?;
        let formatter = ArrayFormatter::try_new(local.as_ref(), &Self::WRITTEN)?;
        let nulls = local.logical_nulls();
        let absent = |at| nulls.as_ref().is_some_and(|nulls| nulls.is_null(at));
        let text = |at| (!absent(at)).then(|| formatter.value(at).to_string());
        Ok((0..local.len()).map(text).collect())
    }

    /// A truth as people read it, on pages and in files alike; programs read `true` and `false`. 是否
    #[must_use]
    pub fn truth(truth: bool) -> &'static str {
        if truth { "是" } else { "否" }
    }
}

/// The text in which every door shows the value, but for truths; nothing for no value.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Text(text) | Self::Other(text) => f.write_str(text),
            Self::Int(number) => write!(f, "{number}"),
            Self::Decimal(decimal) => write!(f, "{decimal}"),
            Self::Day(day) => f.write_str(&clock::day(*day)),
            Self::Moment(moment) => {
                f.write_str(&clock::wall(moment.with_timezone(&shanghai()).naive_local()))
            }
            Self::Wall(wall) => f.write_str(&clock::wall(*wall)),
            Self::Bool(truth) => write!(f, "{truth}"),
        }
    }
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

/// What the values of a batch come to; it may hold more than it shows.
pub(crate) fn bytes(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| weight(column, lying)).fold(0, usize::saturating_add)
}

impl<'a> Row<'a> {
    /// A row of a streamed batch.
    pub fn of(batch: &'a RecordBatch, at: usize) -> Self {
        Self { batch, at }
    }

    /// What its values come to, in bytes.
    pub fn bytes(&self) -> usize {
        bytes(&self.batch.slice(self.at, 1))
    }

    /// The value of a column by its place, ready to be shown.
    pub fn value(&self, column: usize) -> Value {
        let array = self.batch.column(column);
        if array.is_null(self.at) || *array.data_type() == DataType::Null {
            return Value::Null;
        }
        let one = array.slice(self.at, 1);
        let known = match array.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
                text(&one, 0).map(|t| Value::Text(t.to_owned()))
            }
            DataType::Boolean => Some(Value::Bool(one.as_boolean().value(0))),
            DataType::Date32 | DataType::Date64 => day(&one).map(Value::Day),
            DataType::Timestamp(_, Some(_)) => moment(&one).map(Value::Moment),
            DataType::Timestamp(_, None) => wall(&one).map(Value::Wall),
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

    /// The moment of a column by its name; a time without a zone is one of Dongguan.
    pub fn moment(&self, column: &str) -> Result<Option<DateTime<Utc>>, WarehouseError> {
        self.read(column, "时间", moment)
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
    let (value, scale) = plain(one.as_primitive::<Decimal128Type>().value(0), *scale);
    Decimal::try_from_i128_with_scale(value, u32::try_from(scale).ok()?).ok()
}

/// Decimals that a quotient is shown with at least.
const OF_QUOTIENT: i8 = 16;

/// A value without the zeros that fill up the scale of a column of quotients.
fn plain(mut value: i128, mut scale: i8) -> (i128, i8) {
    while scale > OF_QUOTIENT && value % 10 == 0 {
        (value, scale) = (value / 10, scale - 1);
    }
    (value, scale)
}

/// The texts of a column of quotients; none for any other.
fn quotients(column: &ArrayRef) -> Option<StringArray> {
    let DataType::Decimal128(_, scale @ 17..) = *column.data_type() else { return None };
    let text = |value: i128| {
        let (value, scale) = plain(value, scale);
        Decimal128Type::format_decimal(value, 38, scale)
    };
    Some(column.as_primitive::<Decimal128Type>().iter().map(|value| value.map(text)).collect())
}

/// The texts of a column of days, times of the day, moments or wall clocks; none for any other.
fn times(column: &ArrayRef) -> Result<Option<StringArray>, ArrowError> {
    Ok(Some(match column.data_type() {
        DataType::Date32 | DataType::Date64 => {
            let days = cast(column, &DataType::Date32)?;
            let days = days.as_primitive::<Date32Type>().iter();
            days.map(|day| Date32Type::to_naive_date_opt(day?).map(clock::day)).collect()
        }
        DataType::Time32(_) | DataType::Time64(_) => {
            let times = cast(column, &DataType::Time64(TimeUnit::Nanosecond))?;
            let times = times.as_primitive::<Time64NanosecondType>().iter();
            times.map(|nanos| time64ns_to_time(nanos?).map(clock::time)).collect()
        }
        DataType::Timestamp(unit, zone) => {
            let units = cast(column, &DataType::Int64)?;
            let wall = |units: i64| {
                let at = naive(*unit, units)?;
                let ahead = if zone.is_some() { shanghai().local_minus_utc() } else { 0 };
                at.checked_add_signed(TimeDelta::seconds(ahead.into())).map(clock::wall)
            };
            units.as_primitive::<Int64Type>().iter().map(|at| wall(at?)).collect()
        }
        _ => return Ok(None),
    }))
}

fn day(one: &ArrayRef) -> Option<NaiveDate> {
    let days = cast(one, &DataType::Date32).ok()?;
    Date32Type::to_naive_date_opt(days.as_primitive::<Date32Type>().value(0))
}

fn moment(one: &ArrayRef) -> Option<DateTime<Utc>> {
    let at = wall(one)?;
    match one.data_type() {
        DataType::Timestamp(_, None) => {
            at.and_local_timezone(shanghai()).single().map(|moment| moment.to_utc())
        }
        _ => Some(at.and_utc()),
    }
}

/// What the column holds: the time itself where there is no zone, else the time in UTC.
fn wall(one: &ArrayRef) -> Option<NaiveDateTime> {
    let DataType::Timestamp(unit, _) = one.data_type() else { return None };
    naive(*unit, cast(one, &DataType::Int64).ok()?.as_primitive::<Int64Type>().value(0))
}

fn naive(unit: TimeUnit, units: i64) -> Option<NaiveDateTime> {
    let moment = match unit {
        TimeUnit::Second => DateTime::from_timestamp(units, 0),
        TimeUnit::Millisecond => DateTime::from_timestamp_millis(units),
        TimeUnit::Microsecond => DateTime::from_timestamp_micros(units),
        TimeUnit::Nanosecond => Some(DateTime::from_timestamp_nanos(units)),
    };
    moment.map(|moment| moment.naive_utc())
}

/// The same type, with its moments in Dongguan's time.
fn in_dongguan(kind: &DataType) -> DataType {
    let inner = |field: &FieldRef| -> FieldRef {
        Arc::new(field.as_ref().clone().with_data_type(in_dongguan(field.data_type())))
    };
    match kind {
        DataType::Timestamp(unit, Some(_)) => {
            DataType::Timestamp(*unit, Some(tables::catalog::ZONE.into()))
        }
        DataType::List(field) => DataType::List(inner(field)),
        DataType::LargeList(field) => DataType::LargeList(inner(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(inner(field), *size),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        other => other.clone(),
    }
}

fn written(one: &ArrayRef) -> String {
    Value::texts(one).map_or_else(|_| String::new(), |texts| texts.value(0).to_owned())
}

#[cfg(test)]
mod tests {
    use arrow::array::{TimestampMicrosecondArray, TimestampNanosecondArray, UInt64Array};

    use super::*;

    /// The value as it is shown, and as a file has it: one text.
    fn shown(column: ArrayRef) -> String {
        let texts = Value::texts(&column).unwrap();
        let batch = RecordBatch::try_from_iter([("a", column)]).unwrap();
        let value = Row::of(&batch, 0).value(0);
        assert_eq!(value.to_string(), texts.value(0), "{value:?}");
        value.to_string()
    }

    #[test]
    fn moments_are_told_in_dongguan_and_walls_as_they_are() {
        let micros = || TimestampMicrosecondArray::from(vec![1_793_462_400_000_000]);
        assert_eq!(shown(Arc::new(micros())), "2026-10-31 16:00:00");
        for zone in ["UTC", "+00:00", "+08:00"] {
            assert_eq!(shown(Arc::new(micros().with_timezone(zone))), "2026-11-01 00:00:00");
        }
        let nanos = TimestampNanosecondArray::from(vec![1_793_462_400_000_000_007]);
        assert_eq!(shown(Arc::new(nanos)), "2026-10-31 16:00:00.000000007");
        let late = TimestampMicrosecondArray::from(vec![1_793_462_400_250_000]);
        assert_eq!(shown(Arc::new(late.with_timezone("UTC"))), "2026-11-01 00:00:00.25");
    }

    #[test]
    fn a_moment_without_a_zone_is_one_of_dongguan() {
        let wall = Arc::new(TimestampMicrosecondArray::from(vec![1_793_491_200_000_000]));
        let batch = RecordBatch::try_from_iter([("a", wall as ArrayRef)]).unwrap();
        let moment = Row::of(&batch, 0).moment("a").unwrap().unwrap();
        assert_eq!(moment.to_rfc3339(), "2026-10-31T16:00:00+00:00");
    }

    #[test]
    fn what_is_too_wide_for_a_whole_number_is_written_all_the_same() {
        assert_eq!(shown(Arc::new(UInt64Array::from(vec![u64::MAX]))), "18446744073709551615");
        let nothing = Arc::new(arrow::array::NullArray::new(1));
        let batch = RecordBatch::try_from_iter([("a", nothing as ArrayRef)]).unwrap();
        assert_eq!(Row::of(&batch, 0).value(0), Value::Null);
    }
}
