//! `to_timestamp(text, pattern)` and `to_timestamp(seconds since 1970)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Float64Type, TimeUnit};
use chrono::{DateTime, Datelike, TimeDelta};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::each_row::{Patterns, computed, is_text, spelled, texts};
use super::fields::Reading;
use super::input::InputTemplate;
use super::refusal::Refusal;
use crate::dialect::ZONE;
use crate::float;

const NAME: &str = "to_timestamp";
const USAGE: &str = "to_timestamp 要写文字和格式，例如 \
                     to_timestamp('2026-03-01 08:30', 'YYYY-MM-DD HH24:MI')；\
                     只写一个参数时，它是 1970 年以来的秒数";
/// A text that tells no zone is of Dongguan.
const EAST_SECONDS: i32 = 8 * 3600;
/// From 1970 to 2000.
const SECONDS_TO_2000: f64 = 946_684_800.0;
const MICROS_TO_2000: i64 = 946_684_800_000_000;

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ToTimestamp {
    signature: Signature,
}

impl ToTimestamp {
    /// The function.
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ToTimestamp {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.to_vec())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        match arg_types {
            [text, pattern] if is_text(text) && is_text(pattern) => Ok(answered()),
            [seconds] if seconds.is_numeric() || seconds.is_null() => Ok(answered()),
            _ => Err(Refusal::new(USAGE).into()),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<_> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let returned = self.return_type(&types)?;
        if let Some(pattern) = spelled(&args) {
            input(pattern)?;
        }
        Ok(Arc::new(Field::new(NAME, returned, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        computed(&args, |args, rows| match args {
            [text, pattern] => by_pattern(text, pattern, rows),
            [seconds] => since_1970(&seconds.to_array(rows)?),
            _ => Err(Refusal::new(USAGE).into()),
        })
    }
}

fn answered() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(ZONE.into()))
}

fn input(pattern: &str) -> Result<InputTemplate, Refusal> {
    InputTemplate::parse(NAME, pattern)
}

fn by_pattern(text: &ColumnarValue, pattern: &ColumnarValue, rows: usize) -> Result<ArrayRef> {
    let texts = texts(text, rows)?;
    let mut patterns = Patterns::of(pattern, input)?;
    let moments = (0..rows).map(|row| match patterns.at(row)? {
        Some(template) if texts.is_valid(row) => {
            Ok(Some(micros(template.read(texts.value(row))?)?))
        }
        _ => Ok(None),
    });
    Ok(zoned(moments.collect::<Result<_>>()?))
}

/// Microseconds since 1970 in Greenwich.
fn micros(read: Reading) -> Result<i64, Refusal> {
    let east = TimeDelta::seconds(read.offset_seconds.unwrap_or(EAST_SECONDS).into());
    let utc = read.clock.checked_sub_signed(east).ok_or_else(out_of_range)?;
    Ok(utc.and_utc().timestamp_micros())
}

/// A number of seconds is a float to PostgreSQL, also where it is a decimal.
fn since_1970(seconds: &ArrayRef) -> Result<ArrayRef> {
    let floats = match float::nearest(seconds) {
        Some(floats) => floats,
        None => cast(seconds, &DataType::Float64)?.as_primitive::<Float64Type>().clone(),
    };
    let micros = floats.iter().map(|seconds| seconds.map(micros_of).transpose());
    Ok(zoned(micros.collect::<Result<_, Refusal>>()?))
}

/// Microseconds since 1970, as PostgreSQL counts them: since 2000, where a float of our years has more digits.
fn micros_of(seconds: f64) -> Result<i64, Refusal> {
    let since_2000 = ((seconds - SECONDS_TO_2000) * 1e6).round_ties_even();
    let since_2000: i64 = format!("{since_2000:.0}").parse().map_err(|_| out_of_range())?;
    let micros = since_2000.checked_add(MICROS_TO_2000).ok_or_else(out_of_range)?;
    within_the_calendar(micros)
}

fn within_the_calendar(micros: i64) -> Result<i64, Refusal> {
    let moment = DateTime::from_timestamp_micros(micros);
    let within = moment.is_some_and(|moment| (1..=9999).contains(&moment.year()));
    if within { Ok(micros) } else { Err(out_of_range()) }
}

fn out_of_range() -> Refusal {
    Refusal::new("to_timestamp 的时间超出范围")
}

fn zoned(moments: TimestampMicrosecondArray) -> ArrayRef {
    Arc::new(moments.with_timezone(ZONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What PostgreSQL 15 answered.
    #[test]
    fn seconds_are_counted_as_floats_from_2000() {
        for (seconds, micros) in [
            ("1767225600.1234565", 1_767_225_600_123_456),
            ("1774324344.406087399", 1_774_324_344_406_087),
            ("0.0000005", 0),
            ("99999999999.999999", 100_000_000_000_000_000),
            ("1767225600.25", 1_767_225_600_250_000),
            ("-0.5", -500_000),
        ] {
            assert_eq!(micros_of(seconds.parse().unwrap()), Ok(micros), "{seconds}");
        }
        for seconds in [f64::NAN, f64::INFINITY, 1e300, 300_000_000_000.0] {
            assert!(micros_of(seconds).is_err(), "{seconds}");
        }
    }
}
