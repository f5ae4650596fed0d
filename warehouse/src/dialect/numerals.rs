//! Decimals out of texts and floats, each exactly or not at all. A `numeric` without digits keeps in PostgreSQL what
//! comes; a column of ours has one scale, and what does not fit in it is an error. Where a person says how many
//! decimals there are, the value is rounded to them, once.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Decimal128Array};
use arrow::datatypes::{DataType, Float64Type};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, cast,
};

use super::cut::nearest;
use super::operators::{is_quoted, refused};
use super::quotient::{self, NEAR};
use crate::blanks::unpadded;

/// A float as a decimal that is near what PostgreSQL computes with decimals.
pub(super) fn near(float: Expr) -> Expr {
    decimal(float, NEAR)
}

/// A float or a text as a decimal of so many places. PostgreSQL takes the fifteen digits of a float, without the dust
/// behind them.
pub(super) fn decimal(value: Expr, scale: i8) -> Expr {
    ScalarUDF::from(Numeral(Signature::any(1, Volatility::Immutable), scale)).call(vec![value])
}

/// A number in quotes as the decimal that it is without them; one that is written otherwise as it is read.
///
/// # Errors
/// It tells no number, or has more digits than a decimal of ours.
pub(super) fn of_quoted(text: Expr) -> Result<Expr> {
    let Expr::Literal(written, _) = &text else { return Ok(text) };
    let said = written.try_as_str().flatten();
    if let Some(Err(ArrowError::ComputeError(said))) = said.map(|said| of_text(said, NEAR)) {
        return refused(&said, &[&text]);
    }
    let kind = match said.map(plain) {
        None | Some(None) => DataType::Decimal128(38, quotient::PLAIN),
        Some(Some((digits, places))) => match (u8::try_from(digits), i8::try_from(places)) {
            (Ok(digits @ ..=38), Ok(places)) if places <= quotient::MOST => {
                DataType::Decimal128(digits.max(places.unsigned_abs()).max(1), places)
            }
            _ => return refused(LONG, &[&text]),
        },
    };
    Ok(cast(text, kind))
}

/// True for a number in quotes that is to be a `numeric` as it stands.
pub(super) fn is_plain_cast(value: &Expr, to: &DataType) -> bool {
    is_quoted(value) && *to == DataType::Decimal128(38, quotient::PLAIN)
}

const LONG: &str = "引号里的数值最多 38 位，其中小数最多 20 位：请写短一些";

/// Digits and decimals of a text that is nothing but a number without an exponent.
fn plain(text: &str) -> Option<(usize, usize)> {
    let text = unpadded(text);
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = [whole, part].concat();
    let is_number = !all.is_empty() && all.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| (whole.trim_start_matches('0').len() + part.len(), part.len()))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Numeral(Signature, i8);

impl ScalarUDFImpl for Numeral {
    fn name(&self) -> &str {
        "numeral"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Decimal128(38, self.1))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let value = &args.args[0];
        let values = value.to_array(1)?;
        let decimals: std::result::Result<Decimal128Array, ArrowError> =
            if values.data_type().is_floating() {
                let floats = arrow::compute::cast(&values, &DataType::Float64)?;
                let read = |float: Option<f64>| float.map(|f| of_float(f, self.1)).transpose();
                floats.as_primitive::<Float64Type>().iter().map(read).collect()
            } else {
                let texts = arrow::compute::cast(&values, &DataType::Utf8)?;
                let read = |text: Option<&str>| text.map(|text| of_text(text, self.1)).transpose();
                texts.as_string::<i32>().iter().map(read).collect()
            };
        let answer: ArrayRef = Arc::new(decimals?.with_precision_and_scale(38, self.1)?);
        Ok(match value {
            ColumnarValue::Array(_) => ColumnarValue::Array(answer),
            ColumnarValue::Scalar(_) => {
                ColumnarValue::Scalar(ScalarValue::try_from_array(&answer, 0)?)
            }
        })
    }
}

/// The fifteen digits of a float at so many decimals.
fn of_float(float: f64, scale: i8) -> std::result::Result<i128, ArrowError> {
    if !float.is_finite() {
        return Err(over());
    }
    read(&format!("{float:.14e}"), scale)
}

