//! What is known of rows without reading them: exact figures as DataFusion's statistics.

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

/// The sum takes SUM's own type, decimal(p + 10, s) or a 64-bit integer, so that adding up files cannot overflow.
/// Where no row has a value it stays unknown: the sum of nothing is null, not zero.
fn column(figures: &Figures, rows: u64, kind: &DataType) -> ColumnStatistics {
    let known = ColumnStatistics::new_unknown().with_null_count(count(figures.nulls));
    if figures.nulls >= rows {
        return known;
    }
    let bound = |units: Option<i128>| exactly(units.and_then(|units| scalar(units, kind)));
    let sum = figures.sum.and_then(|sum| match kind {
        DataType::Int32 | DataType::Int64 => i64::try_from(sum).ok().map(ScalarValue::from),
        DataType::Decimal128(precision, scale) => {
            Some(ScalarValue::Decimal128(Some(sum), (precision + 10).min(38), *scale))
        }
        _ => None,
    });
    known
        .with_min_value(bound(figures.low))
        .with_max_value(bound(figures.high))
        .with_sum_value(exactly(sum))
}

fn scalar(units: i128, kind: &DataType) -> Option<ScalarValue> {
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
