//! Texts that tell a time of the day, as PostgreSQL reads them, and how far two times are apart.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, IntervalMonthDayNanoArray, Time64NanosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, IntervalMonthDayNano, IntervalUnit, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::conversions::on_one;
use super::zones::{is_of_summers, is_zone};
use crate::Value;
use crate::blanks::{BLANKS, unpadded};

const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

static APART: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(Apart(Signature::any(2, Volatility::Immutable))));
static CLOCK: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(Clock(Signature::any(1, Volatility::Immutable))));

static CLOCK_TEXT: LazyLock<ScalarUDF> =
    LazyLock::new(|| ScalarUDF::from(ClockText(Signature::any(1, Volatility::Immutable))));

/// How far the first of two times is behind the second, in days and hours: an interval like any other.
pub(super) fn apart(to: Expr, from: Expr) -> Expr {
    APART.call(vec![to, from])
}

/// The time of the day that a text tells.
pub(super) fn clock() -> &'static ScalarUDF {
    &CLOCK
}

/// A time of the day as PostgreSQL writes it.
pub(super) fn clock_text() -> &'static ScalarUDF {
    &CLOCK_TEXT
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Apart(Signature);

impl ScalarUDFImpl for Apart {
    fn name(&self) -> &str {
        "apart"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Interval(IntervalUnit::MonthDayNano))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let alone = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let sides = ColumnarValue::values_to_arrays(&args.args)?;
        let micros = |side: &ArrayRef| {
            let zone = match side.data_type() {
                DataType::Timestamp(_, zone) => zone.clone(),
                _ => None,
            };
            cast(side, &DataType::Timestamp(TimeUnit::Microsecond, zone))
        };
        let (to, from) = (micros(&sides[0])?, micros(&sides[1])?);
        let (to, from) = (
            to.as_primitive::<TimestampMicrosecondType>(),
            from.as_primitive::<TimestampMicrosecondType>(),
        );
        let over = || ArrowError::ArithmeticOverflow("a span out of range".to_owned());
        let span = |(to, from): (Option<i64>, Option<i64>)| {
            let (Some(to), Some(from)) = (to, from) else { return Ok(None) };
            let micros = to.checked_sub(from).ok_or_else(over)?;
            let days = i32::try_from(micros / DAY_MICROS).map_err(|_| over())?;
            Ok(Some(IntervalMonthDayNano::new(0, days, micros % DAY_MICROS * 1_000)))
        };
        let spans: IntervalMonthDayNanoArray =
            to.iter().zip(from.iter()).map(span).collect::<Result<_, ArrowError>>()?;
        let spans: ArrayRef = Arc::new(spans);
        Ok(if alone {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&spans, 0)?)
        } else {
            ColumnarValue::Array(spans)
        })
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Clock(Signature);

