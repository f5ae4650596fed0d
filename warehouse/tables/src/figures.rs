//! Exact figures of rows, as whole numbers: decimals lose nothing on the way through JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{cast, max, min, sum_checked};
use arrow::datatypes::{DataType, Decimal128Type, Schema};
use serde::{Deserialize, Serialize};

use crate::Result;

/// Row count, and the figures of every column, of one file or batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exactly {
    /// Rows.
    pub rows: u64,
    /// Figures by column name.
    pub columns: BTreeMap<String, Figures>,
}

/// Figures of one column, unscaled: fen for money, days since 1970 for dates, microseconds for time stamps.
/// Text and boolean columns count their nulls only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Rows without a value.
    pub nulls: u64,
    /// The least value; none where there is no value, or no order.
    #[serde(default, with = "as_text", skip_serializing_if = "Option::is_none")]
    pub low: Option<i128>,
    /// The greatest value; none where there is no value, or no order.
    #[serde(default, with = "as_text", skip_serializing_if = "Option::is_none")]
    pub high: Option<i128>,
    /// The sum of integers and decimals; none for other types, zero where there is no value.
    #[serde(default, with = "as_text", skip_serializing_if = "Option::is_none")]
    pub sum: Option<i128>,
}

impl Exactly {
    /// Counts and adds up a batch.
    pub fn of(batch: &RecordBatch) -> Result<Self> {
        let mut columns = BTreeMap::new();
        for (field, values) in batch.schema_ref().fields().iter().zip(batch.columns()) {
            columns.insert(field.name().clone(), Figures::of(values)?);
        }
        Ok(Self { rows: batch.num_rows() as u64, columns })
    }

    /// Takes in the figures of more rows of the same table.
    pub fn add(&mut self, more: &Self) {
        if self.rows == 0 && self.columns.is_empty() {
            self.clone_from(more);
            return;
        }
        self.rows += more.rows;
        // Of a column that one side does not have nothing is known.
        self.columns.retain(|name, figures| {
            let there = more.columns.get(name);
            there.inspect(|more| figures.add(more)).is_some()
        });
    }

    /// The statistics that the Delta protocol defines, decimals in full digits.
    pub(crate) fn delta_json(&self, schema: &Schema) -> String {
        let list = |pick: fn(&Figures) -> Option<i128>| {
            let mut out = String::new();
            for field in schema.fields() {
                let figure = self.columns.get(field.name()).and_then(pick);
                if let Some(text) = figure.and_then(|v| plain(v, field.data_type())) {
                    let comma = if out.is_empty() { "" } else { "," };
                    // Writing to a String cannot fail.
                    let _ = write!(out, "{comma}\"{}\":{text}", field.name());
                }
            }
            out
        };
        let mut nulls = String::new();
        for (name, figures) in &self.columns {
            let comma = if nulls.is_empty() { "" } else { "," };
            let _ = write!(nulls, "{comma}\"{name}\":{}", figures.nulls);
        }
        format!(
            r#"{{"numRecords":{},"minValues":{{{}}},"maxValues":{{{}}},"nullCount":{{{nulls}}}}}"#,
            self.rows,
            list(|f| f.low),
            list(|f| f.high),
        )
    }
}

impl Figures {
    fn of(values: &ArrayRef) -> Result<Self> {
        let nulls = values.null_count() as u64;
        let (wide, adds) = match values.data_type() {
            DataType::Int32 | DataType::Int64 => {
                (cast(values, &DataType::Decimal128(38, 0))?, true)
            }
            DataType::Decimal128(_, scale) => {
                (cast(values, &DataType::Decimal128(38, *scale))?, true)
            }
            DataType::Date32 => {
                (cast(&cast(values, &DataType::Int32)?, &DataType::Decimal128(38, 0))?, false)
            }
            DataType::Timestamp(..) => {
                (cast(&cast(values, &DataType::Int64)?, &DataType::Decimal128(38, 0))?, false)
            }
            _ => return Ok(Self { nulls, ..Self::default() }),
        };
        let wide = wide.as_primitive::<Decimal128Type>();
        let sum = if adds { Some(sum_checked(wide)?.unwrap_or_default()) } else { None };
        Ok(Self { nulls, low: min(wide), high: max(wide), sum })
    }

