//! How a column is written: as text for people, where times are Dongguan's and spans are words, and as what other
//! programs can read.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use warehouse::Value;

/// For text that has lists, as JSON: times by the clock of Dongguan and spans of time in words.
///
/// # Errors
/// What Arrow cannot convert.
pub fn for_people(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    rewritten(batch, DataType::is_temporal)
}

/// For text that has only lines, as CSV: lists, numbers with decimals and truths are in words too.
///
/// # Errors
/// What Arrow cannot convert.
pub fn for_lines(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    rewritten(batch, |kind| {
        kind.is_temporal()
            || kind.is_nested()
            || kind.is_floating()
            || matches!(kind, DataType::Boolean | DataType::Decimal128(..))
    })
}

/// Rows for JSON: as [`for_people`], each name once, for a reader keeps one value of a name.
///
/// # Errors
/// What Arrow cannot convert.
pub fn for_json(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let rows = for_people(batch)?;
    let schema = rows.schema();
    let names = each_once(schema.fields().iter().map(|field| field.name().as_str()));
    let fields = schema.fields().iter().zip(names);
    let fields: Vec<Field> =
        fields.map(|(field, name)| field.as_ref().clone().with_name(name)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), rows.columns().to_vec())
}

/// The columns of a Parquet file: each name once, and only types that its readers know.
pub fn parquet_schema(schema: &SchemaRef) -> SchemaRef {
    let names = schema.fields().iter().map(|field| field.name().as_str());
    let fields: Vec<Field> = (schema.fields().iter().zip(each_once(names)))
        .map(|(field, name)| Field::new(name, parquet_kind(field.data_type()), true))
        .collect();
    Arc::new(Schema::new(fields))
}

/// Rows for a Parquet file with the columns of [`parquet_schema`].
///
/// # Errors
/// What Arrow cannot convert.
pub fn for_parquet(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = (batch.columns().iter().zip(schema.fields()))
        .map(|(column, field)| match field.data_type() {
            kind if kind == column.data_type() => Ok(column.clone()),
            DataType::Utf8 => in_words(column),
            kind => cast(column, kind),
        })
        .collect::<Result<_, ArrowError>>()?;
    RecordBatch::try_new(schema.clone(), columns)
}

/// True for a column whose numbers name something: account, receipt, meter. They are never amounts. 编号
pub(super) fn is_id(name: &str) -> bool {
    matches!(name, "id" | "no")
        || name.ends_with("_id")
        || name.ends_with("_no")
        || name.ends_with("号")
        || name.ends_with("编号")
}

fn rewritten(
    batch: &RecordBatch,
    wordy: impl Fn(&DataType) -> bool,
) -> Result<RecordBatch, ArrowError> {
    let write = |column: &ArrayRef| {
        if wordy(column.data_type()) { in_words(column) } else { Value::in_dongguan(column) }
    };
    let columns: Vec<ArrayRef> = batch.columns().iter().map(write).collect::<Result<_, _>>()?;
    let fields: Vec<Field> = (batch.schema_ref().fields().iter().zip(&columns))
        .map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true))
        .collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

fn in_words(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(Value::texts(column)?))
}

/// Intervals have no type there that others read, and neither have whole seconds.
fn parquet_kind(kind: &DataType) -> DataType {
    match kind {
        kind if holds_interval(kind) => DataType::Utf8,
        DataType::Timestamp(TimeUnit::Second, zone) => {
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone())
        }
        DataType::Time32(TimeUnit::Second) => DataType::Time32(TimeUnit::Millisecond),
        other => other.clone(),
    }
}

fn holds_interval(kind: &DataType) -> bool {
    match kind {
        DataType::Interval(_) => true,
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            holds_interval(field.data_type())
        }
        DataType::Struct(fields) => fields.iter().any(|field| holds_interval(field.data_type())),
        _ => false,
    }
}

/// The names in their order; one that was there before goes on as `no_2`, `no_3`.
fn each_once<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let given: HashSet<&str> = names.clone().collect();
    let mut taken = HashSet::new();
    let mut once = Vec::new();
    for name in names {
        let again = (2..).map(|n| format!("{name}_{n}")).filter(|new| !given.contains(&**new));
        let mut free = std::iter::once(name.to_owned()).chain(again);
        once.extend(free.find(|name| taken.insert(name.clone())));
    }
    once
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_comes_again_gets_a_number() {
        let names = ["no", "no", "no_2", "no", "net"];
        assert_eq!(each_once(names.into_iter()), ["no", "no_3", "no_2", "no_4", "net"]);
    }
}