impl ScalarUDFImpl for Clock {
    fn name(&self) -> &str {
        "time_of_day"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Time64(TimeUnit::Nanosecond))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        on_one(&args.args[0], |texts| {
            let texts = cast(texts, &DataType::Utf8)?;
            let told = |text: Option<&str>| text.map(time_of_day).transpose();
            let times: Time64NanosecondArray =
                texts.as_string::<i32>().iter().map(told).collect::<Result<_, ArrowError>>()?;
            Ok(Arc::new(times))
        })
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ClockText(Signature);

impl ScalarUDFImpl for ClockText {
    fn name(&self) -> &str {
        "text_of_time"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        on_one(&args.args[0], |times| Ok(Arc::new(Value::texts(times)?)))
    }
}

/// Nanoseconds since midnight: `09:30`, `0930`, `093015`, `9:30:15.5`.
fn time_of_day(written: &str) -> Result<i64, ArrowError> {
    let wrong = || ArrowError::ComputeError(format!("“{written}”不是钟点：写作 '08:30:00'"));
    let text = without_day_and_zone(unpadded(written));
    let (clock, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = match clock.len() {
        4 if digits(clock) && part.is_empty() => vec![&clock[..2], &clock[2..]],
        6 if digits(clock) => vec![&clock[..2], &clock[2..4], &clock[4..]],
        _ => clock.split(':').collect(),
    };
    let numbers = parts.iter().map(|part| {
        let fits = digits(part) && part.len() <= 2;
        fits.then(|| part.parse::<i64>().ok()).flatten()
    });
    let (hours, minutes, seconds) = match numbers.collect::<Option<Vec<_>>>().as_deref() {
        Some(&[hours, minutes]) if part.is_empty() => (hours, minutes, 0),
        Some(&[hours, minutes, seconds]) => (hours, minutes, seconds),
        _ => return Err(wrong()),
    };
    if hours > 23 || minutes > 59 || seconds > 59 || !(part.is_empty() || digits(part)) {
        return Err(wrong());
    }
    let micros = micros(part).ok_or_else(wrong)?;
    let all = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros;
    if all < DAY_MICROS { Ok(all * 1_000) } else { Err(wrong()) }
}

/// A clock alone: PostgreSQL passes over a day before it and a zone behind it. Without a day a zone by name is one that
/// has no summer.
fn without_day_and_zone(text: &str) -> &str {
    let day = text.split(BLANKS).next().unwrap_or_default();
    let is_day = day.len() == 10
        && day.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let clock =
        if is_day { text.get(11..).unwrap_or_default().trim_start_matches(BLANKS) } else { text };
    match clock.find(|letter: char| !letter.is_ascii_digit() && !matches!(letter, ':' | '.')) {
        Some(at) if at > 0 && fits(unpadded(&clock[at..]), is_day) => &clock[..at],
        _ => clock,
    }
}

fn fits(zone: &str, has_day: bool) -> bool {
    is_zone(zone) && (has_day || !is_of_summers(zone))
}

/// The fraction of a second, rounded to microseconds as PostgreSQL does it, as a float and half to even; a whole second
/// where it is nearly one.
pub(super) fn micros(part: &str) -> Option<i64> {
    let fraction: f64 = format!("0.{part}0").parse().ok()?;
    format!("{:.0}", (fraction * 1e6).round_ties_even()).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_day_are_read_as_postgresql_reads_them() {
        const MINUTE: i64 = 60_000_000_000;
        for (written, want) in [
            ("0930", 570 * MINUTE),
            ("09:30", 570 * MINUTE),
            (" 9:30:00 ", 570 * MINUTE),
            ("\t09:30\r\n", 570 * MINUTE),
            ("093000", 570 * MINUTE),
            ("00:00:00.5", 500_000_000),
            ("00:00:00.1234567", 123_457_000),
            ("00:00:00.0000005", 0),
            ("00:00:00.0000015", 2_000),
            ("00:00:00.0000025", 2_000),
            ("00:00:00.00000250001", 3_000),
            ("09:30+08", 570 * MINUTE),
            ("2026-11-01 09:30:00-05:30", 570 * MINUTE),
            ("2026-11-01 09:30:00Z", 570 * MINUTE),
            ("2026-11-01\t09:30", 570 * MINUTE),
            ("09:30 utc", 570 * MINUTE),
            ("2026-11-01 09:30 Asia/Shanghai", 570 * MINUTE),
        ] {
            assert_eq!(time_of_day(written).unwrap(), want, "{written}");
        }
        for wrong in [
            "10",
            "930",
            "25:00",
            "10:60",
            "10:00+99",
            "2026-11-01",
            "",
            "a",
            "10:00.5",
            "23:59:59.9999999",
            "2026-11-01T09:30:00Z",
            "09:30 Asia/Shanghai",
            "09:30 PRC",
            "\u{3000}09:30",
            "09:30\u{a0}+08",
        ] {
            assert!(time_of_day(wrong).is_err(), "{wrong}");
        }
    }
}