    fn add(&mut self, more: &Self) {
        let both = |a: Option<i128>, b: Option<i128>, f: fn(i128, i128) -> i128| match (a, b) {
            (Some(a), Some(b)) => Some(f(a, b)),
            (a, b) => a.or(b),
        };
        self.nulls += more.nulls;
        self.low = both(self.low, more.low, i128::min);
        self.high = both(self.high, more.high, i128::max);
        self.sum = both(self.sum, more.sum, |a, b| a + b);
    }
}

/// A whole number as a decimal with this many decimals: `decimal_text(-14620, 2)` is `-146.20`.
pub(crate) fn decimal_text(units: i128, scale: i8) -> String {
    let Ok(scale) = usize::try_from(scale) else { return units.to_string() };
    if scale == 0 {
        return units.to_string();
    }
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{}{whole}.{fraction}", if units < 0 { "-" } else { "" })
}

/// A bound as the Delta protocol writes it. Time stamps are left out: it keeps milliseconds only, so a bound would
/// have to be rounded outwards.
fn plain(units: i128, data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Int32 | DataType::Int64 => Some(units.to_string()),
        DataType::Decimal128(_, scale) => Some(decimal_text(units, *scale)),
        DataType::Date32 => {
            let day = chrono::DateTime::from_timestamp(i64::try_from(units).ok()? * 86_400, 0)?;
            Some(format!("\"{}\"", day.date_naive()))
        }
        _ => None,
    }
}

/// i128 as text: JSON numbers end at 2^53 for many readers.
mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(value: &Option<i128>, to: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.collect_str(value),
            None => to.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<i128>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|t| t.parse().map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{Date32Array, Decimal128Array, StringArray};
    use arrow::datatypes::{Field, Schema};

    use super::*;

    #[test]
    fn a_column_that_one_side_lacks_has_no_figures() {
        let counted = |rows, names: &[&str]| Exactly {
            rows,
            columns: names.iter().map(|name| ((*name).to_owned(), Figures::default())).collect(),
        };
        for (first, second) in [(&["id", "new"][..], &["id"][..]), (&["id"], &["id", "new"])] {
            let mut both = counted(3, first);
            both.add(&counted(4, second));
            assert_eq!(both, counted(7, &["id"]));
        }
    }

    fn batch(fen: &[Option<i128>]) -> RecordBatch {
        let money = Decimal128Array::from(fen.to_vec()).with_precision_and_scale(18, 2).unwrap();
        let days = Date32Array::from(vec![20_781; fen.len()]);
        let names = StringArray::from(vec!["道滘"; fen.len()]);
        let schema = Schema::new(vec![
            Field::new("amount", DataType::Decimal128(18, 2), true),
            Field::new("day", DataType::Date32, true),
            Field::new("name", DataType::Utf8, true),
        ]);
        RecordBatch::try_new(
            Arc::new(schema),
            vec![Arc::new(money), Arc::new(days), Arc::new(names)],
        )
        .unwrap()
    }

    #[test]
    fn figures_add_up_and_survive_json() {
        let mut all = Exactly::of(&batch(&[Some(-14_620), None])).unwrap();
        all.add(&Exactly::of(&batch(&[Some(5), Some(999_999_999_999_999_999)])).unwrap());
        let amount = all.columns["amount"];
        assert_eq!((all.rows, amount.nulls, amount.low), (4, 1, Some(-14_620)));
        assert_eq!(amount.sum, Some(999_999_999_999_985_384));
        let json = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Exactly>(&json).unwrap(), all);
        assert_eq!(
            all.delta_json(batch(&[]).schema_ref()),
            r#"{"numRecords":4,"minValues":{"amount":-146.20,"day":"2026-11-24"},"maxValues":{"amount":9999999999999999.99,"day":"2026-11-24"},"nullCount":{"amount":1,"day":0,"name":0}}"#
        );
    }

    #[test]
    fn decimals_are_written_in_full() {
        for (units, scale, want) in
            [(0, 2, "0.00"), (-5, 2, "-0.05"), (12_345, 4, "1.2345"), (7, 0, "7")]
        {
            assert_eq!(decimal_text(units, scale), want);
        }
    }
}
