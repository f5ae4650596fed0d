//! Spans of time in PostgreSQL's words: `1 year 2 mons -3 days +04:05:06.5`.

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, DurationMicrosecondType, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit,
    IntervalYearMonthType, TimeUnit,
};
use arrow::error::ArrowError;

const DAY_MICROS: i64 = 24 * 3_600 * 1_000_000;

/// Months, days and microseconds.
type Span = (i32, i32, i64);

/// The texts of a column of spans; none for a column of another type.
pub(crate) fn texts(column: &ArrayRef) -> Result<Option<StringArray>, ArrowError> {
    let text = |span: Option<Span>| span.map(|(months, days, micros)| words(months, days, micros));
    Ok(spans(column)?.map(|spans| spans.into_iter().map(text).collect()))
}

/// The seconds of a column of spans, a year for 365.25 days and a month for 30, as PostgreSQL counts; none for a
/// column of another type.
pub(crate) fn seconds(column: &ArrayRef) -> Result<Option<Decimal128Array>, ArrowError> {
    let seconds = |(months, days, micros): Span| {
        let years = i128::from(months / 12) * 31_557_600;
        let days = i128::from(months % 12) * 30 + i128::from(days);
        (years + days * 86_400) * 1_000_000 + i128::from(micros)
    };
    let Some(spans) = spans(column)? else { return Ok(None) };
    let all: Decimal128Array = spans.into_iter().map(|span| span.map(seconds)).collect();
    Ok(Some(all.with_precision_and_scale(24, 6)?))
}

fn spans(column: &ArrayRef) -> Result<Option<Vec<Option<Span>>>, ArrowError> {
    Ok(Some(match column.data_type() {
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            let spans = column.as_primitive::<IntervalMonthDayNanoType>().iter();
            spans.map(|span| span.map(|s| (s.months, s.days, s.nanoseconds / 1_000))).collect()
        }
        DataType::Interval(IntervalUnit::DayTime) => {
            let spans = column.as_primitive::<IntervalDayTimeType>().iter();
            spans.map(|span| span.map(|s| (0, s.days, i64::from(s.milliseconds) * 1_000))).collect()
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            let spans = column.as_primitive::<IntervalYearMonthType>().iter();
            spans.map(|months| months.map(|months| (months, 0, 0))).collect()
        }
        DataType::Duration(_) => {
            let micros = cast(column, &DataType::Duration(TimeUnit::Microsecond))?;
            let spans = micros.as_primitive::<DurationMicrosecondType>().iter();
            // What two times are apart has days and hours, and no months.
            let days = |micros: i64| i32::try_from(micros / DAY_MICROS).unwrap_or(i32::MAX);
            spans.map(|span| span.map(|micros| (0, days(micros), micros % DAY_MICROS))).collect()
        }
        _ => return Ok(None),
    }))
}

fn words(months: i32, days: i32, micros: i64) -> String {
    let mut said = Vec::new();
    let mut after_minus = false;
    for (count, unit) in [(months / 12, "year"), (months % 12, "mon"), (days, "day")] {
        if count != 0 {
            let plus = if after_minus && count > 0 { "+" } else { "" };
            let plural = if count == 1 { "" } else { "s" };
            said.push(format!("{plus}{count} {unit}{plural}"));
            after_minus = count < 0;
        }
    }
    if micros != 0 || said.is_empty() {
        let sign = if micros < 0 {
            "-"
        } else if after_minus {
            "+"
        } else {
            ""
        };
        let (seconds, rest) =
            (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
        let mut clock =
            format!("{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
        if rest != 0 {
            clock += format!(".{rest:06}").trim_end_matches('0');
        }
        said.push(clock);
    }
    said.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_postgres_writes_them() {
        const HOUR: i64 = 3_600_000_000;
        for (months, days, micros, want) in [
            (0, 0, 0, "00:00:00"),
            (0, 1, HOUR / 2, "1 day 00:30:00"),
            (0, 169, 0, "169 days"),
            (14, -3, 4 * HOUR + 500_000, "1 year 2 mons -3 days +04:00:00.5"),
            (-1, 0, 0, "-1 mons"),
            (-1, 2, 0, "-1 mons +2 days"),
            (0, 0, -HOUR, "-01:00:00"),
            (0, 0, 100 * HOUR, "100:00:00"),
        ] {
            assert_eq!(words(months, days, micros), want);
        }
    }
}
