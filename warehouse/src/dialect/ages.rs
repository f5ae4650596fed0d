//! `age(a, b)`: how far two times are apart in years, months and days, as PostgreSQL's `timestamp_age` counts: field by
//! field, a month that is borrowed as long as the month of the earlier time.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, IntervalMonthDayNanoArray};
use arrow::datatypes::{
    DataType, IntervalMonthDayNano, IntervalUnit, TimeUnit, TimestampMicrosecondType,
};
use arrow::error::ArrowError;
use chrono::{DateTime, Datelike, NaiveDateTime};
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, cast,
};

use super::conversions;
use super::operators::{is_quoted, read_as, refused};

const WALL: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);
const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// The function under its own name.
pub(crate) fn age() -> Arc<ScalarUDF> {
    AGE.clone()
}

static AGE: LazyLock<Arc<ScalarUDF>> = LazyLock::new(|| {
    let signature = Signature::user_defined(Volatility::Immutable);
    Arc::new(ScalarUDF::from(Age { signature }))
});

/// What is given, by the clock on the wall; none where it is already.
pub(super) fn walls(given: &[Expr], schema: &DFSchema) -> Result<Option<Vec<Expr>>> {
    let kinds = given.iter().map(|value| value.get_type(schema)).collect::<Result<Vec<_>>>()?;
    if kinds.iter().all(|kind| *kind == WALL) {
        return Ok(None);
    }
    let wall = |(value, kind): (&Expr, &DataType)| match kind {
        DataType::Timestamp(_, Some(_)) => Ok(conversions::WALL.call(vec![value.clone()])),
        DataType::Timestamp(_, None) | DataType::Date32 | DataType::Null => {
            Ok(cast(value.clone(), WALL))
        }
        _ if is_quoted(value) => read_as(value.clone(), &WALL),
        _ => refused("函数 age 只能用于日期和时间：请把文字写成 cast(… as date)", &[value]),
    };
    given.iter().zip(&kinds).map(wall).collect::<Result<_>>().map(Some)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Age {
    signature: Signature,
}

impl ScalarUDFImpl for Age {
    fn name(&self) -> &str {
        "age"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        match given {
            [_, _] => Ok(vec![WALL; 2]),
            _ => plan_err!("函数 age 要一个或两个日期：age(止, 起)"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Interval(IntervalUnit::MonthDayNano))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let alone = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let sides = ColumnarValue::values_to_arrays(&args.args)?;
        let (to, from) = (
            sides[0].as_primitive::<TimestampMicrosecondType>(),
            sides[1].as_primitive::<TimestampMicrosecondType>(),
        );
        let span = |(to, from): (Option<i64>, Option<i64>)| {
            let (Some(to), Some(from)) = (to, from) else { return Ok(None) };
            apart(to, from).map(Some)
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

/// The age of one wall clock, in microseconds, at another.
fn apart(to: i64, from: i64) -> Result<IntervalMonthDayNano, ArrowError> {
    let over = || ArrowError::ArithmeticOverflow("a time out of range".to_owned());
    let (late, early) = (to.max(from), to.min(from));
    let at = |micros| DateTime::from_timestamp_micros(micros).map(|at| at.naive_utc());
    let (late_at, early_at) = (at(late).ok_or_else(over)?, at(early).ok_or_else(over)?);
    let mut months = (late_at.year() - early_at.year()) * 12 + month(late_at) - month(early_at);
    let mut days = day(late_at) - day(early_at);
    let mut micros = late.rem_euclid(DAY_MICROS) - early.rem_euclid(DAY_MICROS);
    if micros < 0 {
        micros += DAY_MICROS;
        days -= 1;
    }
    while days < 0 {
        days += i32::from(early_at.num_days_in_month());
        months -= 1;
    }
    let sign = if to < from { -1 } else { 1 };
    Ok(IntervalMonthDayNano::new(sign * months, sign * days, i64::from(sign) * micros * 1_000))
}

fn month(at: NaiveDateTime) -> i32 {
    at.month().cast_signed()
}

fn day(at: NaiveDateTime) -> i32 {
    at.day().cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 15 told them.
    #[test]
    fn ages_are_counted_field_by_field() {
        let micros = |text: &str| {
            let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap();
            at.and_utc().timestamp_micros()
        };
        for (to, from, want) in [
            ("2026-11-30 00:00:00", "2026-02-28 00:00:00", (9, 2, 0)),
            ("2026-03-01 10:00:00", "2026-01-31 12:00:00.5", (1, 0, 79_199_500_000)),
            ("2026-01-01 00:00:00", "2026-11-30 00:00:00", (-10, -29, 0)),
            ("2026-11-05 00:00:00", "2026-01-01 00:00:00", (10, 4, 0)),
            ("2026-03-31 12:00:00", "2026-05-30 10:00:00", (-1, -29, -79_200_000_000)),
            ("2026-12-31 00:00:00", "2027-02-28 00:00:00", (-1, -28, 0)),
            ("2024-03-01 00:00:00", "2024-01-30 00:00:00", (1, 2, 0)),
        ] {
            let told = apart(micros(to), micros(from)).unwrap();
            assert_eq!((told.months, told.days, told.nanoseconds / 1_000), want, "{to} {from}");
        }
    }
}
