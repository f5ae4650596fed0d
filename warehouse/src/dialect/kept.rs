//! Casts that stay where they are written.
//!
//! DataFusion moves a cast from a column to what it is compared with, and leaves out files by the least and greatest
//! value of a column as if every cast kept their order. A time of the day does not keep the order of moments, and
//! `35.28` is 35 without decimals: rows that match would be gone. So only casts that keep order and value are left to
//! it; the others stand inside a function that it does not look through.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, Decimal128Array};
use arrow::datatypes::{DataType, Float64Type};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::arithmetic::DECIMALS;
use super::cut::nearest;
use super::operators::is_text;
use super::quotient;

static KEPT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(Kept(Signature::any(1, Volatility::Immutable))));

/// A cast as it stands.
pub(super) fn kept(cast: Expr) -> Expr {
    KEPT.call(vec![cast])
}

/// True for a cast after which equal values are equal, others are not, and their order is the same.
pub(super) fn keeps_order(from: &DataType, to: &DataType) -> bool {
    use DataType::{Date32, Decimal128, Int8, Int16, Int32, Int64, Null, Timestamp};
    match (from, to) {
        (from, to) if from == to => true,
        (Null, _) => true,
        (Int8 | Int16 | Int32 | Int64, to) if to.is_signed_integer() => {
            to.primitive_width() >= from.primitive_width()
        }
        (from, Decimal128(digits, scale)) if from.is_integer() => {
            digits - scale.unsigned_abs() >= 19
        }
        (Decimal128(own, decimals), Decimal128(digits, scale)) => {
            scale >= decimals && digits - scale.unsigned_abs() >= own - decimals.unsigned_abs()
        }
        (Date32, Timestamp(_, None)) => true,
        (Timestamp(own, zone), Timestamp(unit, other)) => {
            own == unit && zone.is_some() == other.is_some()
        }
        (from, to) => is_text(from) && is_text(to),
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Kept(Signature);

impl ScalarUDFImpl for Kept {
    fn name(&self) -> &str {
        "kept"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        Ok(given[0].clone())
    }

    fn invoke_with_args(&self, mut args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(args.args.swap_remove(0))
    }
}

static DIGITS: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(Digits(Signature::any(1, Volatility::Immutable), DECIMALS)));
static NEAR: LazyLock<ScalarUDF> = LazyLock::new(|| {
    ScalarUDF::from(Digits(Signature::any(1, Volatility::Immutable), quotient::NEAR))
});

/// A float as a decimal that is near what PostgreSQL computes with decimals.
pub(super) fn near(float: Expr) -> Expr {
    NEAR.call(vec![float])
}

/// A float as a decimal of its fifteen digits, as PostgreSQL takes it, without the dust behind them.
pub(super) fn digits(float: Expr) -> Expr {
    DIGITS.call(vec![float])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Digits(Signature, i8);

impl ScalarUDFImpl for Digits {
    fn name(&self) -> &str {
        "digits"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Decimal128(38, self.1))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let value = &args.args[0];
        let floats = arrow::compute::cast(&value.to_array(1)?, &DataType::Float64)?;
        let decimal =
            |float: Option<f64>| float.map(|float| of_fifteen_digits(float, self.1)).transpose();
        let decimals: std::result::Result<Decimal128Array, ArrowError> =
            floats.as_primitive::<Float64Type>().iter().map(decimal).collect();
        let answer: ArrayRef = Arc::new(decimals?.with_precision_and_scale(38, self.1)?);
        Ok(match value {
            ColumnarValue::Array(_) => ColumnarValue::Array(answer),
            ColumnarValue::Scalar(_) => {
                ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?)
            }
        })
    }
}

/// The digits of a float, moved to so many decimals and rounded half away from zero.
fn of_fifteen_digits(float: f64, scale: i8) -> std::result::Result<i128, ArrowError> {
    let over = || ArrowError::ArithmeticOverflow("a float out of the range of decimals".to_owned());
    let written = format!("{float:.14e}");
    let (mantissa, exponent) = written.split_once('e').ok_or_else(over)?;
    let all: i128 = mantissa.replace('.', "").parse().map_err(|_| over())?;
    let exponent: i32 = exponent.parse().map_err(|_| over())?;
    let places = exponent - 14 + i32::from(scale);
    if places >= 0 {
        let unit = 10_i128.checked_pow(places.unsigned_abs()).ok_or_else(over)?;
        let value = all.checked_mul(unit).ok_or_else(over)?;
        return if value.unsigned_abs() < 10_u128.pow(38) { Ok(value) } else { Err(over()) };
    }
    let Some(unit) = 10_i128.checked_pow(places.unsigned_abs()) else { return Ok(0) };
    Ok(nearest(all, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_becomes_its_digits() {
        for (float, decimal) in [
            (1.005, 10_050_000_000_000_000),
            (-0.1, -1_000_000_000_000_000),
            (0.0, 0),
            (1e-20, 0),
            (1e20, 1_000_000_000_000_000_000_000_000_000_000_000_000),
            (123_456_789.123_456_78, 1_234_567_891_234_570_000_000_000),
        ] {
            assert_eq!(of_fifteen_digits(float, DECIMALS).unwrap(), decimal, "{float}");
        }
        assert!(of_fifteen_digits(1e23, DECIMALS).is_err());
        assert!(of_fifteen_digits(f64::NAN, DECIMALS).is_err());
    }
}
