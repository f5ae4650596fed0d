//! So many times an interval, as PostgreSQL's `interval_mul` counts: months, days and the clock each by itself, what is
//! left of a month as days of thirty, what is left of a day as hours.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, IntervalMonthDayNanoArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, IntervalMonthDayNano, IntervalMonthDayNanoType};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, lit,
};

use super::lengths;
use super::span_sums::SPAN;

const DAYS_A_MONTH: f64 = 30.0;
const SECONDS_A_DAY: f64 = 86_400.0;
const NANOS_A_MICRO: i64 = 1_000;

static TIMES: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Times::new(false)));
static PART: LazyLock<ScalarUDF> = LazyLock::new(|| ScalarUDF::from(Times::new(true)));

/// An interval, so many times.
pub(super) fn times(span: Expr, number: Expr) -> Expr {
    TIMES.call(vec![span, number])
}

/// One of so many parts of an interval.
pub(super) fn part(span: Expr, number: Expr) -> Expr {
    PART.call(vec![span, number])
}

/// An interval that stands in quotes beside what tells that it is one.
pub(super) fn quoted(text: &str) -> Result<Expr> {
    let length = lengths::read(text);
    let span = length.and_then(|length| {
        let nanos = length.micros.checked_mul(NANOS_A_MICRO)?;
        Some(IntervalMonthDayNano::new(length.months, length.days, nanos))
    });
    match span {
        Some(span) => Ok(lit(ScalarValue::IntervalMonthDayNano(Some(span)))),
        None => plan_err!("“{text}”不是时长：写作 interval '3 days'"),
    }
}

/// The second half of an average: the sum of intervals by their count.
pub(super) fn divided(args: &[ColumnarValue]) -> Result<ColumnarValue> {
    each(args, true)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Times {
    divides: bool,
    signature: Signature,
}

impl Times {
    fn new(divides: bool) -> Self {
        let given = vec![SPAN, DataType::Float64];
        Self { divides, signature: Signature::exact(given, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Times {
    fn name(&self) -> &str {
        if self.divides { "part_of_span" } else { "times_span" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(SPAN)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        each(&args.args, self.divides)
    }
}

fn each(args: &[ColumnarValue], divides: bool) -> Result<ColumnarValue> {
    let alone = args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
    let sides = ColumnarValue::values_to_arrays(args)?;
    let (spans, numbers) = (cast(&sides[0], &SPAN)?, cast(&sides[1], &DataType::Float64)?);
    let pairs = spans
        .as_primitive::<IntervalMonthDayNanoType>()
        .iter()
        .zip(numbers.as_primitive::<Float64Type>().iter());
    let each = |(span, number): (Option<IntervalMonthDayNano>, Option<f64>)| {
        let (Some(span), Some(number)) = (span, number) else { return Ok(None) };
        if !divides {
            return scaled(span, |value| value * number).map(Some);
        }
        if number == 0.0 {
            return Err(ArrowError::DivideByZero);
        }
        scaled(span, |value| value / number).map(Some)
    };
    let spans: IntervalMonthDayNanoArray =
        pairs.map(each).collect::<std::result::Result<_, ArrowError>>()?;
    let spans: ArrayRef = Arc::new(spans);
    Ok(if alone {
        ColumnarValue::Scalar(ScalarValue::try_from_array(&spans, 0)?)
    } else {
        ColumnarValue::Array(spans)
    })
}

/// Every part of an interval by one factor.
fn scaled(
    span: IntervalMonthDayNano,
    by: impl Fn(f64) -> f64,
) -> std::result::Result<IntervalMonthDayNano, ArrowError> {
    let months = by(f64::from(span.months));
    let days = by(f64::from(span.days));
    let (whole_months, whole_days) = (whole(months)?, whole(days)?);
    // What is left of the months, to the microsecond of a day.
    let left_days = to_micros((months - f64::from(whole_months)) * DAYS_A_MONTH);
    let mut seconds =
        to_micros((days - f64::from(whole_days) + left_days - left_days.trunc()) * SECONDS_A_DAY);
    let mut more = whole(left_days)?;
    if seconds.abs() >= SECONDS_A_DAY {
        let over = whole(seconds / SECONDS_A_DAY)?;
        more = more.checked_add(over).ok_or_else(out_of_range)?;
        seconds -= f64::from(over) * SECONDS_A_DAY;
    }
    let micros = span.nanoseconds / NANOS_A_MICRO;
    let micros = (by(as_float(micros)?) + seconds * 1e6).round_ties_even();
    let days = whole_days.checked_add(more).ok_or_else(out_of_range)?;
    // A float of this size is exact.
    if micros.abs() >= EXACT {
        return Err(out_of_range());
    }
    let nanos =
        format!("{micros:.0}").parse::<i64>().ok().and_then(|m| m.checked_mul(NANOS_A_MICRO));
    Ok(IntervalMonthDayNano::new(whole_months, days, nanos.ok_or_else(out_of_range)?))
}

/// Up to here a float holds every whole number.
const EXACT: f64 = 9_007_199_254_740_992.0;

fn as_float(micros: i64) -> std::result::Result<f64, ArrowError> {
    let float: f64 = micros.to_string().parse().map_err(|_| out_of_range())?;
    if float.abs() < EXACT { Ok(float) } else { Err(out_of_range()) }
}

/// Without what is behind the point.
fn whole(value: f64) -> std::result::Result<i32, ArrowError> {
    format!("{:.0}", value.trunc()).parse().map_err(|_| out_of_range())
}

fn to_micros(value: f64) -> f64 {
    (value * 1e6).round_ties_even() / 1e6
}

fn out_of_range() -> ArrowError {
    ArrowError::ArithmeticOverflow("a span out of range".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 told them.
    #[test]
    fn intervals_are_multiplied_part_by_part() {
        const HOUR: i64 = 3_600_000_000_000;
        for (span, by, want) in [
            ((1, 0, 0), 3.0, (3, 0, 0)),
            ((1, 0, 0), 0.5, (0, 15, 0)),
            ((0, 1, 0), 1.5, (0, 1, 12 * HOUR)),
            ((0, 0, HOUR), 0.5, (0, 0, HOUR / 2)),
            ((14, 0, 0), 2.0, (28, 0, 0)),
            ((1, 1, 0), 0.1, (0, 3, 2 * HOUR + HOUR * 2 / 5)),
            ((0, 0, 30 * HOUR), 2.0, (0, 0, 60 * HOUR)),
            ((-1, 0, 0), 2.0, (-2, 0, 0)),
        ] {
            let span = IntervalMonthDayNano::new(span.0, span.1, span.2);
            let want = IntervalMonthDayNano::new(want.0, want.1, want.2);
            assert_eq!(scaled(span, |value| value * by).unwrap(), want, "{span:?} × {by}");
        }
        let great = IntervalMonthDayNano::new(i32::MAX, 0, 0);
        assert!(scaled(great, |value| value * 2.0).is_err());
    }
}
