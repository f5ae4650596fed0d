//! `percentile_cont`, exact: DataFusion's weighs two neighbours by a float of six decimals, and rounds to another fen.

use std::mem::size_of_val;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, ListArray, RecordBatch, RecordBatchOptions,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Schema};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDFImpl, Signature, Volatility};

use super::arithmetic::{DECIMALS, rounded_quotient};
use super::quotient;

/// Decimals of the share, such as the 0.5 of a median.
const OF_SHARE: i8 = 12;
/// The whole, as a share.
const WHOLE: i128 = 1_000_000_000_000;

#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Percentile {
    signature: Signature,
}

impl Percentile {
    pub(super) fn new() -> Self {
        Self { signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl AggregateUDFImpl for Percentile {
    fn name(&self) -> &str {
        "percentile_cont"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn supports_within_group_clause(&self) -> bool {
        true
    }

    fn coerce_types(&self, given: &[DataType]) -> Result<Vec<DataType>> {
        let [value, _] = given else {
            return plan_err!(
                "percentile_cont 请写成 percentile_cont(0.5) within group (order by …)"
            );
        };
        let value = match value {
            near if quotient::is_near(near) => near.clone(),
            DataType::Decimal128(_, DECIMALS..) => DataType::Decimal128(38, DECIMALS),
            DataType::Decimal128(..) => value.clone(),
            whole if whole.is_integer() || *whole == DataType::Null => DataType::Decimal128(20, 0),
            float if float.is_floating() => {
                return plan_err!("percentile_cont 不能用于浮点数：请先写成 cast(… as numeric)");
            }
            _ => return plan_err!("percentile_cont 只能用于数"),
        };
        Ok(vec![value, DataType::Decimal128(38, OF_SHARE)])
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        let DataType::Decimal128(_, scale) = given[0] else { return internal_err!("a decimal") };
        if quotient::is_near(&given[0]) {
            return plan_err!("{}", quotient::ONLY_ROUNDED);
        }
        Ok(DataType::Decimal128(38, scale.max(DECIMALS)))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let items = Field::new_list_field(args.input_fields[0].data_type().clone(), true);
        Ok(vec![Arc::new(Field::new(args.name, DataType::List(Arc::new(items)), true))])
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        let DataType::Decimal128(precision, scale) = *args.expr_fields[0].data_type() else {
            return internal_err!("a decimal");
        };
        let one_row = RecordBatch::try_new_with_options(
            Arc::new(Schema::empty()),
            Vec::new(),
            &RecordBatchOptions::new().with_row_count(Some(1)),
        )?;
        let share = args.exprs[1].evaluate(&one_row)?.into_array(1)?;
        let share = share.as_primitive::<Decimal128Type>();
        let share = if share.is_null(0) { None } else { Some(share.value(0)) };
        let share = match share {
            Some(share @ 0..=WHOLE) => share,
            _ => return exec_err!("percentile_cont 的比例要在 0 和 1 之间"),
        };
        let falling = args.order_bys.first().is_some_and(|order| order.options.descending);
        Ok(Box::new(Values {
            values: Vec::new(),
            precision,
            scale,
            share: if falling { WHOLE - share } else { share },
            distinct: args.is_distinct,
        }))
    }
}

/// All values of a group, until they are asked for.
#[derive(Debug)]
struct Values {
    values: Vec<i128>,
    precision: u8,
    scale: i8,
    share: i128,
    distinct: bool,
}

impl Accumulator for Values {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.values.extend(values[0].as_primitive::<Decimal128Type>().iter().flatten());
        Ok(())
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states = states[0].as_list::<i32>();
        let there = (0..states.len()).filter(|row| states.is_valid(*row));
        there.for_each(|row| {
            let items = states.value(row);
            self.values.extend(items.as_primitive::<Decimal128Type>().iter().flatten());
        });
        Ok(())
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let values = Decimal128Array::from(std::mem::take(&mut self.values))
            .with_precision_and_scale(self.precision, self.scale)?;
        let items = Arc::new(Field::new_list_field(values.data_type().clone(), true));
        let ends = OffsetBuffer::from_lengths([values.len()]);
        Ok(vec![ScalarValue::List(Arc::new(ListArray::new(items, ends, Arc::new(values), None)))])
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        self.values.sort_unstable();
        if self.distinct {
            self.values.dedup();
        }
        let scale = self.scale.max(DECIMALS);
        let value = match between(&self.values, self.share, scale - self.scale) {
            Some(Ok(value)) => Some(value),
            Some(Err(())) => return exec_err!("数值超出范围"),
            None => None,
        };
        Ok(ScalarValue::Decimal128(value, 38, scale))
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.values.capacity() * size_of::<i128>()
    }
}

/// The value at a share of the way through sorted values, with `more` decimals; none where there is no value.
fn between(values: &[i128], share: i128, more: i8) -> Option<Result<i128, ()>> {
    let last = values.len().checked_sub(1)?;
    let way = share * i128::try_from(last).ok()?;
    let (at, rest) = (usize::try_from(way / WHOLE).ok()?, way % WHOLE);
    let low = values[at];
    let high = values[(at + 1).min(last)];
    let up = 10_i128.pow(u32::from(more.unsigned_abs()));
    let value = || {
        let step = rounded_quotient(high.checked_sub(low)?.checked_mul(up)?, rest, WHOLE)?;
        low.checked_mul(up)?.checked_add(step).filter(|value| value.abs() < 10_i128.pow(38))
    };
    Some(value().ok_or(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_between_two_values_is_exact() {
        let fen = [100, 201, 75_000, 75_117];
        let at = |share: i128| between(&fen, share, 14);
        assert_eq!(at(WHOLE / 2), Some(Ok(3_760_050_000_000_000_000)));
        assert_eq!(at(0), Some(Ok(10_000_000_000_000_000)));
        assert_eq!(at(WHOLE), Some(Ok(7_511_700_000_000_000_000)));
        // 0.95 × 3 = 2.85: 750.00 + 0.85 × 1.17.
        assert_eq!(at(WHOLE / 20 * 19), Some(Ok(7_509_945_000_000_000_000)));
        assert_eq!(between(&[], WHOLE / 2, 14), None);
        assert_eq!(between(&[7], WHOLE / 2, 0), Some(Ok(7)));
    }
}