fn of_text(text: &str, scale: i8) -> std::result::Result<i128, ArrowError> {
    read(unpadded(text), scale)
}

/// A number with or without an exponent, at so many decimals.
fn read(text: &str, scale: i8) -> std::result::Result<i128, ArrowError> {
    let wrong = || ArrowError::ComputeError(format!("“{text}”不是数值"));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().map_err(|_| wrong())?;
    let (_, decimals) =
        plain(mantissa).filter(|_| unpadded(mantissa) == mantissa).ok_or_else(wrong)?;
    let negative = mantissa.starts_with('-');
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_end_matches('0');
    let dropped = i32::try_from(digits.len() - significant.len()).map_err(|_| over())?;
    let significant = significant.trim_start_matches('0');
    if significant.is_empty() {
        return Ok(0);
    }
    let all: i128 = significant.parse().map_err(|_| over())?;
    let all = if negative { -all } else { all };
    let decimals = i32::try_from(decimals).map_err(|_| over())?;
    let places = exponent.saturating_add(dropped + i32::from(scale) - decimals);
    if places >= 0 {
        let value =
            10_i128.checked_pow(places.unsigned_abs()).and_then(|unit| all.checked_mul(unit));
        return value.filter(|value| value.unsigned_abs() < 10_u128.pow(38)).ok_or_else(over);
    }
    // What a person has given no decimals, and is near nothing, is what it is.
    let exact = scale > quotient::MOST && scale != NEAR;
    match 10_i128.checked_pow(places.unsigned_abs()) {
        Some(unit) if !exact || all % unit == 0 => Ok(nearest(all, unit)),
        None if !exact => Ok(0),
        _ => Err(ArrowError::ComputeError(format!(
            "“{text}”的小数位数不定，多于 24 位：请写明要几位，例如 numeric(38, 10)"
        ))),
    }
}

fn over() -> ArrowError {
    ArrowError::ArithmeticOverflow("a number out of the range of decimals".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_becomes_its_digits() {
        for (float, decimal) in [
            (1.005, 1_005_000_000_000_000_000_000_000),
            (-0.1, -100_000_000_000_000_000_000_000),
            (0.0, 0),
            (1e-20, 10_000),
            (1e13, 10_000_000_000_000_000_000_000_000_000_000_000_000),
            (123_456_789.123_456_78, 123_456_789_123_457_000_000_000_000_000_000),
        ] {
            assert_eq!(of_float(float, quotient::PLAIN).unwrap(), decimal, "{float}");
        }
        for float in [1e14, 1e-30, f64::NAN, f64::INFINITY] {
            assert!(of_float(float, quotient::PLAIN).is_err(), "{float}");
        }
        assert_eq!(of_float(0.004_999_999_999_999_99, 2).unwrap(), 0);
    }

    #[test]
    fn a_text_becomes_what_it_says() {
        for (text, scale, decimal) in [
            ("1.005", 2, 101),
            (" -1.005 ", 2, -101),
            ("1e2", 1, 1_000),
            ("12.5E-1", 2, 125),
            (".5", 0, 1),
            ("5.", 1, 50),
            ("0.00000000000000000001", 24, 10_000),
            ("100000000000000000000000000000000000000.0", 0, 0),
        ] {
            let read = of_text(text, scale);
            if decimal == 0 {
                assert!(read.is_err(), "{text}");
            } else {
                assert_eq!(read.unwrap(), decimal, "{text}");
            }
        }
        for wrong in ["", "1,5", "1 5", "1e", "e5", "--1", "1.2.3", "１"] {
            assert!(of_text(wrong, 2).is_err(), "{wrong}");
        }
        assert!(of_text("0.0000000000000000000000001", quotient::PLAIN).is_err());
    }

    #[test]
    fn a_number_in_quotes_has_the_digits_that_are_written() {
        for (text, want) in [
            ("0.33333333333333333333", Some((20, 20))),
            (" -15.00 ", Some((4, 2))),
            ("007", Some((1, 0))),
            ("\t1.5\u{b}", Some((2, 1))),
            ("\u{3000}1.5", None),
            ("1.5\u{a0}", None),
            ("1e2", None),
            ("abc", None),
            ("", None),
        ] {
            assert_eq!(plain(text), want, "{text}");
        }
    }
}
