//! Floats as PostgreSQL writes them: as few digits as tell the float, `4` for four, `1e+20` for the very large; and as
//! it makes them of decimals: each is the nearest.

use std::fmt::{Display, LowerExp};

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, Float64Array, PrimitiveArray, StringArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Decimal128Type, Decimal256Type, Float32Type, Float64Type};
use arrow::error::ArrowError;

/// The exponent from which a float is written with an exponent.
const LONGEST: i32 = 15;
/// Whole numbers up to this one are floats.
const WHOLE: u128 = 1 << f64::MANTISSA_DIGITS;
/// Powers of ten up to this one are floats.
const POWER: u32 = 22;

/// The float nearest to each of a column of decimals; none for any other column. Arrow divides one float by another,
/// and is off where either is rounded before.
pub(crate) fn nearest(column: &ArrayRef) -> Option<Float64Array> {
    match column.data_type() {
        DataType::Decimal128(_, scale) => {
            let power = u32::try_from(*scale).ok().filter(|power| *power <= POWER);
            let unit = power.map(|power| 10_u128.pow(power) as f64);
            let float = |value: i128| match unit {
                Some(unit) if value.unsigned_abs() <= WHOLE => value as f64 / unit,
                _ => told(value, *scale),
            };
            Some(column.as_primitive::<Decimal128Type>().unary(float))
        }
        DataType::Decimal256(_, scale) => {
            Some(column.as_primitive::<Decimal256Type>().unary(|value| told(value, *scale)))
        }
        _ => None,
    }
}

/// The float that the digits of a decimal tell.
fn told(digits: impl Display, scale: i8) -> f64 {
    format!("{digits}e{}", -i16::from(scale)).parse().unwrap_or(f64::NAN)
}

/// The texts of a column of floats; none for any other column.
///
/// # Errors
/// Arrow cannot widen the floats.
pub(crate) fn texts(column: &ArrayRef) -> Result<Option<StringArray>, ArrowError> {
    Ok(match column.data_type() {
        // The few digits of a short float are not those of the long one.
        DataType::Float32 => Some(written(column.as_primitive::<Float32Type>())),
        DataType::Float16 | DataType::Float64 => {
            Some(written(cast(column, &DataType::Float64)?.as_primitive::<Float64Type>()))
        }
        _ => None,
    })
}

fn written<T: ArrowPrimitiveType<Native: LowerExp>>(floats: &PrimitiveArray<T>) -> StringArray {
    floats.iter().map(|float| Some(laid_out(&format!("{:e}", float?)))).collect()
}

/// The shortest digits of a float, `-1.25e-7`, in PostgreSQL's layout.
fn laid_out(shortest: &str) -> String {
    let Some((digits, exponent)) = shortest.split_once('e') else {
        return match shortest {
            "inf" => "Infinity".to_owned(),
            "-inf" => "-Infinity".to_owned(),
            other => other.to_owned(),
        };
    };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    if !(-4..LONGEST).contains(&exponent) {
        let direction = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{digits}e{direction}{:02}", exponent.abs());
    }
    let digits = digits.replace('.', "");
    let before = exponent + 1;
    match usize::try_from(before) {
        Ok(before) if before >= digits.len() => format!("{sign}{digits:0<before$}"),
        Ok(before) if before > 0 => {
            let (whole, rest) = digits.split_at(before);
            format!("{sign}{whole}.{rest}")
        }
        _ => {
            let zeros = usize::try_from(-before).unwrap_or_default();
            format!("{sign}0.{}{digits}", "0".repeat(zeros))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Decimal128Array, Decimal256Array};
    use arrow::datatypes::i256;

    use super::*;

    /// As PostgreSQL 15 told them; the floats are read from their digits by the compiler.
    #[test]
    fn a_decimal_becomes_the_nearest_float() {
        for (digits, scale, want) in [
            (47_150_000_000_000_000_000_000_000, 24, 47.15),
            (-47_150_000_000_000_000_000_000_000, 24, -47.15),
            (33_395_000_000_000_000_000_000_000, 24, 33.395),
            (1_214_593_333_333_333_333_333, 18, 1_214.593_333_333_333_2),
            (123_456_789_012_345_678_901, 6, 123_456_789_012_345.67),
            (1, 30, 1e-30),
            (1, 38, 1e-38),
            (1, -39, 1e39),
            (1, -100, 1e100),
            (9_007_199_254_740_992, 0, 9_007_199_254_740_992.0),
            (9_007_199_254_740_993, 0, 9_007_199_254_740_992.0),
            (9_007_199_254_740_995, 0, 9_007_199_254_740_996.0),
            (1, 1, 0.1),
            (1_005, 3, 1.005),
            (7, 22, 7e-22),
            (7, 23, 7e-23),
            (0, 2, 0.0),
            (i128::MAX, 0, 1.701_411_834_604_692_3e38),
        ] {
            let narrow = Decimal128Array::from(vec![Some(digits), None]);
            let narrow = narrow.with_data_type(DataType::Decimal128(38, scale));
            let floats = nearest(&(Arc::new(narrow) as ArrayRef)).unwrap();
            assert_eq!((floats.value(0), floats.is_null(1)), (want, true), "{digits} {scale}");
            let wide = Decimal256Array::from(vec![i256::from_i128(digits)]);
            let wide = wide.with_data_type(DataType::Decimal256(76, scale));
            assert_eq!(nearest(&(Arc::new(wide) as ArrayRef)).unwrap().value(0), want);
        }
        assert!(nearest(&(Arc::new(Float64Array::from(vec![0.1])) as ArrayRef)).is_none());
    }

    #[test]
    fn floats_are_written_as_postgresql_writes_them() {
        for (float, want) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (4.0, "4"),
            (2026.0, "2026"),
            (-29.5, "-29.5"),
            (0.1, "0.1"),
            (1234.5678, "1234.5678"),
            (0.0001, "0.0001"),
            (0.000_012_5, "1.25e-05"),
            (123_456_789_012_345.0, "123456789012345"),
            (1e14, "100000000000000"),
            (1e15, "1e+15"),
            (1.234_567_890_123_456_8e17, "1.2345678901234568e+17"),
            (1e20, "1e+20"),
            (-1e-100, "-1e-100"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ] {
            assert_eq!(laid_out(&format!("{float:e}")), want);
        }
        let short: ArrayRef = Arc::new(arrow::array::Float32Array::from(vec![0.1]));
        assert_eq!(texts(&short).unwrap().unwrap().value(0), "0.1");
    }
}
