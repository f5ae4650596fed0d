//! `to_char(day | moment | number, pattern)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, StringBuilder, new_null_array};
use arrow::datatypes::{
    ArrowTemporalType, DataType, Date32Type, Decimal128Type, Field, FieldRef, Float64Type,
    Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use datafusion::common::Result;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::cells::Cells;
use super::each_row::{Patterns, computed, is_text, spelled};
use super::figure::Figure;
use super::refusal::Refusal;
use super::template::Template;
use super::write::Moment;

const NAME: &str = "to_char";
const USAGE: &str = "to_char 要写两个参数：日期、时间或数字（文字要先用 ::date 等换算），和格式，\
                     例如 to_char(account_date, 'YYYY-MM')";
const OF_SPANS: &str = "to_char 不能写时长：几小时请写 to_char(round(extract(epoch from 时长) / 3600, 1), '990.0')，\
                        几天请写 extract(day from 时长)";
/// Dongguan is this far east of Greenwich.
const EAST: chrono::TimeDelta = chrono::TimeDelta::hours(8);

/// The function.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ToChar {
    signature: Signature,
}

impl ToChar {
    /// The function.
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for ToChar {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arg_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(arg_types.iter().map(widened).collect())
    }

    fn return_type(&self, arg_types: &[DataType]) -> Result<DataType> {
        match arg_types {
            [value, pattern] if is_text(pattern) && is_written(&widened(value)) => {
                Ok(DataType::Utf8)
            }
            [DataType::Interval(_), _] => Err(Refusal::new(OF_SPANS).into()),
            _ => Err(Refusal::new(USAGE).into()),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<_> = args.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let returned = self.return_type(&types)?;
        if let (Some(pattern), Some(value)) = (spelled(&args), types.first()) {
            if value.is_numeric() {
                figures(pattern)?;
            } else if !value.is_null() {
                moments(pattern)?;
            }
        }
        Ok(Arc::new(Field::new(NAME, returned, true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        computed(&args, |args, rows| match args {
            [value, pattern] => written(&value.to_array(rows)?, pattern),
            _ => Err(Refusal::new(USAGE).into()),
        })
    }
}

fn moments(pattern: &str) -> Result<Template, Refusal> {
    Template::parse(NAME, pattern)
}

fn figures(pattern: &str) -> Result<Cells, Refusal> {
    Cells::parse(NAME, pattern)
}

/// The type in which a value is written: the widest of its kind.
fn widened(value: &DataType) -> DataType {
    match value {
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => {
            DataType::Decimal128(*precision, *scale)
        }
        DataType::Date64 => DataType::Date32,
        other => other.clone(),
    }
}

fn is_written(value: &DataType) -> bool {
    matches!(
        value,
        DataType::Null
            | DataType::Date32
            | DataType::Timestamp(..)
            | DataType::Int64
            | DataType::Decimal128(..)
            | DataType::Float64
    )
}

fn written(values: &ArrayRef, pattern: &ColumnarValue) -> Result<ArrayRef> {
    match values.data_type() {
        DataType::Null => Ok(new_null_array(&DataType::Utf8, values.len())),
        DataType::Date32 => write_moments::<Date32Type>(values, false, pattern),
        DataType::Timestamp(unit, zone) => {
            let zoned = zone.is_some();
            match unit {
                TimeUnit::Second => write_moments::<TimestampSecondType>(values, zoned, pattern),
                TimeUnit::Millisecond => {
                    write_moments::<TimestampMillisecondType>(values, zoned, pattern)
                }
                TimeUnit::Microsecond => {
                    write_moments::<TimestampMicrosecondType>(values, zoned, pattern)
                }
                TimeUnit::Nanosecond => {
                    write_moments::<TimestampNanosecondType>(values, zoned, pattern)
                }
            }
        }
        DataType::Int64 => write_figures::<Int64Type>(values, pattern, |units, places| {
            Figure::of_decimal(units.into(), 0, places)
        }),
        DataType::Decimal128(_, scale) => {
            let scale = u8::try_from(*scale).map_err(|_| Refusal::new(USAGE))?;
            write_figures::<Decimal128Type>(values, pattern, |units, places| {
                Figure::of_decimal(units, scale, places)
            })
        }
        DataType::Float64 => write_figures::<Float64Type>(values, pattern, Figure::of_double),
        _ => Err(Refusal::new(USAGE).into()),
    }
}

fn write_moments<T>(values: &ArrayRef, zoned: bool, pattern: &ColumnarValue) -> Result<ArrayRef>
where
    T: ArrowTemporalType,
    i64: From<T::Native>,
{
    let values = values.as_primitive::<T>();
    let mut patterns = Patterns::of(pattern, moments)?;
    each(values, |row| {
        let Some(template) = patterns.at(row)? else { return Ok(None) };
        let east = if zoned { EAST } else { chrono::TimeDelta::zero() };
        let clock = values.value_as_datetime(row).and_then(|utc| utc.checked_add_signed(east));
        let clock = clock.ok_or_else(|| Refusal::new("to_char 的日期超出范围"))?;
        Ok(Some(template.write(Moment { clock, zoned })?))
    })
}

fn write_figures<T: ArrowPrimitiveType>(
    values: &ArrayRef,
    pattern: &ColumnarValue,
    rounded: impl Fn(T::Native, usize) -> Option<Figure>,
) -> Result<ArrayRef> {
    let values = values.as_primitive::<T>();
    let mut patterns = Patterns::of(pattern, figures)?;
    each(values, |row| {
        let Some(cells) = patterns.at(row)? else { return Ok(None) };
        let figure = rounded(values.value(row), cells.scale()).ok_or_else(|| {
            let why = "浮点数只有 15 位有效数字，请先用 ::numeric 换算或减少小数位";
            Refusal::of_use(NAME, &cells.text, why)
        })?;
        Ok(Some(cells.write(&figure)))
    })
}

/// One text for each value; NULL for NULL.
fn each(
    values: &dyn Array,
    mut write: impl FnMut(usize) -> Result<Option<String>>,
) -> Result<ArrayRef> {
    let mut out = StringBuilder::new();
    for row in 0..values.len() {
        out.append_option(if values.is_null(row) { None } else { write(row)? });
    }
    Ok(Arc::new(out.finish()))
}
