//! Rows of one table into Arrow builders, from text as the log holds it or from binary as COPY sends it.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder,
    RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::SchemaRef;
use tables::{ColumnKind, TableDef};

use crate::value::{
    Result, date, day_of_binary, decimal, fixed, int4, integer, moment_of_binary, not, numeric,
    timestamp, utf8,
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
            Self::Date(b) => b.append_value(day_of_binary(i32::from_be_bytes(fixed(v)?))?),
            Self::Timestamp(b) => b.append_value(moment_of_binary(i64::from_be_bytes(fixed(v)?))?),
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
    use arrow::array::AsArray;
    use arrow::datatypes::{Date32Type, TimestampMicrosecondType};
    use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
    use proptest::prelude::*;

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

    /// A day as the server writes it under `datestyle=ISO,YMD`.
    fn as_text(day: NaiveDate) -> String {
        match day.year() {
            year @ 1.. => format!("{year:04}-{:02}-{:02}", day.month(), day.day()),
            year => format!("{:04}-{:02}-{:02} BC", 1 - year, day.month(), day.day()),
        }
    }

    proptest! {
        /// The first copy sends a value in binary and the log sends it as text: both make the same of it, or nothing.
        #[test]
        fn both_roads_take_the_same_days(days in -900_000_i32..4_000_000, micros in 0..86_400_000_000_i64) {
            let day = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + TimeDelta::days(days.into());
            let mut column = Column::new(ColumnKind::Date);
            let told = column.text(as_text(day).as_bytes()).is_ok();
            prop_assert_eq!(column.binary(&days.to_be_bytes()).is_ok(), told);
            if told {
                let both = column.finish();
                let both = both.as_primitive::<Date32Type>();
                prop_assert_eq!(both.value(0), both.value(1));
            }
            let mut column = Column::new(ColumnKind::Timestamp);
            let clock = day.and_time(NaiveTime::MIN) + TimeDelta::microseconds(micros);
            let (date, bc) = match as_text(day).split_once(' ') {
                Some((date, bc)) => (date.to_owned(), format!(" {bc}")),
                None => (as_text(day), String::new()),
            };
            let text = format!("{date} {}+00{bc}", clock.format("%H:%M:%S%.6f"));
            let told = column.text(text.as_bytes()).is_ok();
            let sent = i64::from(days) * 86_400_000_000 + micros;
            prop_assert_eq!(column.binary(&sent.to_be_bytes()).is_ok(), told, "{}", text);
            if told {
                let both = column.finish();
                let both = both.as_primitive::<TimestampMicrosecondType>();
                prop_assert_eq!(both.value(0), both.value(1));
            }
        }
    }
}
