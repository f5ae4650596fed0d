//! Parts of times, and times cut to them: which word is which unit, what has such a part, and the parts of an interval,
//! as they are written and not as they add up.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::compute::cast as cast_array;
use arrow::datatypes::{DataType, IntervalMonthDayNano, IntervalMonthDayNanoType};
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, cast,
};

use super::conversions::{self, on_one};
use super::operators::{Class, class, refused};
use super::span_sums::SPAN;

/// Units, and what else PostgreSQL calls them.
const UNITS: &[(&str, &[&str])] = &[
    ("year", &["y", "yr", "yrs", "years"]),
    ("quarter", &["qtr"]),
    ("month", &["mon", "mons", "months"]),
    ("week", &["w", "weeks"]),
    ("day", &["d", "days"]),
    ("hour", &["h", "hr", "hrs", "hours"]),
    ("minute", &["m", "min", "mins", "minutes"]),
    ("second", &["s", "sec", "secs", "seconds"]),
    ("millisecond", &["ms", "msec", "msecs", "msecond", "mseconds", "millisecon", "milliseconds"]),
    ("microsecond", &["us", "usec", "usecs", "usecond", "useconds", "microsecon", "microseconds"]),
];

/// Units that a day does not have.
const OF_CLOCKS: &[&str] = &["hour", "minute", "second", "millisecond", "microsecond"];

/// The unit that a word in small letters means.
pub(super) fn unit(word: &str) -> Option<&'static str> {
    let found = UNITS.iter().find(|(name, others)| *name == word || others.contains(&word));
    found.map(|(name, _)| *name)
}

/// A part of a time as PostgreSQL takes it; none where DataFusion takes the same.
pub(super) fn of_time(part: &ScalarValue, from: &Expr, schema: &DFSchema) -> Result<Option<Expr>> {
    let kind = from.get_type(schema)?;
    let word = part.try_as_str().flatten().unwrap_or_default().to_ascii_lowercase();
    match class(&kind) {
        Some(Class::Span | Class::Time) if word == "epoch" => {
            let seconds = conversions::seconds(from.clone());
            // Of a day they are a whole number.
            let is_day = kind == DataType::Date32;
            Ok(Some(if is_day { cast(seconds, DataType::Decimal128(18, 0)) } else { seconds }))
        }
        Some(Class::Span) => match Part::of(&word) {
            Some(part) => Ok(Some(ScalarUDF::from(SpanPart::new(part)).call(vec![from.clone()]))),
            None => plan_err!(
                "时长只能取 year、month、day、hour、minute、second 和 epoch（总秒数）：总天数请写 extract(epoch from …) / 86400"
            ),
        },
        Some(Class::Time) if kind == DataType::Date32 && OF_CLOCKS.contains(&word.as_str()) => {
            refused("日期没有时、分、秒：请改用带时间的列，或写 (…)::timestamp", &[from])
        }
        Some(Class::Text | Class::Number | Class::Truth) => refused(
            "extract、date_part 只能用于日期、时间和时长：文字请先写成 (…)::date 或 (…)::timestamp",
            &[from],
        ),
        _ => Ok(None),
    }
}

/// Refuses to cut what is no time.
pub(super) fn cuts_a_time(value: &Expr, kind: &DataType) -> Result<()> {
    match class(kind) {
        Some(Class::Text | Class::Number | Class::Truth) => refused(
            "date_trunc 只能用于日期和时间：文字请先写成 (…)::date 或 (…)::timestamp",
            &[value],
        ),
        _ => Ok(()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    /// The seconds, in microseconds.
    Micros,
}

const MONTHS: i32 = 12;
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

impl Part {
    fn of(unit: &str) -> Option<Self> {
        Some(match unit {
            "year" => Self::Year,
            "month" => Self::Month,
            "day" => Self::Day,
            "hour" => Self::Hour,
            "minute" => Self::Minute,
            "microsecond" => Self::Micros,
            _ => return None,
        })
    }

    /// As PostgreSQL's `interval2itm`: each part by itself, towards zero; hours run on beyond a day.
    fn take(self, span: IntervalMonthDayNano) -> i64 {
        let micros = span.nanoseconds / 1_000;
        match self {
            Self::Year => i64::from(span.months / MONTHS),
            Self::Month => i64::from(span.months % MONTHS),
            Self::Day => i64::from(span.days),
            Self::Hour => micros / HOUR,
            Self::Minute => micros % HOUR / MINUTE,
            Self::Micros => micros % MINUTE,
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct SpanPart {
    part: Part,
    signature: Signature,
}

impl SpanPart {
    fn new(part: Part) -> Self {
        Self { part, signature: Signature::any(1, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for SpanPart {
    fn name(&self) -> &str {
        "span_part"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        on_one(&args.args[0], |spans| {
            let spans = cast_array(spans, &SPAN)?;
            let spans = spans.as_primitive::<IntervalMonthDayNanoType>();
            let parts: Int64Array = spans.unary(|span| self.part.take(span));
            Ok(Arc::new(parts) as ArrayRef)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 told them.
    #[test]
    fn a_span_is_taken_apart_as_it_is_written() {
        let clock = -(30 * HOUR + 5 * MINUTE + 7_250_000) * 1_000;
        for (span, want) in [
            (IntervalMonthDayNano::new(14, 1, 26 * HOUR * 1_000), [1, 2, 1, 26, 0, 0]),
            (IntervalMonthDayNano::new(-14, -1, 0), [-1, -2, -1, 0, 0, 0]),
            (IntervalMonthDayNano::new(0, 0, clock), [0, 0, 0, -30, -5, -7_250_000]),
        ] {
            let units = ["year", "month", "day", "hour", "minute", "microsecond"];
            assert_eq!(units.map(|unit| Part::of(unit).unwrap().take(span)), want);
        }
    }

    #[test]
    fn a_unit_has_several_names() {
        for (word, want) in [
            ("month", Some("month")),
            ("mons", Some("month")),
            ("m", Some("minute")),
            ("years", Some("year")),
            ("quarters", None),
            ("dow", None),
        ] {
            assert_eq!(unit(word), want, "{word}");
        }
    }
}
