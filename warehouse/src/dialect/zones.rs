//! Time zones by name, and what is told in one of them.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::compute::cast;
use arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility,
};

use super::ZONE;
use super::conversions::{AHEAD_MICROS, MICROS, moved};

/// True for a zone by name that has had summer times.
pub(super) fn is_of_summers(zone: &str) -> bool {
    ahead(zone).is_some_and(|ahead| ahead != 0)
}

/// `Z`, `+08`, `-05:30`, or the name of a zone that may be named.
pub(super) fn is_zone(written: &str) -> bool {
    let Some(offset) = written.strip_prefix(['+', '-']) else {
        return written.eq_ignore_ascii_case("z") || ahead(written).is_some();
    };
    let parts: Vec<&str> = match offset.len() {
        4 if offset.bytes().all(|byte| byte.is_ascii_digit()) => {
            vec![&offset[..2], &offset[2..]]
        }
        _ => offset.split(':').collect(),
    };
    let number = |part: &&str| {
        let fits = matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u8>().ok().filter(|_| fits)
    };
    let numbers: Option<Vec<u8>> = parts.iter().map(number).collect();
    numbers.is_some_and(|numbers| match &numbers[..] {
        [hours, others @ ..] => {
            *hours <= 15 && others.len() <= 2 && others.iter().all(|other| *other < 60)
        }
        [] => false,
    })
}

/// `… at time zone 'Asia/Shanghai'`: the wall clock of a moment there, or the moment of a wall clock.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct AtTimeZone(Signature);

impl AtTimeZone {
    pub(super) fn new() -> Self {
        Self(Signature::any(2, Volatility::Immutable))
    }
}

/// Hours ahead of UTC of the zones that may be named.
fn ahead(zone: &str) -> Option<i64> {
    match zone.to_ascii_lowercase().as_str() {
        "asia/shanghai" | "prc" | "asia/chongqing" | "asia/hong_kong" => Some(AHEAD_MICROS),
        "utc" | "gmt" | "etc/utc" => Some(0),
        _ => None,
    }
}

impl ScalarUDFImpl for AtTimeZone {
    fn name(&self) -> &str {
        "at_time_zone"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(match &given[0] {
            // A day is taken for its first moment, as PostgreSQL does.
            DataType::Timestamp(_, Some(_)) | DataType::Date32 => DataType::Timestamp(MICROS, None),
            _ => DataType::Timestamp(MICROS, Some(ZONE.into())),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let zone = match &args.args[1] {
            ColumnarValue::Scalar(
                ScalarValue::Utf8(Some(zone)) | ScalarValue::Utf8View(Some(zone)),
            ) => zone,
            _ => return exec_err!("at time zone 后面要写时区的名称，例如 'Asia/Shanghai'"),
        };
        let Some(by) = ahead(zone) else {
            return exec_err!("不认识时区“{zone}”：请写 'Asia/Shanghai' 或 'UTC'");
        };
        let value = &args.args[0];
        let to_wall = args.return_field.data_type() == &DataType::Timestamp(MICROS, None);
        let values = value.to_array(1)?;
        let values = match values.data_type() {
            DataType::Date32 => cast(&values, &DataType::Timestamp(MICROS, Some(ZONE.into())))?,
            DataType::Timestamp(..) => values,
            _ => return exec_err!("at time zone 只能用于日期和时间"),
        };
        let answer: ArrayRef = if to_wall {
            Arc::new(moved(&values, by)?)
        } else {
            Arc::new(moved(&values, -by)?.with_timezone(ZONE))
        };
        Ok(match value {
            ColumnarValue::Array(_) => ColumnarValue::Array(answer),
            ColumnarValue::Scalar(_) => {
                ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?)
            }
        })
    }
}
