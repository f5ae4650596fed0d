//! How a column is written for people: numbers that name something stay text, moments are told in Dongguan's time.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::ExtractError;

/// Moments as wall clock time of Dongguan, seconds kept; everything else as it is.
pub(super) fn local(batch: &RecordBatch) -> Result<RecordBatch, ExtractError> {
    let columns: Vec<ArrayRef> = (batch.columns().iter())
        .map(|column| match column.data_type() {
            DataType::Timestamp(unit, Some(_)) => cast(column, &in_dongguan(*unit)),
            _ => Ok(column.clone()),
        })
        .collect::<Result<_, _>>()?;
    Ok(RecordBatch::try_new(local_schema(batch.schema_ref()), columns)?)
}

fn local_schema(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            Arc::new(Field::new(field.name(), in_dongguan(*unit), true))
        }
        _ => field.clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn in_dongguan(unit: TimeUnit) -> DataType {
    DataType::Timestamp(unit, Some("+08:00".into()))
}

/// True for a column whose numbers name something: account, receipt, meter. They are never amounts. 编号
pub(super) fn is_id(name: &str) -> bool {
    matches!(name, "id" | "no")
        || name.ends_with("_id")
        || name.ends_with("_no")
        || name.ends_with("号")
        || name.ends_with("编号")
}
