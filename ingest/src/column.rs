//! Rows of one table into Arrow builders, from text as the log holds it or from binary as COPY sends it.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::SchemaRef;
use tables::{ColumnKind, TableDef};

use crate::value::{
    DAYS_1970_TO_2000, MICROS_1970_TO_2000, Result, date, decimal, fixed, int4, integer, not,
    numeric, timestamp, utf8,
};

/// The open batch of one table, in the order of its declaration.
pub(crate) struct RowBuilder {
    schema: SchemaRef,
    columns: Vec<Column>,
    rows: usize,
}

impl RowBuilder {
    pub(crate) fn new(def: &TableDef) -> Self {
        let columns = def.columns.iter().map(|c| Column::new(c.kind)).collect();
        Self { schema: def.schema(), columns, rows: 0 }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }

    pub(crate) fn column(&mut self, at: usize) -> &mut Column {
        &mut self.columns[at]
    }

    /// Every column has its value: the row is whole.
    pub(crate) fn end_row(&mut self) {
        self.rows += 1;
    }

    /// The rows so far; the builder is empty afterwards.
    pub(crate) fn finish(&mut self) -> std::result::Result<RecordBatch, arrow::error::ArrowError> {
        self.rows = 0;
        RecordBatch::try_new(
            self.schema.clone(),
            self.columns.iter_mut().map(Column::finish).collect(),
        )
    }
}

/// The builder of one column; the set is closed, so decoding is a jump, not a virtual call.
pub(crate) enum Column {
    BigInt(Int64Builder),
    Int(Int32Builder),
    Date(Date32Builder),
    Timestamp(TimestampMicrosecondBuilder),
    Decimal(Decimal128Builder, u32),
    Text(StringBuilder),
    Bool(BooleanBuilder),
}

impl Column {
    fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::BigInt => Self::BigInt(Int64Builder::new()),
            ColumnKind::Int => Self::Int(Int32Builder::new()),
            ColumnKind::Date => Self::Date(Date32Builder::new()),
            ColumnKind::Timestamp => Self::Timestamp(
                TimestampMicrosecondBuilder::new().with_timezone(tables::catalog::ZONE),
            ),
            ColumnKind::Decimal(scale) => {
                let builder = Decimal128Builder::new().with_data_type(kind.data_type());
                Self::Decimal(builder, u32::from(scale.unsigned_abs()))
            }
            ColumnKind::Text => Self::Text(StringBuilder::new()),
            ColumnKind::Bool => Self::Bool(BooleanBuilder::new()),
        }
    }

    pub(crate) fn null(&mut self) {
        match self {
            Self::BigInt(b) => b.append_null(),
            Self::Int(b) => b.append_null(),
            Self::Date(b) => b.append_null(),
            Self::Timestamp(b) => b.append_null(),
            Self::Decimal(b, _) => b.append_null(),
            Self::Text(b) => b.append_null(),
            Self::Bool(b) => b.append_null(),
        }
    }

    /// A value as pgoutput sends it under `datestyle=ISO,YMD` and `timezone=UTC`.
    pub(crate) fn text(&mut self, v: &[u8]) -> Result<()> {
        match self {
            Self::BigInt(b) => b.append_value(integer(v)?),
            Self::Int(b) => b.append_value(int4(integer(v)?)?),
            Self::Date(b) => b.append_value(date(v)?),
            Self::Timestamp(b) => b.append_value(timestamp(v)?),
            Self::Decimal(b, scale) => b.append_value(decimal(v, *scale)?),
            Self::Text(b) => b.append_value(utf8(v)?),
            Self::Bool(b) => b.append_value(match v {
                b"t" => true,
                b"f" => false,
                _ => return not(format!("`{}` is neither t nor f", String::from_utf8_lossy(v))),
            }),
        }
        Ok(())
    }

    /// A value as COPY (FORMAT BINARY) sends it.
    pub(crate) fn binary(&mut self, v: &[u8]) -> Result<()> {
        match self {
            Self::BigInt(b) => b.append_value(i64::from_be_bytes(fixed(v)?)),
            Self::Int(b) if v.len() == 2 => {
                b.append_value(i32::from(i16::from_be_bytes(fixed(v)?)))
            }
            Self::Int(b) => b.append_value(i32::from_be_bytes(fixed(v)?)),
            Self::Date(b) => match i32::from_be_bytes(fixed(v)?) {
                i32::MIN | i32::MAX => return not("the date is infinite"),
                days => b.append_value(days + DAYS_1970_TO_2000),
            },
            Self::Timestamp(b) => match i64::from_be_bytes(fixed(v)?) {
                i64::MIN | i64::MAX => return not("the time stamp is infinite"),
                micros => b.append_value(micros + MICROS_1970_TO_2000),
            },
            Self::Decimal(b, scale) => b.append_value(numeric(v, *scale)?),
            Self::Text(b) => b.append_value(utf8(v)?),
            Self::Bool(b) => b.append_value(fixed::<1>(v)? != [0]),
        }
        Ok(())
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::BigInt(b) => Arc::new(b.finish()),
            Self::Int(b) => Arc::new(b.finish()),
            Self::Date(b) => Arc::new(b.finish()),
            Self::Timestamp(b) => Arc::new(b.finish()),
            Self::Decimal(b, _) => Arc::new(b.finish()),
            Self::Text(b) => Arc::new(b.finish()),
            Self::Bool(b) => Arc::new(b.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_days_and_odd_widths_are_refused() {
        let mut day = Column::new(ColumnKind::Date);
        assert!(day.binary(&i32::MAX.to_be_bytes()).is_err());
        let mut tier = Column::new(ColumnKind::Int);
        assert!(tier.binary(&3_i16.to_be_bytes()).is_ok() && tier.binary(&[1, 2, 3]).is_err());
        let mut active = Column::new(ColumnKind::Bool);
        assert!(active.text(b"t").is_ok() && active.text(b"true").is_err());
    }
}
