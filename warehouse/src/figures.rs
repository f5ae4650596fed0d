//! What is known of files without reading them, as DataFusion's statistics: it leaves out files, and tells a planner
//! how much there is. What leaves `table` is made inexact; exact totals are answered by `totals` alone.

use arrow::datatypes::{DataType, Schema};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use tables::{Exactly, Figures};

/// The statistics of a file or batch. A column without figures (added after the file was written) stays unknown.
pub(crate) fn statistics(exact: &Exactly, schema: &Schema) -> Statistics {
    let columns = schema.fields().iter().map(|field| match exact.columns.get(field.name()) {
        Some(figures) => column(figures, exact.rows, field.data_type()),
        None => ColumnStatistics::new_unknown(),
    });
    Statistics {
        num_rows: count(exact.rows),
        total_byte_size: Precision::Absent,
        column_statistics: columns.collect(),
    }
}

/// Sums are not stated: no planner has a use for them that is right.
fn column(figures: &Figures, rows: u64, kind: &DataType) -> ColumnStatistics {
    let known = ColumnStatistics::new_unknown().with_null_count(count(figures.nulls));
    if figures.nulls >= rows {
        return known;
    }
    let bound = |units: Option<i128>| exactly(units.and_then(|units| scalar(units, kind)));
    known.with_min_value(bound(figures.low)).with_max_value(bound(figures.high))
}

/// A value of a column out of its figures.
pub(crate) fn scalar(units: i128, kind: &DataType) -> Option<ScalarValue> {
    match kind {
        DataType::Int32 => i32::try_from(units).ok().map(ScalarValue::from),
        DataType::Int64 => i64::try_from(units).ok().map(ScalarValue::from),
        DataType::Date32 => i32::try_from(units).ok().map(|days| ScalarValue::Date32(Some(days))),
        DataType::Timestamp(_, zone) => i64::try_from(units)
            .ok()
            .map(|micros| ScalarValue::TimestampMicrosecond(Some(micros), zone.clone())),
        DataType::Decimal128(precision, scale) => {
            Some(ScalarValue::Decimal128(Some(units), *precision, *scale))
        }
        _ => None,
    }
}

fn exactly(value: Option<ScalarValue>) -> Precision<ScalarValue> {
    value.map_or(Precision::Absent, Precision::Exact)
}

fn count(rows: u64) -> Precision<usize> {
    usize::try_from(rows).map_or(Precision::Absent, Precision::Exact)
}
