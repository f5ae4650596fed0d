//! Floats as PostgreSQL writes them: as few digits as tell the float, `4` for four, `1e+20` for the very large.

use std::fmt::LowerExp;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type};
use arrow::error::ArrowError;

/// The exponent from which a float is written with an exponent.
const LONGEST: i32 = 15;

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
    use super::*;

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
        let short: ArrayRef = std::sync::Arc::new(arrow::array::Float32Array::from(vec![0.1]));
        assert_eq!(texts(&short).unwrap().unwrap().value(0), "0.1");
    }
}
