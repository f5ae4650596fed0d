//! An order-free fingerprint of rows: the same for PostgreSQL's rows as read by COPY and for ours from Parquet.

use std::collections::BTreeMap;

use arrow::array::{
    Array, AsArray, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use sha2::{Digest as _, Sha256};

use crate::figures::decimal_text;
use crate::{Result, TableError};

/// Rows, exact sums and the sum of all row hashes: equal for equal multisets of rows, in whatever order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Digest {
    rows: u64,
    sums: BTreeMap<String, (i128, i8)>,
    hash: u128,
}

impl Digest {
    /// Takes in more rows.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut columns = Vec::new();
        for (field, values) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            columns.push(Column::of(values)?);
            if let DataType::Decimal128(_, scale) = field.data_type() {
                let sum: i128 = values.as_primitive::<Decimal128Type>().iter().flatten().sum();
                self.sums.entry(field.name().clone()).or_insert((0, *scale)).0 += sum;
            }
        }
        let mut row_bytes = Vec::new();
        for row in 0..batch.num_rows() {
            row_bytes.clear();
            for column in &columns {
                column.append(row, &mut row_bytes);
            }
            self.hash = self.hash.wrapping_add(row_hash(&row_bytes));
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    /// Rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The exact sum of each decimal column, such as `80099.92`.
    pub fn sums(&self) -> BTreeMap<String, String> {
        self.sums
            .iter()
            .map(|(name, (sum, scale))| (name.clone(), decimal_text(*sum, *scale)))
            .collect()
    }

    /// The fingerprint, as 32 hexadecimal digits.
    pub fn hash(&self) -> String {
        format!("{:032x}", self.hash)
    }
}

/// The first half of SHA-256: nobody makes two rows alike on purpose.
fn row_hash(bytes: &[u8]) -> u128 {
    let mut head = [0; 16];
    head.copy_from_slice(&Sha256::digest(bytes)[..16]);
    u128::from_le_bytes(head)
}

/// A column whose values can be written as bytes that tell values apart, nulls included.
enum Column<'a> {
    Int(&'a Int32Array),
    BigInt(&'a Int64Array),
    Text(&'a StringArray),
    Date(&'a Date32Array),
    Timestamp(&'a TimestampMicrosecondArray),
    Bool(&'a BooleanArray),
    Decimal(&'a Decimal128Array),
}

impl<'a> Column<'a> {
    fn of(values: &'a dyn Array) -> Result<Self> {
        Ok(match values.data_type() {
            DataType::Int32 => Self::Int(values.as_primitive::<Int32Type>()),
            DataType::Int64 => Self::BigInt(values.as_primitive::<Int64Type>()),
            DataType::Utf8 => Self::Text(values.as_string::<i32>()),
            DataType::Date32 => Self::Date(values.as_primitive::<Date32Type>()),
            DataType::Timestamp(..) => {
                Self::Timestamp(values.as_primitive::<TimestampMicrosecondType>())
            }
            DataType::Boolean => Self::Bool(values.as_boolean()),
            DataType::Decimal128(..) => Self::Decimal(values.as_primitive::<Decimal128Type>()),
            other => {
                return Err(TableError::Damaged(format!("no captured column is of type {other}")));
            }
        })
    }

    fn append(&self, row: usize, to: &mut Vec<u8>) {
        let null = match self {
            Self::Int(v) => v.is_null(row),
            Self::BigInt(v) => v.is_null(row),
            Self::Text(v) => v.is_null(row),
            Self::Date(v) => v.is_null(row),
            Self::Timestamp(v) => v.is_null(row),
            Self::Bool(v) => v.is_null(row),
            Self::Decimal(v) => v.is_null(row),
        };
        to.push(u8::from(!null));
        if null {
            return;
        }
        match self {
            Self::Int(v) => to.extend_from_slice(&v.value(row).to_le_bytes()),
            Self::BigInt(v) => to.extend_from_slice(&v.value(row).to_le_bytes()),
            Self::Date(v) => to.extend_from_slice(&v.value(row).to_le_bytes()),
            Self::Timestamp(v) => to.extend_from_slice(&v.value(row).to_le_bytes()),
            Self::Bool(v) => to.push(u8::from(v.value(row))),
            Self::Decimal(v) => to.extend_from_slice(&v.value(row).to_le_bytes()),
            Self::Text(v) => {
                let text = v.value(row);
                to.extend_from_slice(&(text.len() as u64).to_le_bytes());
                to.extend_from_slice(text.as_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::ArrayRef;

    use super::*;

    fn batch(names: Vec<Option<&str>>, fen: Vec<Option<i128>>) -> RecordBatch {
        let money = Decimal128Array::from(fen).with_precision_and_scale(18, 2).unwrap();
        let columns: Vec<(&str, ArrayRef)> =
            vec![("name", Arc::new(StringArray::from(names))), ("amount", Arc::new(money))];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn digest(batches: &[RecordBatch]) -> Digest {
        let mut digest = Digest::default();
        batches.iter().for_each(|b| digest.add(b).unwrap());
        digest
    }

    #[test]
    fn order_and_batching_do_not_matter_but_every_value_does() {
        let whole =
            digest(&[batch(vec![Some("a"), Some("b"), None], vec![Some(1), None, Some(-5)])]);
        let parts = digest(&[
            batch(vec![None], vec![Some(-5)]),
            batch(vec![Some("b"), Some("a")], vec![None, Some(1)]),
        ]);
        assert_eq!(whole, parts);
        assert_eq!(whole.sums()["amount"], "-0.04");
        // The same sum and count, but the amounts stand at other names.
        let swapped =
            digest(&[batch(vec![Some("b"), Some("a"), None], vec![Some(1), None, Some(-5)])]);
        assert_ne!(whole.hash(), swapped.hash());
        // A row twice instead of two rows.
        assert_ne!(
            digest(&[batch(vec![Some("a"), Some("a")], vec![None, None])]),
            digest(&[batch(vec![Some("a"), None], vec![None, None])])
        );
    }
}
