//! `ceil`, `floor`, `round` and `trunc` of decimals: as in PostgreSQL the result has the decimals that were asked for,
//! so that `ceil(28.50)` is written `29` and `trunc(7, 1)` is `7.0`. DataFusion keeps those of the argument.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DECIMAL128_MAX_SCALE, DataType, Decimal128Type};
use arrow::error::ArrowError;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::conversions::on_one;
use super::quotient;

/// Where what is cut off goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Towards {
    /// `ceil`.
    Above,
    /// `floor`.
    Below,
    /// `trunc`.
    Zero,
    /// `round`: half away from zero.
    Nearest,
}

/// A decimal cut to so many decimals, fewer than none for tens and hundreds.
pub(super) fn cut(value: Expr, towards: Towards, places: i8) -> Expr {
    let signature = Signature::any(1, Volatility::Immutable);
    ScalarUDF::from(Cut { towards, places, signature }).call(vec![value])
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Cut {
    towards: Towards,
    places: i8,
    signature: Signature,
}

impl ScalarUDFImpl for Cut {
    fn name(&self) -> &str {
        "cut"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        let DataType::Decimal128(digits, scale) = given[0] else {
            return internal_err!("a decimal, not {}", given[0]);
        };
        let left = self.places.clamp(0, DECIMAL128_MAX_SCALE);
        // One digit more: 9.5 becomes 10.
        let whole = digits.saturating_sub(scale.unsigned_abs()).saturating_add(1);
        let digits = whole.saturating_add(left.unsigned_abs()).min(DECIMAL128_MAX_PRECISION);
        Ok(DataType::Decimal128(digits, left))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let DataType::Decimal128(digits, left) = *args.return_field.data_type() else {
            return internal_err!("a decimal");
        };
        let how = |values: &ArrayRef| -> Result<ArrayRef> {
            let values = values.as_primitive::<Decimal128Type>();
            let near = values.scale() == quotient::NEAR;
            // What one kept place is worth in the units of the argument, and in those of the answer.
            let unit = power(values.scale().saturating_sub(self.places));
            let back = power(left.saturating_sub(self.places.min(values.scale())));
            let cut = |value: i128| {
                if near && unit.is_some_and(|unit| !self.is_sure(value, unit)) {
                    return Err(quotient::unsure());
                }
                let kept = match (unit, self.towards) {
                    (None, _) => 0,
                    (Some(unit), Towards::Zero) => value / unit,
                    (Some(unit), Towards::Below) => value.div_euclid(unit),
                    (Some(unit), Towards::Above) => -(-value).div_euclid(unit),
                    (Some(unit), Towards::Nearest) => nearest(value, unit),
                };
                back.and_then(|back| kept.checked_mul(back)).ok_or_else(|| {
                    ArrowError::ArithmeticOverflow("a decimal out of range".to_owned())
                })
            };
            let cut: Decimal128Array = values.try_unary(cut)?;
            let cut = cut.with_precision_and_scale(digits, left)?;
            cut.validate_decimal_precision(digits)?;
            Ok(Arc::new(cut))
        };
        on_one(&args.args[0], how)
    }
}

impl Cut {
    /// True for a near value that stays on its side of the line, whatever its last digits are.
    fn is_sure(&self, value: i128, unit: i128) -> bool {
        // PostgreSQL's and ours agree in some fifteen digits.
        let doubt =
            (value.unsigned_abs() / 1_000_000_000_000).max(100_000_000_000_000).cast_signed();
        let line = if self.towards == Towards::Nearest { unit / 2 } else { 0 };
        let beyond = (value.abs() - line).rem_euclid(unit);
        // Nothing is nothing.
        value == 0 || beyond > doubt && unit - beyond > doubt
    }
}

/// How many units a value is, rounded half away from zero.
pub(super) fn nearest(value: i128, unit: i128) -> i128 {
    let (whole, rest) = (value / unit, value % unit);
    let away = rest.unsigned_abs() * 2 >= unit.unsigned_abs();
    if away { whole + value.signum() } else { whole }
}

/// A power of ten; one where the exponent is below nothing, none where it is beyond all decimals.
fn power(exponent: i8) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(exponent).unwrap_or_default())
}
